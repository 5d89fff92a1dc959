import Dispatch
import Glibc
import Synchronization

/// Work on other threads, while the one that hands it over goes on: a first round creates thousands of files, which
/// costs the kernel more than the round costs us.
public final class Lanes<Result: Sendable>: Sendable {
  private struct State: Sendable {
    var works: [@Sendable () -> Result] = []
    /// The first one that nobody has taken.
    var next = 0
    var results: [Result?] = []
    var threadCount = 0
  }

  /// One processor is the caller's. More than a few hardly help, since folders and file systems have locks.
  private let threadLimit = max(1, min(3, sysconf(Int32(_SC_NPROCESSORS_ONLN)) - 1))
  private let state = Mutex(State())
  private let threads = DispatchGroup()

  public init() {}

  /// Works on all inputs at once, the only one in the caller's thread.
  public static func map<Input: Sendable>(
    _ inputs: [Input], _ work: @escaping @Sendable (Input) -> Result
  ) -> [Result] {
    if inputs.count == 1 { return [work(inputs[0])] }
    let lanes = Lanes()
    for input in inputs { lanes.add { work(input) } }
    return lanes.finish()
  }

  /// Hands over work that is independent of what was handed over before.
  public func add(_ work: @escaping @Sendable () -> Result) {
    let isThreadMissing = state.withLock { state in
      state.works.append(work)
      state.results.append(nil)
      guard state.threadCount < threadLimit else { return false }
      state.threadCount += 1
      return true
    }
    guard isThreadMissing else { return }
    // A queue of its own has a thread of its own, at once.
    DispatchQueue(label: "dmake.lane").async(group: threads) {
      self.work()
      self.state.withLock { $0.threadCount -= 1 }
    }
  }

  /// Takes part in what is left, waits, and answers what came of each work, in order.
  public func finish() -> [Result] {
    work()
    threads.wait()
    return state.withLock { state in
      defer { state = State() }
      return state.results.compactMap { $0 }
    }
  }

  private func work() {
    while true {
      let taken = state.withLock { state -> (number: Int, work: @Sendable () -> Result)? in
        guard state.next < state.works.count else { return nil }
        defer { state.next += 1 }
        return (state.next, state.works[state.next])
      }
      guard let taken else { return }
      let result = taken.work()
      state.withLock { $0.results[taken.number] = result }
    }
  }
}
