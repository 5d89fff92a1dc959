import Glibc
import Linux

extension ListeningSocket {
  static func openUnix(_ path: String) throws(TransportError) -> ListeningSocket {
    let address = Address.unix(path: path)
    try makeFolder(path, address)
    let lock = try takeLock(path, address)
    try removeStale(path, address)
    return ListeningSocket(address: address, descriptor: try bindUnix(path, address), lock: lock)
  }

  /// A missing folder is made for its owner alone.
  private static func makeFolder(_ path: String, _ address: Address) throws(TransportError) {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
    let folder = String(path[..<slash])
    if mkdir(folder, 0o700) != 0, errno != EEXIST { throw failure("make the folder of", address, errno) }
  }

  private static func takeLock(_ path: String, _ address: Address) throws(TransportError) -> LockFile {
    do { return try LockFile(path: "\(path).lock") } catch {
      throw failure("listen on", address, error.code == EWOULDBLOCK ? EADDRINUSE : error.code)
    }
  }

  /// Removes the socket of a leader that ended without removing it: one that nobody answers on.
  private static func removeStale(_ path: String, _ address: Address) throws(TransportError) {
    var status = stat()
    if lstat(path, &status) != 0 {
      if errno == ENOENT { return }
      throw failure("look at", address, errno)
    }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw TransportError(
        .addressInUse,
        "`\(path)` is there and is not a socket; remove it, or choose another address for this leader")
    }
    let probe = try makeSocket(address)
    defer { close(probe) }
    if withAddress(path, { connect(probe, $0, $1) }) == 0 { throw failure("listen on", address, EADDRINUSE) }
    guard errno == ECONNREFUSED else { throw failure("listen on", address, EADDRINUSE) }
    if unlink(path) != 0 { throw failure("remove the stale socket", address, errno) }
  }

  private static func bindUnix(_ path: String, _ address: Address) throws(TransportError) -> Int32 {
    let descriptor = try makeSocket(address)
    guard withAddress(path, { bind(descriptor, $0, $1) }) == 0 else {
      let code = errno
      close(descriptor)
      throw failure("listen on", address, code)
    }
    // Nobody can connect before `listen`, so the mode is right from the first moment on.
    guard chmod(path, 0o600) == 0, listen(descriptor, SOMAXCONN) == 0 else {
      let code = errno
      close(descriptor)
      unlink(path)
      throw failure("listen on", address, code)
    }
    return descriptor
  }

  private static func makeSocket(_ address: Address) throws(TransportError) -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw failure("listen on", address, errno) }
    return descriptor
  }

  /// Calls `body` with `path`, which ``Address`` has checked to fit, as a socket address (unix(7)).
  private static func withAddress(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { room in
      room.copyBytes(from: path.utf8.prefix(Address.pathLimitBytes))
    }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}
