import Synchronization

/// What one task hands to another, in order. Putting never waits, so an actor can do it in the middle of a step;
/// who fills it watches ``count`` and slows its own sources down.
final class WorkQueue<Element: Sendable>: Sendable {
  private struct State {
    var waiting: [Element] = []
    var isFinished = false
    var taker: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  var count: Int { state.withLock { $0.waiting.count } }

  func put(_ element: Element) {
    wake { state in if !state.isFinished { state.waiting.append(element) } }
  }

  /// Nothing is taken any more; what waits is still handed out.
  func finish() { wake { $0.isFinished = true } }

  /// Everything that waits, or what comes next; empty when the queue has finished. One task takes.
  func takeAll() async -> [Element] {
    while true {
      let (taken, isFinished) = state.withLock { state in
        let taken = state.waiting
        state.waiting = []
        return (taken, state.isFinished)
      }
      if isFinished || !taken.isEmpty { return taken }
      await withCheckedContinuation { continuation in
        let isReady = state.withLock { state in
          if !state.waiting.isEmpty || state.isFinished { return true }
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
