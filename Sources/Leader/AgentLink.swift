import GroupProtocol
import Transport

/// An agent's stream as the leader writes to it.
protocol AgentLink: Sendable {
  var id: SessionID { get }
  /// Never waits; false where the stream is over.
  @discardableResult
  func send(_ messages: [LeaderMessage]) -> Bool
  /// Ends the stream after what was sent.
  func close()
}

extension AgentSession: AgentLink {}
