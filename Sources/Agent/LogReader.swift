import Linux
import Model
import Processes
import Synchronization

/// Reads logs of processes for operators, on a thread of its own: a disk that takes its time must not keep processes
/// from being looked after.
actor LogReader {
  /// So many queries may wait; a leader that asks for more is told to ask again.
  static let waitingLimit = 32
  /// What the agent's keeper writes to.
  static let folder = "log"

  private nonisolated let executor = BlockingExecutor(label: "dmake.logs")
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  private nonisolated let waiting = Mutex(0)
  private let state: Directory

  /// - Parameter state: the agent's state folder.
  init(state: Directory) { self.state = state }

  /// Never waits: `answer` is called once, later.
  nonisolated func read(_ query: LogQuery, _ answer: @escaping @Sendable (LogResult) -> Void) {
    let isFull = waiting.withLock { waiting in
      if waiting >= Self.waitingLimit { return true }
      waiting += 1
      return false
    }
    if isFull { return answer(.failed("too many logs are read at once; ask again")) }
    Task(executorPreference: TaskThreads.shared) { [self] in
      let result = await result(query)
      waiting.withLock { $0 -= 1 }
      answer(result)
    }
  }

  private func result(_ query: LogQuery) -> LogResult {
    do throws(SystemError) {
      let tail = LogTail(folder: try state.subdirectory(Self.folder))
      return try tail.read(query).map { .chunk($0) } ?? .noOutput
    } catch { return .failed(error.description) }
  }
}
