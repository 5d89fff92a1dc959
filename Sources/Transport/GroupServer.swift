import GRPCCore
import GRPCNIOTransportHTTP2Posix
public import Logging
import Linux
import NIOCore

/// A leader's door: agents' streams and operators' requests, on a Unix socket, on loopback TCP, or on both.
public struct GroupServer: Sendable {
  private let sockets: [ListeningSocket]
  private let token: Token?
  private let limits: TransportLimits
  private let logger: Logger
  private let uids: PeerUsers
  private let room: ConnectionRoom

  /// Binds all addresses, or none.
  ///
  /// - Parameters:
  ///   - tokenFile: asked for on TCP; made with a random token where it is absent.
  public init(
    listeningOn addresses: [Address], tokenFile: String?, limits: TransportLimits = .standard, logger: Logger
  ) throws(TransportError) {
    try self.init(
      listeningOn: addresses, tokenFile: tokenFile, limits: limits, logger: logger, uids: PeerUsers())
  }

  init(
    listeningOn addresses: [Address], tokenFile: String?, limits: TransportLimits, logger: Logger,
    uids: PeerUsers
  ) throws(TransportError) {
    var sockets: [ListeningSocket] = []
    for address in addresses { sockets += try ListeningSocket.open(address) }
    if sockets.allSatisfy(\.isUnix) {
      token = nil
    } else if let tokenFile {
      token = try Token.readOrCreate(file: tokenFile)
    } else {
      throw TransportError(
        .notAllowed,
        "a leader that listens on TCP needs a token file, because any local user could connect to it")
    }
    self.sockets = sockets
    self.limits = limits
    self.logger = logger
    self.uids = uids
    room = ConnectionRoom(openFiles: OpenFileLimit.current, limits: limits)
  }

  /// Where it listens, with the ports that the kernel chose.
  public var addresses: [Address] { sockets.map(\.address) }

  /// Serves until the task is cancelled, once. Then sessions end after what was sent to them, and it returns when the
  /// end of each has been reported.
  public func run(_ delegate: some GroupDelegate) async throws(TransportError) {
    let counter = SessionCounter()
    do {
      try await withThrowingDiscardingTaskGroup { group in
        for socket in sockets { group.addTask { try await serve(socket, delegate, counter) } }
      }
    } catch let error as TransportError {
      throw error
    } catch {
      if Task.isCancelled { return }
      throw TransportError(.closed, "the leader's server ended: \(error)")
    }
  }

  private func serve(
    _ socket: ListeningSocket, _ delegate: some GroupDelegate, _ counter: SessionCounter
  ) async throws {
    guard socket.beginServing() else {
      throw TransportError(.closed, "the server on `\(socket.address)` has run already")
    }
    let connections = OpenConnections()
    let listener = CheckedListener(
      socket: socket, uids: uids, silence: limits.serverSilence, connections: connections,
      room: room, logger: logger)
    let service = GroupService(
      delegate: delegate, isUnix: socket.isUnix, limits: limits, sessions: counter, connections: connections,
      logger: logger)
    let server = GRPCServer(
      transport: HTTP2ServerTransport.Custom(listenerFactory: listener, config: config), services: [service],
      interceptors: [PeerCheck(token: socket.isUnix ? nil : token, room: room)])
    // A task of its own, because cancellation must not reach it before its connections are closed.
    let serving = Task(executorPreference: TaskThreads.shared) { try await server.serve() }
    // A cancellation waits until the server listens or has failed to: told to shut down earlier, gRPC closes the
    // listening channel while SwiftNIO still sets it up, and that stops a debug build with an assertion.
    _ = await server.transport.listeningAddress
    try await withTaskCancellationHandler {
      try await serving.value
    } onCancel: {
      server.beginGracefulShutdown()
      connections.endSessions()
      let loop = listener.eventLoopGroup.any()
      let grace = TimeAmount(limits.shutdownTimeout)
      loop.scheduleTask(in: grace) { connections.cut() }
      loop.scheduleTask(in: grace + .milliseconds(200)) { serving.cancel() }
    }
  }

  private var config: HTTP2ServerTransport.Custom<CheckedListener>.Config {
    var config = HTTP2ServerTransport.Custom<CheckedListener>.Config.defaults
    config.rpc.maxRequestPayloadSize = TransportLimits.messageLimitBytes
    config.http2.targetWindowSize = 1 << 20
    // An agent has one stream, an operator's tool one request at a time.
    config.http2.maxConcurrentStreams = 16
    config.connection.flushCoalescing = nil
    config.connection.maxIdleTime = limits.idle
    config.connection.keepalive.time = limits.keepalive
    config.connection.keepalive.timeout = limits.keepalive
    config.connection.keepalive.clientBehavior.minPingIntervalWithoutCalls = .seconds(1)
    config.connection.keepalive.clientBehavior.allowWithoutCalls = true
    return config
  }
}
