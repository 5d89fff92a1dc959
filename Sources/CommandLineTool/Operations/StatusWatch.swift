import GroupProtocol
import Linux

/// `dmake status --watch`: the same view again and again. A leader that is away is waited for.
struct StatusWatch: Sendable {
  let connection: OperatorConnection
  let console: Console
  let subject: StatusSubject
  let output: OutputOptions
  let interval: Duration

  func run() async throws(CommandFailure) {
    while true {
      try console.write(frame(try await text()))
      do { try await TaskThreads.sleep(for: interval) } catch { return }
    }
  }

  private func text() async throws(CommandFailure) -> String {
    do throws(CommandFailure) {
      return try subject.render(try await connection.status(files: subject.folder), output, console)
    } catch {
      // A node that has not joined yet, or a leader that restarts, may be what is watched for.
      guard console.outputIsTerminal else {
        console.tell(error)
        return ""
      }
      return "dmake: \(error.description)\n"
    }
  }

  /// On a terminal, from its upper left corner: each line erases what was behind it, so nothing flickers.
  private func frame(_ text: String) -> String {
    guard console.outputIsTerminal, output.format == .text else { return text }
    return "\u{1b}[H" + text.replacing("\n", with: "\u{1b}[K\n") + "\u{1b}[J"
  }
}
