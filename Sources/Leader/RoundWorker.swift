import MakeWrapper
import Model

/// Does what concerns ROOT, one thing at a time: the tree is brought to it, rounds are run in it and their results
/// handed to the core.
struct RoundWorker: Sendable {
  /// How many ticks a round waits that could not even begin.
  static let retryTicks: Tick = 10

  let engine: any PolicyEngine
  let driver: LeaderDriver

  /// Returns when the work has finished. The result of a round that ran meanwhile is dropped: without a logged
  /// result it runs again.
  func run() async {
    var reason: String?
    while let work = await driver.treeWork.take(), !Task.isCancelled {
      switch work {
      case .show(let tree): await show(tree)
      case .round(let request, let bundle):
        let result = await result(of: request, bundle)
        if Task.isCancelled { return }
        // Said once, however often it is tried again.
        let now = result.problems.first { $0.kind == .unreadable }?.message
        if let now, now != reason {
          await driver.log(Note(.warning, "a round could not run, and is tried again", ["reason": now]))
        }
        reason = now
        await driver.step(.finished(result))
      }
    }
  }

  /// What cannot be written now is written when the next round begins.
  private func show(_ tree: Tree) async {
    do throws(WrapperError) { try await engine.show(tree) } catch {
      await driver.log(
        Note(.warning, "the tree on disk lags behind until the next round", ["reason": error.description]))
    }
  }

  private func result(of request: RoundRequest, _ bundle: Bundle?) async -> RoundResult {
    if let bundle {
      do throws(WrapperError) { try await engine.install(bundle) } catch {
        return Self.failed(request, error.description)
      }
    }
    return await engine.run(request)
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
