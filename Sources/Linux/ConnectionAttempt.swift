import Glibc

/// A connection to a TCP port that nobody waits for: it is closed as soon as it stands. For one thread.
public final class ConnectionAttempt {
  /// Writable once the attempt is over.
  public let descriptor: CInt
  /// Whether it is over already: with success, or with this error.
  public let isOver: Bool
  private let error: CInt

  /// - Parameters:
  ///   - host: an IPv4 or IPv6 address.
  public init(host: String, port: UInt16) throws(SystemError) {
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, "\(port)", &hints, &found) == 0, let found else {
      throw SystemError(EINVAL, "use the address", host)
    }
    defer { freeaddrinfo(found) }
    descriptor = socket(
      found.pointee.ai_family,
      Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { throw .last("make a socket for", host) }
    let result = connect(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen)
    error = result == 0 ? 0 : errno
    isOver = error != EINPROGRESS
  }

  deinit { close(descriptor) }

  /// Once it is over: nil where it was accepted, else why not.
  public var refusal: String? {
    var code = error
    if !isOver {
      var length = socklen_t(MemoryLayout<CInt>.size)
      guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else { return "no answer" }
    }
    return code == 0 ? nil : SystemError.text(of: code)
  }
}
