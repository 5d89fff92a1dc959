import Model
import Testing

@testable import GroupProtocol

@Suite("Why a rule did not run")
struct WhyNotTests {
  private static func state(problems: [RuleProblem] = []) -> LeaderState {
    var state = LeaderState()
    (state.index, state.lastRound, state.problems) = (25, 20, problems)
    return state
  }

  private static func account(
    ran: LogIndex?, changed: LogIndex? = nil, input: LogIndex = 5, needs: [String] = []
  ) -> RuleFinding {
    .rule(
      RuleAccount(
        target: "a", place: SourcePlace(file: "DMakefile", line: 1), ranAt: ran, changedAt: changed ?? ran,
        inputs: [RuleAccount.Input(reference: "in", changedAt: input, madeAt: nil)], failedNeeds: needs))
  }

  private static func problem(_ target: String, _ kind: RuleProblem.Kind = .failed) -> RuleProblem {
    RuleProblem(kind: kind, place: nil, target: target, message: "no", attempts: 1, retryAt: 7)
  }

  @Test(
    "is told by the last runs of the rule and changes of its inputs",
    arguments: [
      (account(ran: 10), nil, WhyNotReport.Cause.unchanged(since: 10)),
      (account(ran: 20, changed: 10), nil, .madeSame(20)), (account(ran: 20), nil, .didRun(20)),
      (account(ran: 10), 10, .didRun(10)), (account(ran: 10, changed: 5), 7, .madeSame(10)),
      (account(ran: nil), nil, .neverRan), (account(ran: 10, input: 12), nil, .due(["in"])),
    ] as [(RuleFinding, LogIndex?, WhyNotReport.Cause)])
  func runs(finding: RuleFinding, since: LogIndex?, cause: WhyNotReport.Cause) throws {
    #expect(try Self.state().whyNot("a", since: since, finding).causes == [cause])
  }

  @Test("is told with all causes: its own failure, and that of what it needs")
  func failures() throws {
    let state = Self.state(problems: [Self.problem("a", .oscillation), Self.problem("c")])
    #expect(
      try state.whyNot("a", since: nil, Self.account(ran: 10, input: 12, needs: ["b", "c"])).causes == [
        .failed(Self.problem("a", .oscillation)), .needsFailed(["b", "c"], Self.problem("c")),
      ])
    #expect(
      try state.whyNot("a", since: nil, Self.account(ran: nil, needs: ["b"])).causes == [
        .failed(Self.problem("a", .oscillation)), .needsFailed(["b"], nil),
      ])
  }

  @Test("is refused before a round has read the rules, and for rounds that are yet to come")
  func refusals() throws {
    #expect(throws: Rejection.self) { try Self.state().whyNot("a", since: nil, .notRead) }
    #expect(throws: Rejection.self) { try Self.state().whyNot("a", since: 26, Self.account(ran: 1)) }
  }

  @Test("says whether a file without a rule is there")
  func file() throws {
    var state = Self.state()
    state.tree.apply(TreeChange(try TreePath("n1/web/state.xml"), Content("<s/>")), at: 3)
    let causes = try ["n1/web/state.xml{load}", "n1/web/other"].map {
      try state.whyNot($0, since: nil, .noRule(nearest: [])).causes
    }
    #expect(
      causes == [[.noRule(nearest: [], isFileThere: true)], [.noRule(nearest: [], isFileThere: false)]])
  }
}
