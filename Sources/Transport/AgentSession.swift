public import GroupProtocol

/// A leader's end of one agent's stream.
public final class AgentSession: Sendable {
  public let id: SessionID
  public let peer: Peer
  let outbound: BatchQueue<LeaderMessage>

  init(id: SessionID, peer: Peer, limits: TransportLimits) {
    self.id = id
    self.peer = peer
    outbound = BatchQueue(
      queueLimitBytes: limits.queueLimitBytes, batchLimitBytes: limits.batchLimitBytes,
      batchLimitMessages: 4096, size: MessageSize.of)
  }

  /// Never waits. False where the session is over, or is over now because the agent reads too slowly.
  @discardableResult
  public func send(_ messages: [LeaderMessage]) -> Bool { outbound.put(messages) }

  /// Ends the stream after what was sent.
  public func close() { outbound.finish() }
}
