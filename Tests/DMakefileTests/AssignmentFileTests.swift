import DMakefile
import Model
import Testing

@Suite("What recipes assign")
struct AssignmentFileTests {
  private func parse(_ text: String) -> (values: [[String]], problems: [String]) {
    let (assignments, problems) = AssignmentFile.parse(Array(text.utf8), file: "f")
    return (assignments.map { [$0.reference.description] + $0.values }, problems.map(\.description))
  }

  @Test("lines, sets, removals and blocks")
  func lines() {
    let result = parse(
      "a/b/c.xml{x}=1\n# remark\n\na/b/c.xml{y}=a=b {c}\r\na/b/c.xml{x}=2\na/b/c.xml{s[@id='}']/r}=\n"
        + "a/b/c.xml{z}<<END\none\n END\nEND\na/b/c.xml{y}-=\nlast.xml{q}=no newline")
    #expect(result.problems == [])
    #expect(
      result.values == [
        ["a/b/c.xml{x}", "1", "2"], ["a/b/c.xml{y}"], ["a/b/c.xml{s[@id='}']/r}", ""],
        ["a/b/c.xml{z}", "one\n END"], ["last.xml{q}", "no newline"],
      ])
  }

  @Test("bad lines are told with their numbers and the others hold")
  func problems() {
    let result = parse("nonsense\na.xml{x}=1\n../e.xml{x}=1\na.xml{9}=1\na.xml{x}:1\na.xml{y}<<END\nnever\n")
    #expect(result.values == [["a.xml{x}", "1"]])
    #expect(result.problems.map { $0.prefix(4) } == ["f:1:", "f:3:", "f:4:", "f:5:", "f:6:"])
    let (_, problems) = AssignmentFile.parse(Array("a.xml{x}=".utf8) + [0xff], file: "f")
    #expect(problems.map(\.message) == ["the value of `a.xml{x}` is not UTF-8"])
  }

  @Test("a record that is cut short, or names a bad file, is a problem")
  func records() {
    let site = AssignmentSite(
      number: 1, tag: "t", file: "$@", isRemoval: false, isCopy: false,
      place: SourcePlace(file: "DMakefile", line: 3))
    for text in ["", "a.xml", "a.xml\nvalue", "a.xml\n;", "../a.xml\nv;\n"] {
      let (assignment, problem) = AssignmentRecord.parse(Array(text.utf8), site: site)
      #expect(assignment == nil)
      #expect(problem?.place.line == 3)
    }
  }
}

@Suite("Names in hidden space")
struct HiddenSpaceTests {
  @Test(
    "a tag comes back from its file name",
    arguments: [
      "load", "stream[@id='7']/rate", "@unit", "a.b..c", "ä€", "x[@a=\"%{}$\"]", "_-_",
      String(repeating: "ab/", count: 300),
    ])
  func tags(tag: String) throws {
    let reference = ValueReference(try TreePath("n1/web/state.xml"), tag: tag)
    for (name, isOutput) in [
      (HiddenSpace.value(of: reference), false), (HiddenSpace.output(of: reference), true),
    ] {
      #expect(HiddenName(name) == (isOutput ? .output(reference) : .value(reference)))
      #expect(name.split(separator: "/").allSatisfy { $0.utf8.count <= 255 })
      #expect(!name.contains { "%$ ()[]{}'\"".contains($0) })
    }
  }

  @Test("a long tag's file is not the folder of a longer one's")
  func long() throws {
    let path = try TreePath("a")
    let tag = String(repeating: "a", count: 200)
    let short = HiddenSpace.value(of: ValueReference(path, tag: tag))
    let long = HiddenSpace.value(of: ValueReference(path, tag: tag + "b"))
    #expect(!long.hasPrefix(short + "/"))
  }

  @Test("a value file keeps a single value whole and gives each of several a line")
  func values() {
    #expect(ValueFile.bytes(of: []) == [])
    #expect(ValueFile.bytes(of: ["a\nb"]) == Array("a b\n".utf8))
    #expect(ValueFile.bytes(of: ["a\nb", ""]) == Array("a b\n\n".utf8))
  }

  @Test("members are sorted and told by node and by process")
  func membership() throws {
    let text = Membership.makefile(members: [try NodeName("n2"), try NodeName("n1")]) { node in
      node.text == "n1"
        ? ["b", "a"].compactMap { try? ProcessName($0) } : ["a"].compactMap { try? ProcessName($0) }
    }
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
    #expect(
      lines.prefix(6) == [
        "DMAKE_NODES := n1 n2", "DMAKE_PROCS := n1/a n1/b n2/a", "DMAKE_PROCS_n1 := a b", "DMAKE_PROCS_n2 := a",
        "DMAKE_NODES_WITH_a := n1 n2", "DMAKE_NODES_WITH_b := n1",
      ])
  }
}
