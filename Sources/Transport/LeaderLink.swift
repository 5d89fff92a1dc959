import GRPCCore
public import GroupProtocol
import WireFormat

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
/// side's task is cancelled; anything else is thrown.
public struct LeaderBatches: AsyncSequence, Sendable {
  let messages: RPCAsyncSequence<WireLeaderBatch, any Error>
  let outbound: BatchQueue<AgentMessage>
  let address: Address

  public func makeAsyncIterator() -> Iterator {
    Iterator(messages: messages.makeAsyncIterator(), outbound: outbound, address: address)
  }

  public struct Iterator: AsyncIteratorProtocol {
    var messages: RPCAsyncSequence<WireLeaderBatch, any Error>.AsyncIterator
    let outbound: BatchQueue<AgentMessage>
    let address: Address

    public mutating func next() async throws(TransportError) -> [LeaderMessage]? {
      try await next(isolation: nil)
    }

    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(TransportError) -> [LeaderMessage]? {
      do {
        while let batch = try await messages.next(isolation: actor) {
          let values = try batch.values()
          if !values.isEmpty { return values }
        }
      } catch let error as WireError {
        throw TransportError(.badMessage, "the leader at `\(address)` sent what it must not: \(error)")
      } catch {
        if outbound.end == .overflowed { throw .overflowed(address, outbound.queueLimitBytes) }
        if Task.isCancelled { return nil }
        throw TransportError(error, address)
      }
      if outbound.end == .overflowed { throw .overflowed(address, outbound.queueLimitBytes) }
      return nil
    }
  }
}
