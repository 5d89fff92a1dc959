import GRPCNIOTransportHTTP2Posix
import Glibc
import Logging
import NIOCore
import NIOPosix

/// Makes gRPC's listening channel out of a bound socket, and looks at each peer of a Unix socket when it connects:
/// one of another user is closed before a byte of it is read.
struct CheckedListener: HTTP2ServerTransport.ListenerFactory {
  typealias Connection = HTTP2ServerTransport.ConnectionConfigurator.ConnectionChannel

  let socket: ListeningSocket
  let uids: PeerUsers
  /// After how much silence a peer counts as dead.
  let silence: Duration
  let connections: OpenConnections
  let room: ConnectionRoom
  let logger: Logger
  var eventLoopGroup: any EventLoopGroup { MultiThreadedEventLoopGroup.singleton }

  func makeListeningChannel(
    listenerConfigurator: HTTP2ServerTransport.ListenerConfigurator,
    connectionConfigurator: HTTP2ServerTransport.ConnectionConfigurator
  ) async throws -> NIOAsyncChannel<Connection, Never> {
    guard let descriptor = socket.take() else {
      throw TransportError(.closed, "the server on `\(socket.address)` has run already")
    }
    let isUnix = socket.isUnix
    let (uids, silence, connections, room, logger) = (uids, silence, connections, room, logger)
    return try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(
            AcceptPause(room: room, isUnix: isUnix, logger: logger))
        }
        .flatMap { listenerConfigurator.configure(channel: channel) }
      }
      .bind(NIOBSDSocket.Handle(descriptor)) { channel in
        let checked = isUnix ? uids.check(channel) : channel.eventLoop.makeSucceededVoidFuture()
        return checked.flatMapThrowing { try DeadPeerHandler.add(to: channel, silence: silence) }
          .flatMap { connectionConfigurator.configure(channel: channel, tls: .none) }
          .map { connection in
            connections.insert(channel, keeping: connection)
            return connection
          }
          .flatMapErrorThrowing { error in
            channel.close(promise: nil)
            throw error
          }
      }
  }
}

/// Whom a side of a Unix socket talks to: root, who may do everything anyway, and its own user.
struct PeerUsers: Sendable {
  let own: uid_t

  init(own: uid_t = geteuid()) { self.own = own }

  func contains(_ uid: uid_t) -> Bool { uid == 0 || uid == own }

  /// The user that the kernel noted when the peer connected or began to listen (SO_PEERCRED, unix(7)). Whatever goes
  /// wrong on the way there fails the check.
  static func user(of channel: any Channel) -> EventLoopFuture<uid_t> {
    guard let provider = channel as? any SocketOptionProvider else {
      return channel.eventLoop.makeFailedFuture(
        TransportError(.notAllowed, "the peer's user cannot be determined"))
    }
    // `struct ucred`, which the Glibc module does not show: pid, uid and gid, each of 32 bits.
    let credentials: EventLoopFuture<(UInt32, UInt32, UInt32)> = provider.unsafeGetSocketOption(
      level: .init(rawValue: SOL_SOCKET), name: .init(rawValue: SO_PEERCRED))
    return credentials.map { $0.1 }
  }

  func check(_ channel: any Channel) -> EventLoopFuture<Void> {
    Self.user(of: channel).flatMapThrowing { uid in
      guard contains(uid) else {
        throw TransportError(.notAllowed, "the peer's user \(uid) is neither root nor \(own)")
      }
    }
  }
}
