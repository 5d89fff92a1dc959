/// Who is at the other end, as far as the transport knows: each has passed the check of its socket.
public enum Peer: Hashable, Sendable, CustomStringConvertible {
  /// Root or the leader's own user, on the Unix socket.
  case unix
  /// Someone on this machine who has the token.
  case loopback(address: String)

  public var description: String {
    switch self {
    case .unix: "unix"
    case .loopback(let address): address
    }
  }
}
