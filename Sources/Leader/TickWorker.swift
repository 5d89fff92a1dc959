import Linux
import Model

/// Turns the machine's monotonic clock into ticks. After a suspended machine or a stopped process there is one tick,
/// not as many as were missed: nobody could renew a lease meanwhile.
struct TickWorker: Sendable {
  let driver: LeaderDriver
  let interval: Duration

  func run() async {
    // The clock that stands while the machine is suspended.
    let clock = SuspendingClock()
    var next = clock.now
    while !Task.isCancelled {
      next = max(next.advanced(by: interval), clock.now)
      do { try await TaskThreads.sleep(for: clock.now.duration(to: next)) } catch { return }
      await driver.tick()
    }
  }
}
