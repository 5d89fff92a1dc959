import MakeWrapper
import Model

/// Runs rounds, one at a time, and hands their results to the core.
struct RoundWorker: Sendable {
  /// How many ticks a round waits that could not even begin.
  static let retryTicks: Tick = 10

  let engine: any PolicyEngine
  let driver: LeaderDriver

  /// Returns when the queue has finished. The result of a round that ran meanwhile is dropped: without a logged
  /// result it runs again.
  func run() async {
    while true {
      let due = await driver.rounds.takeAll()
      if due.isEmpty { return }
      for round in due {
        if Task.isCancelled { return }
        let result = await result(of: round)
        if Task.isCancelled { return }
        await driver.step(.finished(result))
      }
    }
  }

  private func result(of round: LeaderDriver.PendingRound) async -> RoundResult {
    if let bundle = round.bundle {
      do throws(WrapperError) { try await engine.install(bundle) } catch {
        return Self.failed(round.request, error.description)
      }
    }
    return await engine.run(round.request)
  }

  /// The result of a round whose policy could not be put on disk: nothing changes, and it is tried again.
  private static func failed(_ request: RoundRequest, _ reason: String) -> RoundResult {
    let problem = RuleProblem(
      kind: .unreadable, place: nil, target: Bundle.policyFile, message: reason, attempts: 1,
      retryAt: request.tick + retryTicks)
    return RoundResult(
      index: request.index, changes: [], handled: [], problems: [problem], provenance: [], memory: [],
      interest: nil, passes: 0)
  }
}
