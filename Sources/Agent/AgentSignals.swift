import Linux
import Synchronization
import UnixSignals

/// SIGHUP and SIGQUIT, for the agents of this process. They are trapped once and for good: a signal that comes while a
/// trap is set or taken away is lost.
final class AgentSignals: Sendable {
  static let shared = AgentSignals()

  private let mailboxes = Mutex<[ObjectIdentifier: AgentMailbox]>([:])
  private let trap = Task(executorPreference: TaskThreads.shared) {
    await UnixSignalsSequence(trapping: .sighup, .sigquit)
  }

  private init() {
    Task(executorPreference: TaskThreads.shared) { [self] in
      for await signal in await trap.value {
        let letter: AgentMailbox.Letter = signal == .sighup ? .readAgain : .input(.leave)
        for mailbox in mailboxes.withLock({ Array($0.values) }) { mailbox.post(letter) }
      }
    }
  }

  /// From its return on no signal is lost.
  func tell(_ mailbox: AgentMailbox) async {
    _ = await trap.value
    mailboxes.withLock { $0[ObjectIdentifier(mailbox)] = mailbox }
  }

  func forget(_ mailbox: AgentMailbox) { mailboxes.withLock { $0[ObjectIdentifier(mailbox)] = nil } }
}
