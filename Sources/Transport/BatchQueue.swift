import Synchronization

/// Messages that wait to be sent, bounded in bytes. What waits together leaves together, as one batch.
///
/// One task takes batches; any may put messages in. A reader that is too slow overflows the queue, which ends it:
/// the session is cut off, and its peer connects again and is brought up to date. That is cheaper, and bounds
/// memory better, than keeping what a peer missed.
final class BatchQueue<Message: Sendable>: Sendable {
  private struct State {
    var waiting: [(message: Message, bytes: Int)] = []
    var bytes = 0
    var end: End?
    var taker: CheckedContinuation<Void, Never>?
    var watcher: CheckedContinuation<Void, Never>?
    var isBroken: Bool { end == .aborted || end == .overflowed }
  }

  enum End: Equatable { case finished, aborted, overflowed }

  private let state = Mutex(State())
  let queueLimitBytes: Int
  let batchLimitBytes: Int
  let batchLimitMessages: Int
  private let size: @Sendable (Message) -> Int

  init(
    queueLimitBytes: Int, batchLimitBytes: Int, batchLimitMessages: Int,
    size: @escaping @Sendable (Message) -> Int
  ) {
    self.queueLimitBytes = queueLimitBytes
    self.batchLimitBytes = batchLimitBytes
    self.batchLimitMessages = batchLimitMessages
    self.size = size
  }

  var end: End? { state.withLock { $0.end } }
  /// Whether nothing waits.
  var isEmpty: Bool { state.withLock { $0.waiting.isEmpty } }

  /// Answers whether the messages will be sent, unless the stream breaks before. A message that is larger than the
  /// whole queue is taken where nothing else waits.
  @discardableResult
  func put(_ messages: [Message]) -> Bool {
    if messages.isEmpty { return end == nil }
    let sized = messages.map { (message: $0, bytes: size($0)) }
    let total = sized.reduce(0) { $0 + $1.bytes }
    return change { state in
      guard state.end == nil else { return false }
      if !state.waiting.isEmpty, state.bytes + total > queueLimitBytes {
        Self.drop(&state, .overflowed)
        return false
      }
      state.waiting += sized
      state.bytes += total
      return true
    }
  }

  /// What waits is still taken, nothing more comes in.
  func finish() { change { if $0.end == nil { $0.end = .finished } } }

  /// What waits is dropped.
  func abort() { change { if $0.end == nil || $0.end == .finished { Self.drop(&$0, .aborted) } } }

  /// The next batch, as soon as there is one; nil after the end, or when the task is cancelled.
  func next() async -> [Message]? {
    while !Task.isCancelled {
      let (batch, isOver) = state.withLock { ($0.waiting.isEmpty ? nil : take(&$0), $0.end != nil) }
      if let batch { return batch }
      if isOver { return nil }
      await withTaskCancellationHandler {
        await withCheckedContinuation { taker in
          let isDue = state.withLock { state in
            if Task.isCancelled || !state.waiting.isEmpty || state.end != nil { return true }
            state.taker = taker
            return false
          }
          if isDue { taker.resume() }
        }
      } onCancel: {
        wake()
      }
    }
    return nil
  }

  /// Gives batch after batch to `write` until the queue has ended. A write that waits for a slow peer is cancelled when
  /// the queue behind it overflows: alone, it would not notice.
  func drain(_ write: @Sendable @escaping ([Message]) async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { while let batch = await self.next() { try await write(batch) } }
      group.addTask { await self.waitForBreak() }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  /// Returns when the queue was aborted or has overflowed, or the task is cancelled. One task watches.
  private func waitForBreak() async {
    while !Task.isCancelled, !state.withLock({ $0.isBroken }) {
      await withTaskCancellationHandler {
        await withCheckedContinuation { watcher in
          let isDue = state.withLock { state in
            if Task.isCancelled || state.isBroken { return true }
            state.watcher = watcher
            return false
          }
          if isDue { watcher.resume() }
        }
      } onCancel: {
        wake()
      }
    }
  }

  private func take(_ state: inout State) -> [Message] {
    var count = 0
    var bytes = 0
    for entry in state.waiting {
      if count > 0, bytes + entry.bytes > batchLimitBytes || count >= batchLimitMessages { break }
      count += 1
      bytes += entry.bytes
    }
    let batch = state.waiting.prefix(count).map(\.message)
    state.waiting.removeFirst(count)
    state.bytes -= bytes
    return batch
  }

  private static func drop(_ state: inout State, _ end: End) {
    state.end = end
    state.waiting = []
    state.bytes = 0
  }

  private func wake() { change { _ in } }

  /// Changes the state, then wakes whoever waits, outside of the lock.
  @discardableResult
  private func change<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
    let (result, taker, watcher) = state.withLock { state in
      let result = body(&state)
      defer { (state.taker, state.watcher) = (nil, nil) }
      return (result, state.taker, state.watcher)
    }
    taker?.resume()
    watcher?.resume()
    return result
  }
}
