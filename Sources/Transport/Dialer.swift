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
    let uids = uids
    let isUnix = if case .unix = address { true } else { false }
    return try await Transport.wrapping(config: config) { configure in
      try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connectTimeout(TimeAmount(limits.connectTimeout))
        .connect(to: socketAddress) { channel in
          // The socket is not connected yet, so nothing is read or lost before the check below.
          configure(channel)
        }
        .checked(isUnix ? uids : nil)
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

extension HTTP2ClientTransport.WrappedChannel.ConfiguredChannel {
  fileprivate func checked(_ uids: PeerUsers?) async throws -> Self {
    guard let uids else { return self }
    let uid: uid_t
    do { uid = try await PeerUsers.user(of: channel).get() } catch {
      channel.close(promise: nil)
      throw error
    }
    // A server of another user may be right in refusing us; we are right in refusing it.
    guard uids.contains(uid) else {
      channel.close(promise: nil)
      throw TransportError(
        .notAllowed,
        "it is served by user \(uid), and this is user \(uids.own): run both as the same user, or the leader as root"
      )
    }
    return self
  }
}
