import DMakefile
import Model
import Testing

@testable import MakeWrapper

@Suite("Files that rules write by tags")
struct AssemblyTests {
  private func path(_ text: String) throws -> TreePath { try TreePath(text) }

  @Test("the same values give the same bytes, and numbers in tags count as numbers")
  func order() throws {
    var values = SortedMap<String, [String]>()
    for number in (1...11).reversed() { values["stream[\(number)]/rate"] = ["\(number)"] }
    let content = try Assembly.content(of: try path("n1/web/config.xml"), over: nil, values)
    let expected = (1...11).map { "<rate>\($0)</rate>" }
    let found = content?.text.split(separator: "\n").joined().replacing(" ", with: "")
      .split(separator: "<stream>").dropFirst().map { String($0.prefix { $0 != "/" }) + "/rate>" }
    #expect(found == expected)
  }

  @Test("a template keeps what no rule sets")
  func template() throws {
    let template = Content("<config><!-- by hand --><port>1</port><user>www</user></config>\n")
    let content = try Assembly.content(of: try path("n1/web/config.xml"), over: template, ["port": ["80"]])
    let expected = "<config><!-- by hand --><port>80</port><user>www</user></config>\n"
    #expect(content?.text.hasSuffix(expected) == true)
  }

  @Test("hostile values are text and nothing else")
  func hostile() throws {
    let hostile = "</port><evil/>&lt;$(touch /tmp/x)`\"'"
    let content = try Assembly.content(of: try path("n1/web/config.xml"), over: nil, ["port": [hostile]])
    var values = TagValues()
    let read = values.content(of: "port", in: try path("n1/web/config.xml"), content)
    #expect(read.text == hostile + "\n")
    #expect(values.content(of: "evil", in: try path("n1/web/config.xml"), content) == TagValues.none)
  }

  @Test("a value that XML cannot carry names its tag")
  func refused() throws {
    #expect {
      _ = try Assembly.content(of: try path("n1/web/config.xml"), over: nil, ["port": ["\u{1}"]])
    } throws: { ($0 as? AssemblyError)?.tag == "port" }
  }

  @Test("values are one a line, whatever is in them")
  func lines() throws {
    var values = TagValues()
    let content = Content("<a><b>1</b><b>two\nlines</b><b/></a>")
    let read = values.content(of: "b", in: try path("x.xml"), content)
    #expect(read.text == "1\ntwo lines\n\n")
    #expect(TagValues.values(in: read) == ["1", "two lines", ""])
    #expect(values.content(of: "b", in: try path("x.xml"), nil) == TagValues.none)
    #expect(values.content(of: "b", in: try path("x.xml"), Content("no xml")) == TagValues.none)
  }

  @Test("the latest assignment counts, and the one before it comes back when it goes")
  func latest() throws {
    let tag = ValueReference(try path("n1/web/config.xml"), tag: "port")
    var memory = RoundMemory([:])
    memory[assignments: "a"] = AssignedValues(stamp: .output(1, pass: 1), values: [tag: ["1"]])
    memory[assignments: "b"] = AssignedValues(stamp: .output(2, pass: 1), values: [tag: ["2"]])
    func values() -> [String]? {
      AssignmentTable(Ledger(memory), targets: memory.assigners).tags[tag.path]?["port"]?.values
    }
    #expect(values() == ["2"])
    memory[assignments: "b"] = nil
    #expect(values() == ["1"])
  }

  @Test("two values in one pass are a conflict, the same value twice is none")
  func conflict() throws {
    let tag = ValueReference(try path("n1/web/config.xml"), tag: "port")
    func record(_ value: String) -> AssignedValues {
      AssignedValues(stamp: .output(1, pass: 1), values: [tag: [value]])
    }
    #expect(AssignmentTable.conflicts(["a": record("1"), "b": record("1")]) == [])
    let conflicts = AssignmentTable.conflicts(["a": record("1"), "b": record("2")])
    #expect(conflicts.map(\.first.target) == ["a"])
    #expect(conflicts.map(\.second.target) == ["b"])
  }

  @Test("a template for one file comes before the one for all nodes")
  func templates() throws {
    let bundle = try World.bundle(
      "all:\n", ["templates/web/config.xml": "<all/>", "templates/n1/web/config.xml": "<one/>"])
    #expect(Template.content(for: try path("n1/web/config.xml"), in: bundle)?.text == "<one/>")
    #expect(Template.content(for: try path("n2/web/config.xml"), in: bundle)?.text == "<all/>")
    #expect(Template.content(for: try path("n2/db/config.xml"), in: bundle) == nil)
  }
}

@Suite("Rounds that would never end are seen")
struct PassHistoryTests {
  private func state(_ text: String) -> Digest { Digest(of: text.utf8) }

  @Test("a state that comes back is an oscillation of what ran in between")
  func repeated() {
    var history = PassHistory(start: state("0"))
    #expect(history.oscillation(after: ["x", "a"], state: state("1"), isLast: false) == nil)
    #expect(history.oscillation(after: ["a"], state: state("2"), isLast: false) == nil)
    #expect(
      history.oscillation(after: ["b"], state: state("1"), isLast: false)
        == PassHistory.Endless(targets: ["a", "b"], isRepeating: true))
  }

  @Test("a state that does not change is rest")
  func rest() {
    var history = PassHistory(start: state("0"))
    #expect(history.oscillation(after: ["a"], state: state("0"), isLast: false) == nil)
  }

  @Test("a counter that feeds itself is stopped after sixteen passes")
  func counter() {
    var history = PassHistory(start: state("start"))
    for pass in 1..<16 {
      #expect(history.oscillation(after: ["a", "\(pass)"], state: state("\(pass)"), isLast: false) == nil)
    }
    #expect(
      history.oscillation(after: ["a"], state: state("16"), isLast: false)
        == PassHistory.Endless(targets: ["a"], isRepeating: false))
  }
}

@Suite("What is present is what members' folders hold")
struct PresenceTests {
  @Test("a file of an absent node cannot be read, except what tells of the node")
  func absent() throws {
    var tree = Tree()
    for path in ["n1/web/state.xml", "n9/web/state.xml", "n9/fail-node", "n9/web/cache", "plan/a"] {
      tree.apply(TreeChange(try TreePath(path), Content("x")), at: 1)
    }
    let presence = Presence(tree: tree, members: [try NodeName("n1")], mentioned: [])
    #expect(presence.isReadable(try TreePath("n1/web/state.xml")))
    #expect(!presence.isReadable(try TreePath("n9/web/state.xml")))
    #expect(!presence.isReadable(try TreePath("n9/web/cache")))
    #expect(presence.isReadable(try TreePath("n9/fail-node")))
    #expect(presence.isReadable(try TreePath("plan/a")))
  }

  @Test("a node is known as one by what the policy says of it")
  func mentioned() throws {
    let mentioned: Set = ["n9"]
    let presence = Presence(tree: Tree(), members: [], mentioned: mentioned)
    #expect(presence.isNodeAbsent(try TreePath("n9/cache")))
    #expect(!presence.isNodeAbsent(try TreePath("routes/cache")))
  }
}
