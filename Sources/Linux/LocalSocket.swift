import CLinux
import Glibc

/// Stream sockets between processes of one machine (unix(7)), by a name in an open folder: the folder's own path may be
/// longer than a socket's address.
public enum LocalSocket {
  /// Listens, for this user alone, in place of whatever has the name.
  public static func listen(_ name: String, in folder: Directory) throws(SystemError) -> CInt {
    let descriptor = try make(folder.full(name))
    unlinkat(folder.descriptor, name, 0)
    let isBound = withAddress(name, folder) { bind(descriptor, $0, $1) } == 0
    // Nobody can connect before `listen`, so the mode is right from the first moment on.
    guard isBound, fchmodat(folder.descriptor, name, 0o600, 0) == 0, Glibc.listen(descriptor, 8) == 0 else {
      let error = SystemError.last("listen on", folder.full(name))
      close(descriptor)
      throw error
    }
    setNonBlocking(descriptor)
    return descriptor
  }

  /// Nil: nobody listens there.
  public static func connect(_ name: String, in folder: Directory) throws(SystemError) -> CInt? {
    let descriptor = try make(folder.full(name))
    while withAddress(name, folder, { Glibc.connect(descriptor, $0, $1) }) != 0 {
      if errno == EINTR { continue }
      let error = SystemError.last("connect to", folder.full(name))
      close(descriptor)
      if [ENOENT, ECONNREFUSED].contains(error.code) { return nil }
      throw error
    }
    setNonBlocking(descriptor)
    return descriptor
  }

  /// The next that connects; nil if nobody waits. Only this user and root may.
  public static func accept(_ listener: CInt) -> CInt? {
    let descriptor = Glibc.accept(listener, nil, nil)
    guard descriptor >= 0 else { return nil }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    setNonBlocking(descriptor)
    var peer = dmake_peer()
    guard dmake_socket_peer(descriptor, &peer) == 0, peer.user == getuid() || peer.user == 0 else {
      close(descriptor)
      return nil
    }
    return descriptor
  }

  /// Two ends of one connection; the first does not block.
  public static func pair() throws(SystemError) -> (own: CInt, other: CInt) {
    var ends: [CInt] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
      throw .last("make", "a pair of sockets")
    }
    setNonBlocking(ends[0])
    return (ends[0], ends[1])
  }

  public static func setNonBlocking(_ descriptor: CInt) {
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }

  private static func make(_ path: String) throws(SystemError) -> CInt {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw .last("make a socket for", path) }
    return descriptor
  }

  static func withAddress(
    _ name: String, _ folder: Directory, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
  ) -> CInt {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { room in
      room.copyBytes(from: "/proc/self/fd/\(folder.descriptor)/\(name)".utf8.prefix(room.count - 1))
    }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}
