import GroupProtocol
import Model
import Synchronization

/// What the agent's thread asks of the links.
enum LinkCommand: Sendable {
  case connect(LinkID, leader: String)
  case send(LinkID, [AgentMessage])
  case disconnect(LinkID)
}

/// Carries out the agent's link effects, and posts what comes of them.
struct LinkRunner: Sendable {
  /// How long the last messages of a link may take, goodbye among them.
  static let closeLimit = Duration.seconds(5)

  let dialer: any LeaderDialer
  let mailbox: AgentMailbox

  /// Returns when the commands end and every link is closed.
  func run(_ commands: AsyncStream<LinkCommand>) async {
    await withDiscardingTaskGroup { group in
      var gates = SortedMap<LinkID, LinkGate>()
      for await command in commands {
        switch command {
        case .connect(let id, let leader):
          let gate = LinkGate()
          gates.removeAll { $1.isClosed }
          gates[id] = gate
          group.addTask { await converse(id, leader, gate) }
        case .send(let id, let messages): gates[id]?.send(messages)
        case .disconnect(let id): gates[id]?.close()
        }
      }
      for gate in gates.values { gate.close() }
    }
  }

  private func converse(_ id: LinkID, _ leader: String, _ gate: LinkGate) async {
    await withDiscardingTaskGroup { group in
      group.addTask {
        let reason = await dial(id, leader, gate)
        gate.close()
        mailbox.post(.input(.closed(id, reason: reason)))
        gate.finish()
      }
      await gate.closed()
      await gate.finished(within: Self.closeLimit)
      group.cancelAll()
    }
  }

  /// Answers why the link ended.
  private func dial(_ id: LinkID, _ leader: String, _ gate: LinkGate) async -> String {
    do {
      let reason = LinkEnd()
      try await dialer.withStream(to: leader) { stream in
        guard gate.open(stream) else { return }
        mailbox.post(.input(.opened(id)))
        await withDiscardingTaskGroup { group in
          group.addTask {
            do {
              try await stream.receive { messages in await mailbox.postWithRoom(.received(id, messages)) }
            } catch {
              reason.text.withLock { $0 = "\(error)" }
            }
            gate.close()
          }
          await gate.closed()
          group.cancelAll()
        }
      }
      return reason.text.withLock { $0 }
    } catch {
      return "\(error)"
    }
  }
}

/// Why a link ended.
private final class LinkEnd: Sendable {
  let text = Mutex("the leader closed the link")
}
