import Glibc
import Linux
import NIOCore
import Synchronization

/// A socket that is bound and listens, before anything serves it: whoever starts a server learns at once that an
/// address is in use.
final class ListeningSocket: Sendable {
  let address: Address
  private let descriptor: Mutex<Int32?>
  private let isServed = Mutex(false)
  /// Held while a Unix socket is served, so that two starting leaders cannot both take it for stale.
  private let lock: LockFile?

  /// Takes over the descriptor.
  init(address: Address, descriptor: Int32, lock: LockFile? = nil) {
    self.address = address
    self.descriptor = Mutex(descriptor)
    self.lock = lock
  }

  deinit {
    if let descriptor = take() { close(descriptor) }
    if case .unix(let path) = address { unlink(path) }
  }

  var isUnix: Bool { if case .unix = address { true } else { false } }

  /// Answers true the first time.
  func beginServing() -> Bool {
    isServed.withLock { isServed in
      defer { isServed = true }
      return !isServed
    }
  }

  /// Hands the descriptor over, once.
  func take() -> Int32? {
    descriptor.withLock { descriptor in
      defer { descriptor = nil }
      return descriptor
    }
  }

  /// One for each socket address behind `address`.
  static func open(_ address: Address) throws(TransportError) -> [ListeningSocket] {
    let resolved = try address.resolved()
    if case .unix(let path) = address { return [try openUnix(path)] }
    var sockets: [ListeningSocket] = []
    for socketAddress in resolved {
      // A system may resolve `localhost` to ::1 and have no IPv6.
      if let socket = try openTCP(socketAddress, of: address, isOptional: resolved.count > 1) {
        sockets.append(socket)
      }
    }
    if sockets.isEmpty { throw failure("listen on", address, EADDRNOTAVAIL) }
    return sockets
  }

  private static func openTCP(
    _ socketAddress: SocketAddress, of address: Address, isOptional: Bool
  ) throws(TransportError) -> ListeningSocket? {
    let descriptor = socket(
      socketAddress.protocol.rawValue, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    if descriptor < 0, isOptional, errno == EAFNOSUPPORT { return nil }
    guard descriptor >= 0 else { throw failure("listen on", address, errno) }
    var on: Int32 = 1
    let size = socklen_t(MemoryLayout<Int32>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
    if case .v6 = socketAddress { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, size) }
    let isBound = socketAddress.withSockAddr { bind(descriptor, $0, socklen_t($1)) == 0 }
    guard isBound, listen(descriptor, SOMAXCONN) == 0, let port = localPort(descriptor) else {
      let code = errno
      close(descriptor)
      if isOptional, code == EADDRNOTAVAIL { return nil }
      throw failure("listen on", address, code)
    }
    return ListeningSocket(
      address: .tcp(host: socketAddress.ipAddress ?? "", port: port), descriptor: descriptor)
  }

  /// Where port 0 was asked for, the kernel has chosen one.
  private static func localPort(_ descriptor: Int32) -> UInt16? {
    var storage = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        guard getsockname(descriptor, address, &size) == 0 else { return nil }
        return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
          UInt16(bigEndian: $0.pointee.sin_port)
        }
      }
    }
  }

  static func failure(_ action: String, _ address: Address, _ code: Int32) -> TransportError {
    if code == EADDRINUSE {
      return TransportError(
        .addressInUse,
        "the address `\(address)` is in use by another process; stop it, or choose another address for this leader"
      )
    }
    return TransportError(
      code == EACCES || code == EPERM ? .notAllowed : .system(code),
      "cannot \(action) `\(address)`: \(String(cString: strerror(code)))")
  }
}
