import FileTree
import Glibc
import Model
import Testing

@testable import MakeWrapper

@Suite("Asked for a target, the wrapper tells")
struct RuleInquiryTests {
  private func account(_ world: World, _ target: String) throws -> RuleAccount {
    let finding = world.runner.account(of: target)
    guard case .rule(let account) = finding else { throw Missing(finding: finding) }
    return account
  }

  private struct Missing: Error { let finding: RuleFinding }

  @Test("nothing before a round has read the rules")
  func notRead() throws {
    #expect(try World("a:\n\techo 1 > $@\n").runner.account(of: "a") == .notRead)
  }

  @Test("while a round runs, what the one before it came to, at once")
  func during() async throws {
    let world = try World("slow: in\n\ttouch ../begun; until test -e ../gate; do sleep 0.02; done; cp $< $@\n")
    try world.scratch.write("gate", "")
    try world.set("in", "1")
    let first = try await world.round()
    for name in ["gate", "begun"] { unlink("\(world.scratch.path)/\(name)") }
    try world.set("in", "2")
    let (runner, request) = (world.runner, world.request())
    let round = Task { await runner.run(request) }
    while world.scratch.text("begun") == nil { try await Task.sleep(for: .milliseconds(5)) }
    #expect(try account(world, "slow").ranAt == first.index)
    try world.scratch.write("gate", "")
    let second = await round.value
    #expect(second.problems == [])
    #expect(try account(world, "slow").ranAt == second.index)
  }

  @Test("when the rule ran last, when that made a difference, and the same of what it reads")
  func rounds() async throws {
    let world = try World("sum: half in\n\tcat $^ > $@\nhalf: other\n\techo $$(( $$(cat other) / 2 )) > $@\n")
    try world.set("in", "1")
    try world.set("other", "4")
    let first = try await world.round()
    try world.set("other", "5")
    let second = try await world.round()
    let half = try account(world, "half")
    #expect(half.ranAt == second.index && half.changedAt == first.index)
    #expect(half.inputs == [.init(reference: "other", changedAt: second.index, madeAt: nil)])
    let sum = try account(world, "sum")
    #expect(sum.place == SourcePlace(file: "DMakefile", line: 2))
    #expect(sum.ranAt == first.index)
    #expect(
      sum.inputs == [
        .init(reference: "half", changedAt: first.index, madeAt: second.index),
        .init(reference: "in", changedAt: first.index, madeAt: nil),
      ])
  }

  @Test("the rule of a tag, whether it is a target, assigned by another or part of a whole file")
  func tags() async throws {
    let world = try World(
      """
      n1/web/config.xml{a}: in
      \tcat in > $@
      n1/db/config.xml: in
      \tn1/db/config.xml{b}=7
      whole.xml: in
      \techo '<x><c>1</c></x>' > $@

      """)
    try world.set("in", "1")
    try await world.round()
    #expect(try account(world, "n1/web/config.xml{a}").target == "n1/web/config.xml{a}")
    #expect(try account(world, "n1/db/config.xml{b}").target == "n1/db/config.xml")
    #expect(try account(world, "whole.xml{c}").target == "whole.xml")
    #expect(
      world.runner.account(of: "n1/web/config.xml") == .noRule(nearest: ["n1/web/config.xml{a}"]))
  }

  @Test("the way to what failed, and names that are near to one without a rule")
  func failure() async throws {
    let world = try World("top: middle\n\tcp $< $@\nmiddle: bottom\n\tcp $< $@\nbottom: in\n\tfalse\n")
    try world.set("in", "1")
    try await world.round()
    #expect(try account(world, "top").failedNeeds == ["middle", "bottom"])
    #expect(try account(world, "bottom").failedNeeds == [])
    #expect(world.runner.account(of: "midle") == .noRule(nearest: ["middle"]))
    #expect(world.runner.account(of: "in") == .noRule(nearest: []))
  }

  @Test("that a node is absent for which a rule would make it")
  func absence() async throws {
    let world = try World("%/web/config.xml{a}:\n\t$*/web/config.xml{a}=1\n%/web/hello:\n\techo 1 > $@\n")
    try world.set("n1/DMake/config.xml", "<config><process name='web'/></config>")
    try await world.round()
    #expect(world.runner.account(of: "n9/web/config.xml{a}") == .absentNode(try NodeName("n9")))
    #expect(world.runner.account(of: "n9/web/hello") == .absentNode(try NodeName("n9")))
    #expect(world.runner.account(of: "n9/web/other") == .noRule(nearest: []))
  }

  @Test(
    "names are similar up to three characters, the best first",
    arguments: [
      ("config", ["config", "configs", "confg", "xyz", "connfigg", "conf"], ["config", "confg", "configs"]),
      ("ab", ["cd", "abc"], ["abc"]), ("", ["a"], []),
      ("n1/web/config.xml", ["n2/web/config.xml"], ["n2/web/config.xml"]),
    ])
  func similar(text: String, names: [String], expected: [String]) {
    #expect(SimilarNames.of(text, in: names) == expected)
  }
}
