import Glibc
import Testing

@testable import Transport

/// A connection without gRPC, for peers that do not keep to it.
struct RawSocket: ~Copyable {
  private let descriptor: Int32

  init(to address: Address) throws {
    switch address {
    case .unix(let path):
      descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      try #require(Self.withAddress(path) { connect(descriptor, $0, $1) } == 0)
    case .tcp(_, let port):
      descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
      let status = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      try #require(status == 0)
    }
    // A test that waits for ever says nothing.
    var limit = timeval(tv_sec: 60, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  /// Answers whether everything was taken; a server may well have hung up.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
  }

  /// Reads until the server hangs up; nil where it does not within a minute.
  func readToEnd() -> [UInt8]? {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count < 0 { return errno == ECONNRESET ? all : nil }
      if count == 0 { return all }
      all += buffer.prefix(count)
    }
  }

  /// Answers pings, as a peer that is alive and wants nothing, until the server hangs up; false where it says nothing
  /// for a minute. (RFC 9113: a frame is a length of 3 bytes, its type, flags, a stream of 4 bytes, the rest; PING has
  /// type 6, and flag 1 in its answer.)
  func answerPings() -> Bool {
    var waiting: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count <= 0 { return count == 0 || errno == ECONNRESET }
      waiting += buffer.prefix(count)
      while waiting.count >= 9 {
        let end = 9 + (Int(waiting[0]) << 16 | Int(waiting[1]) << 8 | Int(waiting[2]))
        if waiting.count < end { break }
        if waiting[3] == 6, waiting[4] & 1 == 0 { send([0, 0, 8, 6, 1, 0, 0, 0, 0] + waiting[9..<end]) }
        waiting.removeFirst(end)
      }
    }
  }

  /// A Unix socket that is bound and, on demand, listens; without any of the server's care.
  static func bindUnix(_ path: String, listens: Bool) throws -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    try #require(withAddress(path) { bind(descriptor, $0, $1) } == 0)
    if listens { try #require(listen(descriptor, 5) == 0) }
    return descriptor
  }

  private static func withAddress(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}
