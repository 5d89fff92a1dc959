import Dispatch

/// Runs an actor on a queue of its own: fsync(2), or a child that is waited for, may take long and must not hold
/// one of the few threads on which all other tasks run.
public final class BlockingExecutor: SerialExecutor {
  private let queue: DispatchQueue

  public init(label: String) { queue = DispatchQueue(label: label) }

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }
}
