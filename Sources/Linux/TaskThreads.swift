import Glibc
import NIOCore
import NIOPosix

/// The threads that tasks run on, one for each processor, instead of the runtime's own pool; and what tasks wait by.
///
/// Where a task waits for one of the runtime's threads, libdispatch opens `/proc/TID/stat` once a second to count those
/// that run, and ends the process if it cannot: a busy process that is out of descriptors would be killed by what
/// should help it. These threads need none. Children of a task that prefers them run on them, too; any other task says
/// so when it is made.
public final class TaskThreads: TaskExecutor {
  public static let shared = TaskThreads()

  private let pool: NIOThreadPool

  private init() {
    pool = NIOThreadPool(numberOfThreads: max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    pool.start()
  }

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    pool.submit { _ in job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }

  /// Waits on the clock that stands while the machine is suspended (CLOCK_MONOTONIC).
  ///
  /// - Throws: `CancellationError` when the task is cancelled before.
  public static func sleep(for duration: Duration) async throws {
    let timer = MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: TimeAmount(duration)) {}
    try await withTaskCancellationHandler {
      do { try await timer.futureResult.get() } catch { throw CancellationError() }
    } onCancel: {
      timer.cancel()
    }
  }
}
