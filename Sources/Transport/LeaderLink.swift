import AsyncAlgorithms
public import GroupProtocol

/// An agent's end of its stream to a leader.
public struct LeaderLink: Sendable {
  let outbound: BatchQueue<AgentMessage>
  /// What the leader says; iterate once.
  public let batches: LeaderBatches

  /// Never waits. False where the stream is over, or is over now because the leader reads too slowly; the messages
  /// are then as good as lost.
  @discardableResult
  public func send(_ messages: [AgentMessage]) -> Bool { outbound.put(messages) }
}

/// The leader's batches, in its order, none empty. Ends when the leader closes the stream in good order, or this
/// side's task is cancelled; anything else is thrown. One task iterates, once.
public struct LeaderBatches: AsyncSequence, Sendable {
  /// The next batch waits in it until it is taken, and the one after it on the connection.
  let inbound = AsyncThrowingChannel<[LeaderMessage], any Error>()
  let address: Address

  public func makeAsyncIterator() -> Iterator {
    Iterator(inbound: inbound, address: address)
  }

  public struct Iterator: AsyncIteratorProtocol {
    let inbound: AsyncThrowingChannel<[LeaderMessage], any Error>
    let address: Address

    public mutating func next() async throws(TransportError) -> [LeaderMessage]? {
      try await next(isolation: nil)
    }

    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(TransportError) -> [LeaderMessage]? {
      // The channel's iterators have no state; a new one each time belongs to no actor.
      var iterator = inbound.makeAsyncIterator()
      do { return try await iterator.next() } catch { throw TransportError(error, address) }
    }
  }
}
