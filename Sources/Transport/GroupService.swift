import GRPCCore
import GroupProtocol
import Logging
import Synchronization
import WireFormat

/// The service behind one listening socket. All sockets of a server share `sessions`, so that numbers are unique.
struct GroupService: WireGroup.SimpleServiceProtocol {
  let delegate: any GroupDelegate
  let isUnix: Bool
  let limits: TransportLimits
  let sessions: SessionCounter
  let connections: OpenConnections
  let logger: Logger

  func session(
    request: RPCAsyncSequence<WireAgentBatch, any Error>, response: RPCWriter<WireLeaderBatch>,
    context: ServerContext
  ) async throws {
    let session = AgentSession(id: sessions.next(), peer: peer(context), limits: limits)
    await delegate.connected(session)
    connections.insert(session)
    let outcome: Result<Void, RPCError>
    do {
      try await converse(session, request, response)
      outcome = .success(())
    } catch {
      outcome = .failure((error as? RPCError) ?? RPCError(code: .cancelled, message: "the stream broke"))
    }
    session.outbound.abort()
    connections.remove(session)
    await delegate.disconnected(session.id)
    logEnd(session, outcome)
    try outcome.get()
  }

  func operate(request: WireOperatorRequest, context: ServerContext) async throws -> WireOperatorAnswer {
    let value: OperatorRequest
    do { value = try OperatorRequest(wire: request) } catch {
      throw RPCError(code: .invalidArgument, message: error.description)
    }
    return await delegate.operate(value, from: peer(context)).wire
  }

  /// Ends when either side ends the stream.
  private func converse(
    _ session: AgentSession, _ request: RPCAsyncSequence<WireAgentBatch, any Error>,
    _ response: RPCWriter<WireLeaderBatch>
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await receive(request, session) }
      group.addTask { try await send(session, response) }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private func receive(_ request: RPCAsyncSequence<WireAgentBatch, any Error>, _ session: AgentSession)
    async throws
  {
    for try await batch in request {
      let messages: [AgentMessage]
      do { messages = try batch.values() } catch {
        throw RPCError(code: .invalidArgument, message: error.description)
      }
      if !messages.isEmpty { await delegate.received(messages, from: session.id) }
    }
  }

  private func send(_ session: AgentSession, _ response: RPCWriter<WireLeaderBatch>) async throws {
    try await session.outbound.drain { try await response.write(WireLeaderBatch($0)) }
    if session.outbound.end == .overflowed {
      throw RPCError(
        code: .resourceExhausted,
        message: "this agent reads too slowly: more than \(limits.queueLimitBytes) bytes waited for it")
    }
  }

  private func peer(_ context: ServerContext) -> Peer {
    isUnix ? .unix : .loopback(address: context.remotePeer)
  }

  private func logEnd(_ session: AgentSession, _ outcome: Result<Void, RPCError>) {
    guard case .failure(let error) = outcome, error.code != .cancelled else { return }
    logger.warning(
      "an agent's stream was ended",
      metadata: ["session": "\(session.id)", "peer": "\(session.peer)", "reason": "\(error.message)"])
  }
}

/// Numbers sessions from 1, never one twice.
final class SessionCounter: Sendable {
  private let last = Atomic<UInt64>(0)
  func next() -> SessionID { SessionID(last.wrappingAdd(1, ordering: .relaxed).newValue) }
}
