/// Why two parts of DMake do not talk. The text is a whole sentence for a person, with the address and what to do.
public struct TransportError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Kind: Equatable, Sendable {
    /// Not an address, or one that is neither a Unix socket nor loopback.
    case badAddress
    /// Someone listens there already, or a file that is no stale socket is in the way.
    case addressInUse
    /// Nobody answers there.
    case unreachable
    /// A uid, a token or the mode of a token file is wrong, on this side or on the other.
    case notAllowed
    /// The other side speaks another version of the protocol.
    case otherVersion
    case timedOut
    /// The stream ended, or the other side did.
    case closed
    /// A queue overflowed, because its reader is too slow: connect again and be brought up to date.
    case overflowed
    /// The other side sent, or says it got, something that no correct peer sends.
    case badMessage
    /// The operating system refused; the number is errno.
    case system(Int32)
  }

  public let kind: Kind
  public let description: String

  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
