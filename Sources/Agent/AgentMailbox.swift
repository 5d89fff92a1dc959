import GroupProtocol
import Linux
import Model
import Synchronization

/// The agent's one inbox: what comes from links and signals waits here for the agent's thread.
///
/// Bounded by its senders: a link that has handed over ``limit`` messages waits until they are taken, and so the
/// leader's stream waits on the network. Everything else is a few words from the operator.
final class AgentMailbox: Sendable {
  enum Letter: Sendable {
    case input(AgentInput)
    /// What is wrong with a large state file, which was to be checked under this number.
    case checked(NodeFile, Content, UInt64, problem: String?)
    /// Look again for the node's name and for what is permitted.
    case readAgain
  }

  static let limit = 1024

  private let letters = Mutex<[Letter]>([])
  let wakeup: Wakeup

  init() throws(SystemError) { wakeup = try Wakeup() }

  func post(_ letter: Letter) {
    letters.withLock { $0.append(letter) }
    wakeup.signal()
  }

  /// Waits as long as too much waits already.
  func postWithRoom(_ input: AgentInput) async {
    while letters.withLock({ $0.count >= Self.limit }), !Task.isCancelled {
      try? await TaskThreads.sleep(for: .milliseconds(5))
    }
    post(.input(input))
  }

  func take() -> [Letter] {
    wakeup.clear()
    return letters.withLock { letters in
      defer { letters = [] }
      return letters
    }
  }
}
