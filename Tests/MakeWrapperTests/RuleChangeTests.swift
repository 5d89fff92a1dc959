import Model
import Testing

@testable import MakeWrapper

/// dmakefile(5), Variables: what of a changed policy is a reason to run a rule.
@Suite("A rule runs again when what its recipe uses has changed, and for nothing else")
struct RuleChangeTests {
  struct Change: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// Lines of the policy before and after.
    let before: String
    let after: String
    /// Whether `out/low`, which `out/high` needs, runs again.
    let isReason: Bool
  }

  static let changes = [
    Change(testDescription: "nothing", before: "", after: "", isReason: false),
    Change(
      testDescription: "a variable that is not used", before: "out/low: U = 1", after: "out/low: U = 2",
      isReason: false),
    Change(
      testDescription: "a variable of the target", before: "out/low: V = 1", after: "out/low: V = 2",
      isReason: true),
    Change(
      testDescription: "a pattern's variable", before: "out/l%: V = 1", after: "out/l%: V = 2", isReason: true),
    Change(
      testDescription: "an inherited variable", before: "out/high: V = 1", after: "out/high: V = 2",
      isReason: true),
    Change(
      testDescription: "an inherited variable that the target's own replaces",
      before: "out/high: V = 1\nout/low: V = 3", after: "out/high: V = 2\nout/low: V = 3", isReason: false),
    Change(
      testDescription: "an inherited variable that the target adds to",
      before: "out/high: V = 1\nout/low: V += 3", after: "out/high: V = 2\nout/low: V += 3", isReason: true),
    Change(
      testDescription: "a variable that another one replaces", before: "%: V = 1\nout/%: V = 3",
      after: "%: V = 2\nout/%: V = 3", isReason: false),
    Change(
      testDescription: "a private variable of the target that needs it", before: "out/high: private V = 1",
      after: "out/high: private V = 2", isReason: false),
    Change(
      testDescription: "what a used variable refers to", before: "out/low: V = $(U)\nout/low: U = 1",
      after: "out/low: V = $(U)\nout/low: U = 2", isReason: true),
    Change(
      testDescription: "what a used global variable refers to", before: "V = $(U)\nout/low: U = 1",
      after: "V = $(U)\nout/low: U = 2", isReason: true),
    Change(
      testDescription: "an exported variable", before: "out/low: export U = 1",
      after: "out/low: export U = 2", isReason: true),
    Change(
      testDescription: "a variable that is exported elsewhere", before: "export U = 0\nout/low: U = 1",
      after: "export U = 0\nout/low: U = 2", isReason: true),
    Change(
      testDescription: "a variable of the environment", before: "out/low: TMPDIR = /a",
      after: "out/low: TMPDIR = /b", isReason: true),
    Change(
      testDescription: "the shell's flags", before: "out/low: .SHELLFLAGS = -c",
      after: "out/low: .SHELLFLAGS = -ec", isReason: true),
    Change(
      testDescription: "that all variables are exported", before: "export\nout/low: U = 1",
      after: "export\nout/low: U = 2", isReason: true),
  ]

  @Test("a changed definition", arguments: changes)
  func definition(_ change: Change) async throws {
    let world = try World("")
    let log = world.scratch.path + "/log"
    func policy(_ lines: String) -> String {
      """
      V = 0
      \(lines)
      out/high: out/low
      \tcp $< $@
      out/low: n1/p/state.xml
      \techo "$(V) $$U" > $@; echo low >> \(log)

      """
    }
    try world.activate(policy(change.before))
    try world.set("n1/p/state.xml", "<s/>")
    try await world.round()
    #expect(world.log() == ["low"])
    try world.activate(policy(change.after))
    try await world.round()
    #expect(world.log() == (change.isReason ? ["low"] : []))
  }

  @Test("each rule with double colons runs for what changed after its last run, even one that changed nothing")
  func doubleColons() async throws {
    let world = try World(
      """
      out/d:: n1/p/state.xml{a}
      \t@cat /dev/null $^ > $@
      out/d:: n2/p/state.xml{a}
      \t@cat /dev/null $^ >> $@

      """)
    try world.set("n1/p/state.xml", "<s><a>1</a></s>")
    try await world.round()
    #expect(world.text("out/d") == "1\n")
    try world.set("n1/p/state.xml", "<s/>")
    try world.set("n2/p/state.xml", "<s><a>1</a></s>")
    try await world.round()
    #expect(world.text("out/d") == "1\n")
    try world.set("n2/p/state.xml", "<s/>")
    try await world.round()
    #expect(world.text("out/d") == "1\n")
    try world.set("n2/p/state.xml", "<s><a>2</a></s>")
    try await world.round()
    #expect(world.text("out/d") == "1\n2\n")
  }
}
