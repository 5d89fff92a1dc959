import GroupProtocol
import Linux
import Synchronization

/// One link between the agent's thread and the tasks that carry it: opened with its stream, closed by either side.
final class LinkGate: Sendable {
  private struct State {
    var stream: (any LeaderStream)?
    var isClosed = false
    var isFinished = false
    var closing: [AsyncStream<Never>.Continuation] = []
    var finishing: [AsyncStream<Never>.Continuation] = []
  }

  private let state = Mutex(State())

  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// False if the link was closed before it was open.
  func open(_ stream: any LeaderStream) -> Bool {
    state.withLock { state in
      state.stream = stream
      return !state.isClosed
    }
  }

  func send(_ messages: [AgentMessage]) {
    let stream = state.withLock { $0.isClosed ? nil : $0.stream }
    if stream?.send(messages) == false { close() }
  }

  func close() {
    let waiting = state.withLock { state in
      state.isClosed = true
      defer { state.closing = [] }
      return state.closing
    }
    for continuation in waiting { continuation.finish() }
  }

  /// Everything has been delivered, or given up.
  func finish() {
    let waiting = state.withLock { state in
      state.isFinished = true
      defer { state.finishing = [] }
      return state.finishing
    }
    for continuation in waiting { continuation.finish() }
  }

  /// Waits until it is closed or the task is cancelled.
  func closed() async {
    let (stream, continuation) = AsyncStream<Never>.makeStream()
    let isClosed = state.withLock { state in
      if !state.isClosed { state.closing.append(continuation) }
      return state.isClosed
    }
    if isClosed { return }
    for await _ in stream {}
  }

  func finished(within limit: Duration) async {
    let (stream, continuation) = AsyncStream<Never>.makeStream()
    let isFinished = state.withLock { state in
      if !state.isFinished { state.finishing.append(continuation) }
      return state.isFinished
    }
    if isFinished { return }
    await withDiscardingTaskGroup { group in
      group.addTask {
        try? await TaskThreads.sleep(for: limit)
        continuation.finish()
      }
      for await _ in stream {}
      group.cancelAll()
    }
  }
}
