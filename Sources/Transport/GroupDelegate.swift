public import GroupProtocol

/// What a leader does with the agents and operators that reach it.
///
/// The transport reads a stream's next batch when ``received(_:from:)`` has returned, so at most one batch of a
/// stream waits in the leader: whoever floods it is slowed down by its own connection.
public protocol GroupDelegate: Sendable {
  /// Comes first, once a stream.
  func connected(_ session: AgentSession) async
  /// Never empty, in the agent's order.
  func received(_ messages: [AgentMessage], from session: SessionID) async
  /// Comes last, once a stream, whatever ended it.
  func disconnected(_ session: SessionID) async
  func operate(_ request: OperatorRequest, from peer: Peer) async -> OperatorAnswer
}
