import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Glibc
import NIOCore
import NIOPosix

/// Connects to a leader: resolves and checks the address, then on a Unix socket the user who serves it (a root agent
/// must not run what an ordinary user's process tells it), and only then speaks.
struct Dialer: Sendable {
  typealias Transport = HTTP2ClientTransport.WrappedChannel

  let address: Address
  let limits: TransportLimits
  var uids = PeerUsers()

  func connect() async throws(TransportError) -> Transport {
    let addresses = try address.resolved()
    var failure = TransportError.unreachable(address, "no address")
    for socketAddress in addresses {
      do { return try await connect(to: socketAddress) } catch { failure = meaning(error) }
      if failure.kind == .notAllowed { break }
    }
    throw failure
  }

  private func connect(to socketAddress: NIOCore.SocketAddress) async throws -> Transport {
    let uids: PeerUsers? = if case .unix = address { self.uids } else { nil }
    return try await Transport.wrapping(config: config) { configure in
      let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connectTimeout(TimeAmount(limits.connectTimeout))
        // Nothing is read before the check below and before gRPC is there to read it.
        .channelOption(.autoRead, value: false)
        .connect(to: socketAddress).get()
      do {
        if let uids { try await Self.check(channel, uids) }
        let silence = limits.clientSilence
        let configured = try await channel.eventLoop.submit {
          try DeadPeerHandler.add(to: channel, silence: silence)
        }
        .flatMap { configure(channel) }.get()
        try await channel.setOption(.autoRead, value: true).get()
        return configured
      } catch {
        try? await channel.close()
        throw error
      }
    }
  }

  /// A server of another user may be right in refusing us; we are right in refusing it.
  private static func check(_ channel: any Channel, _ uids: PeerUsers) async throws {
    let uid = try await PeerUsers.user(of: channel).get()
    guard uids.contains(uid) else {
      throw TransportError(
        .notAllowed,
        "it is served by user \(uid), and this is user \(uids.own): run both as the same user, or the leader as root"
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
    case is ChannelError: return .unreachable(address, "it does not accept the connection in time")
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
