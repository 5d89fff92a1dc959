import Model
import Testing

@testable import GroupProtocol

@Suite("When a node's failed rule is tried again, by the leader's ticks")
struct LocalRetryTests {
  @Test(
    "a node's ticks are seconds, of which a part counts as a whole tick",
    arguments: [
      // The node's tick, its retry, the milliseconds of a tick of the leader's, and the leader's retry at tick 50.
      (100, 104, 200, 70), (100, 104, 1000, 54), (100, 104, 3000, 52), (100, 100, 200, 50), (100, 3, 200, 50),
      (nil, 104, 200, nil), (100, nil, 200, nil),
    ] as [(Tick?, Tick?, Int, Tick?)])
  func retry(tick: Tick?, at: Tick?, length: Int, expected: Tick?) {
    let problem = RuleProblem(
      kind: .failed, place: nil, target: "n1/web/text", message: "it failed", attempts: 1, retryAt: at)
    let report = LocalReport(part: LocalPart.none.digest, policy: nil, problems: [problem], tick: tick)
    let told = LeaderCore.TellingLocal(report, tick: 50, of: .milliseconds(length))
    #expect(told.problems.map(\.retryAt) == [expected])
  }

  @Test("a tick that is far beyond all others is no reason to stop")
  func extreme() {
    let problem = RuleProblem(
      kind: .failed, place: nil, target: "x", message: "", attempts: 1, retryAt: (1 << 62) - 1)
    let report = LocalReport(part: LocalPart.none.digest, policy: nil, problems: [problem], tick: 0)
    #expect(LeaderCore.TellingLocal(report, tick: 1 << 61, of: .milliseconds(1)).problems.count == 1)
  }
}
