import GRPCCore
import GRPCNIOTransportHTTP2Posix
import GroupProtocol
import WireFormat

/// Streams of agents to leaders.
public enum LeaderConnection {
  /// Connects, opens a stream and calls `body` with it. When `body` returns, what it sent is still delivered and the
  /// stream closed in good order; when it throws or its task is cancelled, the stream is dropped.
  ///
  /// It tries once: whoever calls it decides when to try again, and where.
  public static func run<Success: Sendable>(
    to address: Address, token: Token?, limits: TransportLimits = .standard,
    _ body: @Sendable @escaping (LeaderLink) async throws(TransportError) -> Success
  ) async throws(TransportError) -> Success {
    let transport = try await Dialer(address: address, limits: limits).connect()
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
      while let batch = await outbound.next() { try await writer.write(WireAgentBatch(batch)) }
    } onResponse: { response in
      let link = LeaderLink(
        outbound: outbound,
        batches: LeaderBatches(messages: response.messages, outbound: outbound, address: address))
      do {
        let success = try await body(link)
        outbound.finish()
        await drain(response.messages, limits.closeTimeout)
        return success
      } catch {
        outbound.abort()
        throw error
      }
    }
  }

  /// Waits until the leader has read everything and has ended the stream too.
  private static func drain(_ messages: RPCAsyncSequence<WireLeaderBatch, any Error>, _ timeout: Duration) async
  {
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        // Whatever breaks the stream now has ended it as well.
        do { for try await _ in messages {} } catch {}
      }
      group.addTask { try? await Task.sleep(for: timeout) }
      await group.next()
      group.cancelAll()
    }
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
