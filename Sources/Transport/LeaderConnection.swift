import AsyncAlgorithms
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import GroupProtocol
import Linux
import WireFormat

/// Streams of agents to leaders.
public enum LeaderConnection {
  /// Connects, opens a stream and calls `body` with it. When `body` returns, what it sent is still delivered and the
  /// stream closed in good order; when it throws or its task is cancelled, the stream is dropped.
  ///
  /// It tries once: whoever calls it decides when to try again, and where.
  @discardableResult
  public static func run<Success: Sendable>(
    to address: Address, token: Token?, limits: TransportLimits = .standard,
    _ body: @Sendable @escaping (LeaderLink) async throws(TransportError) -> Success
  ) async throws(TransportError) -> Success {
    let transport = try await Dialer(address: address, role: .agent, limits: limits).connect()
    do {
      return try await withClient(transport) { client in
        try await converse(WireGroup.Client(wrapping: client), address, token, limits, body)
      }
    } catch { throw TransportError(error, address) }
  }

  private static func converse<Success: Sendable>(
    _ client: WireGroup.Client<Dialer.Transport>, _ address: Address, _ token: Token?,
    _ limits: TransportLimits,
    _ body: @Sendable @escaping (LeaderLink) async throws(TransportError) -> Success
  ) async throws -> Success {
    let outbound = BatchQueue<AgentMessage>(
      queueLimitBytes: limits.queueLimitBytes, batchLimitBytes: limits.batchLimitBytes,
      batchLimitMessages: WireLimit.batchMessages, size: MessageSize.of)
    var options = CallOptions.defaults
    options.maxRequestMessageBytes = TransportLimits.messageLimitBytes
    options.maxResponseMessageBytes = TransportLimits.messageLimitBytes
    return try await client.session(metadata: PeerCheck.metadata(token), options: options) { writer in
      try await outbound.drain { try await writer.write(WireAgentBatch($0)) }
      if outbound.end == .overflowed { throw TransportError.overflowed(address, outbound.queueLimitBytes) }
    } onResponse: { response in
      // A refused stream never becomes a link.
      if case .failure(let refusal) = response.accepted { throw refusal }
      let link = LeaderLink(outbound: outbound, batches: LeaderBatches(address: address))
      return try await use(link, response.messages, limits.closeTimeout, body)
    }
  }

  private static func use<Success: Sendable>(
    _ link: LeaderLink, _ messages: RPCAsyncSequence<WireLeaderBatch, any Error>, _ closeTimeout: Duration,
    _ body: @Sendable @escaping (LeaderLink) async throws(TransportError) -> Success
  ) async throws -> Success {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await pump(messages, link) }
      defer {
        link.outbound.abort()
        group.cancelAll()
      }
      let success = try await body(link)
      link.outbound.finish()
      link.batches.inbound.finish()
      // The leader ends the stream when it has read everything.
      group.addTask { try await TaskThreads.sleep(for: closeTimeout) }
      try await group.next()
      return success
    }
  }

  /// Passes the leader's batches on until the stream ends; nobody takes them any more once `inbound` is finished.
  private static func pump(_ messages: RPCAsyncSequence<WireLeaderBatch, any Error>, _ link: LeaderLink) async {
    let inbound = link.batches.inbound
    let address = link.batches.address
    do {
      for try await batch in messages {
        let values = try batch.values()
        if !values.isEmpty { await inbound.send(values) }
      }
      inbound.finish()
    } catch let error as WireError {
      inbound.fail(TransportError(.badMessage, "the leader at `\(address)` sent what it must not: \(error)"))
    } catch {
      let isOverflow = link.outbound.end == .overflowed
      inbound.fail(
        isOverflow ? .overflowed(address, link.outbound.queueLimitBytes) : TransportError(error, address))
    }
    link.outbound.finish()
  }

  /// A client that lives as long as `body` runs.
  static func withClient<Success: Sendable>(
    _ transport: Dialer.Transport, _ body: (GRPCClient<Dialer.Transport>) async throws -> Success
  ) async throws -> Success {
    let client = GRPCClient(transport: transport)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await client.runConnections() }
      do {
        let success = try await body(client)
        client.beginGracefulShutdown()
        return success
      } catch {
        group.cancelAll()
        throw error
      }
    }
  }
}
