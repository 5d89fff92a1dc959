import Linux
import NIOCore
import Synchronization

/// How many connections a server has room for, all of its sockets together.
///
/// A part of the descriptors that this process may have is never used for connections: the log, rounds and the tree
/// need them. On TCP anybody on this machine can connect, so whoever has not shown the token yet is a stranger:
/// strangers are few, and each has to show it soon. Connections that find no room wait in the system's queue. Unix
/// sockets, which only root and the own user get to, keep some room that TCP cannot take.
final class ConnectionRoom: Sendable {
  /// Descriptors that are never used for connections, and those of connections that only Unix sockets take; less where
  /// there are few altogether.
  private static let reserve = 128
  private static let unixReserve = 16
  private static let mostStrangers = 64

  private struct Stranger {
    let channel: any Channel
    let since: NIODeadline
  }

  private struct State {
    var count = 0
    /// The oldest first.
    var strangers: [Stranger] = []
  }

  private let state = Mutex(State())
  private let limit: Int
  private let limitOnTCP: Int
  private let strangerLimit: Int
  private let patience: TimeAmount
  private let grace: TimeAmount

  /// - Parameter openFiles: how many descriptors this process may have.
  init(openFiles: Int, limits: TransportLimits) {
    limit = max(openFiles / 2, openFiles - Self.reserve)
    limitOnTCP = max(limit / 2, limit - Self.unixReserve)
    strangerLimit = max(1, min(Self.mostStrangers, limitOnTCP / 4))
    patience = TimeAmount(limits.strangerPatience)
    grace = min(.seconds(1), patience)
  }

  func insert(_ channel: any Channel, isUnix: Bool) {
    state.withLock { state in
      state.count += 1
      if !isUnix { state.strangers.append(Stranger(channel: channel, since: .now())) }
    }
    channel.closeFuture.whenComplete { _ in
      self.state.withLock { state in
        state.count -= 1
        state.strangers.removeAll { $0.channel === channel }
      }
    }
    if isUnix { return }
    channel.eventLoop.scheduleTask(in: patience) {
      let isStrange = self.state.withLock { $0.strangers.contains { $0.channel === channel } }
      if isStrange { channel.close(promise: nil) }
    }
  }

  /// The peer at this address, as gRPC writes it, has shown the token.
  func admit(_ peer: String) {
    state.withLock { $0.strangers.removeAll { $0.channel.remoteAddress?.peerText == peer } }
  }

  /// Whether another connection may be accepted.
  func hasRoom(isUnix: Bool) -> Bool {
    state.withLock { state in
      isUnix
        ? state.count < limit : state.count < limitOnTCP && state.strangers.count < strangerLimit
    }
  }

  /// Where there are as many strangers as there may be, closes those that had the time to show the token, so that
  /// whoever waits gets it, too.
  func dismissStrangers() {
    let dismissed = state.withLock { state in
      state.strangers.count < strangerLimit ? [] : state.strangers.filter { $0.since + grace <= .now() }
    }
    for stranger in dismissed { stranger.channel.close(promise: nil) }
  }
}

extension SocketAddress {
  /// As `ServerContext.remotePeer` of grpc-swift has it.
  fileprivate var peerText: String? {
    guard let host = ipAddress, let port else { return nil }
    switch self {
    case .v4: return "ipv4:\(host):\(port)"
    case .v6: return "ipv6:[\(host)]:\(port)"
    case .unixDomainSocket: return nil
    }
  }
}
