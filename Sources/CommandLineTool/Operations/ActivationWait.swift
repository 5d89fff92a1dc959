import GroupProtocol
import Linux
import Model

/// Waits until every present node has applied a policy, and tells how far it has come.
struct ActivationWait: Sendable {
  static let pollInterval = Duration.milliseconds(200)

  let connection: OperatorConnection
  let console: Console
  let activation: LogIndex

  /// The report in which it was done. A leader that restarts meanwhile is waited for too.
  func run(timeout: Duration) async throws(CommandFailure) -> StatusReport {
    let end = ContinuousClock.now + timeout
    var last = "no leader has answered yet"
    while ContinuousClock.now < end {
      if let report = try await report() {
        let progress = ActivationProgress(report, activation: activation)
        if let other = progress.replacedBy {
          endLine()
          throw CommandFailure(
            .found, "the policy \(other) was activated meanwhile, so this one is not waited for")
        }
        show(progress, last: last)
        last = progress.text
        if progress.isDone {
          endLine()
          return report
        }
      }
      do { try await TaskThreads.sleep(for: Self.pollInterval) } catch {
        throw CommandFailure(.interrupted, "the wait was given up")
      }
    }
    endLine()
    throw CommandFailure(
      .timeout,
      "the policy is active, but not everywhere after \(DurationArgument(timeout)): \(last); `dmake status` shows more"
    )
  }

  private func report() async throws(CommandFailure) -> StatusReport? {
    do throws(CommandFailure) { return try await connection.status() } catch {
      if error.status == .unavailable || error.status == .timeout { return nil }
      throw error
    }
  }

  /// A bar that is drawn anew on a terminal; a line for each change otherwise.
  private func show(_ progress: ActivationProgress, last: String) {
    if console.errorIsTerminal {
      console.tell("\r\(progress.bar())\u{1b}[K")
    } else if progress.text != last {
      console.tell(progress.text + "\n")
    }
  }

  private func endLine() { if console.errorIsTerminal { console.tell("\n") } }
}
