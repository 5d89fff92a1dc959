import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Glibc
import NIOCore
import NIOPosix

/// Connects to a leader: resolves and checks the address, then on a Unix socket the user who serves it (a root agent
/// must not run what an ordinary user's process tells it), and only then speaks.
struct Dialer: Sendable {
  typealias Transport = HTTP2ClientTransport.WrappedChannel

  enum Role { case agent, `operator` }

  let address: Address
  let role: Role
  let limits: TransportLimits
  var uids = PeerUsers()

  func connect() async throws(TransportError) -> Transport {
    let addresses = try await resolve()
    var failure = TransportError.unreachable(address, "no address")
    for socketAddress in addresses {
      do { return try await connect(to: socketAddress) } catch { failure = meaning(error) }
      if failure.kind == .notAllowed { break }
    }
    throw failure
  }

  /// Name servers may take seconds, which no task's thread has.
  private func resolve() async throws(TransportError) -> [NIOCore.SocketAddress] {
    do { return try await NIOThreadPool.singleton.runIfActive { try address.resolved() } } catch {
      throw TransportError(error, address)
    }
  }

  private func connect(to socketAddress: NIOCore.SocketAddress) async throws -> Transport {
    let isUnix = if case .unix = address { true } else { false }
    return try await Transport.wrapping(config: config) { configure in
      let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connectTimeout(TimeAmount(limits.connectTimeout))
        // Nothing is read before the check below and before gRPC is there to read it.
        .channelOption(.autoRead, value: false)
        .connect(to: socketAddress).get()
      do {
        if isUnix { try await check(channel) }
        let silence = limits.clientSilence
        let configured = try await channel.eventLoop.submit {
          try DeadPeerHandler.add(to: channel, silence: silence)
        }
        .flatMap { configure(channel) }.get()
        // SwiftNIO wants gRPC's end of a channel to outlive the connection.
        channel.closeFuture.whenComplete { _ in withExtendedLifetime(configured) {} }
        try await channel.setOption(.autoRead, value: true).get()
        return configured
      } catch {
        try? await channel.close()
        throw error
      }
    }
  }

  /// An agent runs what its leader says, so that a leader of an ordinary user must not get to a root agent. The other
  /// way round the leader would close the connection without a word; here is the word.
  private func check(_ channel: any Channel) async throws {
    let server = try await PeerUsers.user(of: channel).get()
    guard role == .operator || uids.contains(server) else {
      throw TransportError(
        .notAllowed,
        "it is served by user \(server), whom an agent of user \(uids.own) must not obey; run both as the same user"
      )
    }
    guard uids.own == 0 || uids.own == server else {
      throw TransportError(
        .notAllowed,
        "it is served by user \(server), who answers only itself and root, and this is user \(uids.own); run this as one of them"
      )
    }
  }

  private func meaning(_ error: any Error) -> TransportError {
    switch error {
    case let error as TransportError: return TransportError(error.kind, "`\(address)`: \(error)")
    case let error as IOError where error.errnoCode == EACCES || error.errnoCode == EPERM:
      return TransportError(
        .notAllowed, "this user may not connect to `\(address)`; run as root or as the leader's user")
    case let error as IOError:
      return .unreachable(address, String(cString: strerror(error.errnoCode)))
    case ChannelError.connectTimeout: return .unreachable(address, "it does not accept the connection in time")
    default: return .unreachable(address, "\(error)")
    }
  }

  private var config: Transport.Config {
    var config = Transport.Config.defaults
    config.http2.authority = "dmake"
    config.connection.flushCoalescing = nil
    config.connection.keepalive = .init(
      time: limits.keepalive, timeout: limits.keepalive, allowWithoutCalls: false)
    return config
  }
}
