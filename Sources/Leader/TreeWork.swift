import Model
import Synchronization

/// What is to be done in ROOT next: the newest tree is to be shown there, or a round to be run.
///
/// There is room for one. What is put replaces what waits, since the newest tree has all that the ones before it had,
/// and a round brings ROOT to its own tree before it does anything else. So a round waits for what is being done just
/// now and for nothing else, however fast states come in.
final class TreeWork: Sendable {
  enum Item: Sendable {
    case show(Tree)
    /// With the active bundle, where the log has it.
    case round(RoundRequest, Bundle?)
  }

  private struct State {
    var waiting: Item?
    var isFinished = false
    var taker: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  /// While a round waits, or runs, the tree stands still.
  func show(_ tree: Tree) {
    wake { state in
      if case .round = state.waiting { return }
      state.waiting = .show(tree)
    }
  }

  func begin(_ request: RoundRequest, _ bundle: Bundle?) { wake { $0.waiting = .round(request, bundle) } }

  /// Nothing is taken any more.
  func finish() { wake { $0.isFinished = true } }

  /// What waits, or what comes next; nil when it has finished. One task takes.
  func take() async -> Item? {
    while true {
      let (item, isFinished) = state.withLock { state in
        defer { state.waiting = nil }
        return (state.waiting, state.isFinished)
      }
      if isFinished { return nil }
      if let item { return item }
      await withCheckedContinuation { continuation in
        let isReady = state.withLock { state in
          if state.waiting != nil || state.isFinished { return true }
          state.taker = continuation
          return false
        }
        if isReady { continuation.resume() }
      }
    }
  }

  private func wake(_ change: (inout State) -> Void) {
    let taker = state.withLock { state in
      change(&state)
      defer { state.taker = nil }
      return state.taker
    }
    taker?.resume()
  }
}
