import GroupProtocol
import Model
import Testing

@testable import CommandLineTool

@Suite("A plan shows what a policy would change")
struct PlanViewTests {
  private func plan() throws -> Plan {
    let old = (1...20).map { "server\($0)\n" }.joined()
    let new =
      old.replacing("server4\n", with: "server four\n").replacing("server18\n", with: "")
      + "server21\u{1b}[5m\n"
    return Plan(
      policy: Sample.policy, active: Sample.earlier,
      changes: [
        Plan.Change(path: try TreePath("n1/haproxy/haproxy.cfg"), old: Content(old), new: Content(new)),
        Plan.Change(path: try TreePath("n1/web/config.xml"), old: nil, new: Content("<config/>\n")),
        Plan.Change(path: try TreePath("n2/web/config.xml"), old: Content("<config/>\n"), new: nil),
        Plan.Change(path: try TreePath("n2/web/logo"), old: Content([0xff]), new: Content([0xfe])),
      ], problems: [Sample.problems[0]], diagnostics: "")
  }

  private func processes() throws -> [PlanView.ProcessChange] {
    [
      .init(node: "n1", process: try ProcessName("haproxy"), kind: .restart),
      .init(node: "n1", process: try ProcessName("web"), kind: .start),
      .init(node: "n2", process: try ProcessName("web"), kind: .stop),
      .init(node: "n3", process: try ProcessName("cache"), kind: .stop, removesData: true),
    ]
  }

  @Test("as differences, node by node, with the processes that start and stop")
  func text() throws {
    expectGolden(PlanView(try plan(), processes: try processes()).text(.plain), "plan.txt")
  }

  @Test("in colours")
  func colors() throws {
    let text = PlanView(try plan(), processes: try processes()).text(Style(isColored: true))
    expectGolden(text.replacing("\u{1b}", with: "ESC"), "plan-color.txt")
  }

  @Test("as a versioned JSON document")
  func json() throws {
    expectGolden(PlanView(try plan(), processes: try processes()).json.text, "plan.json")
  }

  @Test("and not what is in binary files")
  func binary() {
    #expect(!Content([0, 0, 0]).isText)
    #expect(!Content([0xff]).isText)
    #expect(Content("text\n").isText)
  }

  @Test("and says so when it changes nothing")
  func nothing() {
    let plan = Plan(policy: Sample.policy, active: nil, changes: [], problems: [], diagnostics: "")
    #expect(
      PlanView(plan, processes: []).text(.plain)
        == "policy \(Sample.policy) as the first one: no file changes\n")
  }
}

@Suite("A unified difference")
struct UnifiedDiffTests {
  private func diff(_ old: String, _ new: String) -> String { UnifiedDiff(old: old, new: new).text(.plain) }

  @Test("of equal texts is empty")
  func equal() { #expect(diff("a\nb\n", "a\nb\n") == "") }

  @Test("counts lines as POSIX does")
  func counts() {
    #expect(diff("", "a\n") == "@@ -0,0 +1 @@\n+a\n")
    #expect(diff("a\nb\n", "") == "@@ -1,2 +0,0 @@\n-a\n-b\n")
    #expect(diff("a\nb\nc\n", "a\nx\nc\n") == "@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n")
  }

  @Test("joins changes whose surroundings touch, and parts others")
  func hunks() {
    let old = (1...30).map { "\($0)\n" }.joined()
    let near = diff(old, old.replacing("\n5\n", with: "\n").replacing("\n12\n", with: "\n"))
    let far = diff(old, old.replacing("\n5\n", with: "\n").replacing("\n13\n", with: "\n"))
    #expect(near.split(separator: "\n").count { $0.hasPrefix("@@") } == 1)
    #expect(far.split(separator: "\n").count { $0.hasPrefix("@@") } == 2)
    #expect(far.hasPrefix("@@ -2,7 +2,6 @@\n 2\n 3\n 4\n-5\n 6\n 7\n 8\n@@ -10,7 +9,6 @@\n"))
  }

  @Test("of texts that are too long for the shortest edit replaces what is between their common ends")
  func long() {
    let middle = (0..<UnifiedDiff.lineLimit).map { "\($0)\n" }.joined()
    let difference = UnifiedDiff(old: "same\n\(middle)end\n", new: "same\nnew\nend\n")
    #expect(difference.lines.count { $0.isKept } == 2)
    #expect(difference.lines.count == UnifiedDiff.lineLimit + 3)
  }
}
