import Glibc
import NIOCore

extension Address {
  /// The socket addresses behind this one, each of them a Unix socket or loopback.
  ///
  /// Names are resolved here, and all their addresses are checked, on the side that listens and on the side that
  /// connects: what is said in plain text must not leave the machine, and a name that points elsewhere tomorrow is
  /// refused tomorrow.
  func resolved() throws(TransportError) -> [SocketAddress] {
    switch self {
    case .unix(let path):
      do { return [try SocketAddress(unixDomainSocketPath: path)] } catch {
        throw TransportError(.badAddress, "`\(self)` is not the address of a Unix socket")
      }
    case .tcp(let host, let port):
      let addresses = try look(up: host, port: port)
      for address in addresses where !address.isLoopback {
        throw reachable(address)
      }
      return addresses
    }
  }

  /// Refuses at once an IP literal that others could reach. A name is looked up when it is needed, since what
  /// cannot be resolved now may be a moment later.
  public func checkLiteral() throws(TransportError) {
    guard case .tcp(let host, let port) = self,
      let address = try? SocketAddress(ipAddress: host, port: Int(port)), !address.isLoopback
    else { return }
    throw reachable(address)
  }

  private func reachable(_ address: SocketAddress) -> TransportError {
    TransportError(
      .badAddress,
      "the address `\(self)` is \(address.ipAddress ?? "not loopback"), which others can reach: without mutual TLS, which is not built yet, DMake speaks only over Unix sockets and loopback (127.0.0.0/8, ::1)"
    )
  }

  private func look(up host: String, port: UInt16) throws(TransportError) -> [SocketAddress] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_protocol = Int32(IPPROTO_TCP)
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, String(port), &hints, &list)
    defer { if let list { freeaddrinfo(list) } }
    guard status == 0 else {
      throw TransportError(
        .badAddress, "the host of `\(self)` cannot be resolved: \(String(cString: gai_strerror(status)))")
    }
    var found: [SocketAddress] = []
    var entry = list
    while let info = entry?.pointee {
      if let address = SocketAddress(info), !found.contains(address) { found.append(address) }
      entry = info.ai_next
    }
    if found.isEmpty { throw TransportError(.badAddress, "the host of `\(self)` has no IP address") }
    return found
  }
}

extension SocketAddress {
  fileprivate init?(_ info: addrinfo) {
    guard let address = info.ai_addr else { return nil }
    switch info.ai_family {
    case AF_INET:
      self.init(address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee })
    case AF_INET6:
      self.init(address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { $0.pointee })
    default: return nil
    }
  }

  /// 127.0.0.0/8 (RFC 1122) or ::1 (RFC 4291); an IPv4 address mapped into IPv6 counts as what it maps.
  var isLoopback: Bool {
    switch self {
    case .v4(let address): return UInt32(bigEndian: address.address.sin_addr.s_addr) >> 24 == 127
    case .v6(let address):
      let bytes = withUnsafeBytes(of: address.address.sin6_addr) { Array($0) }
      let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
      if bytes.starts(with: mapped) { return bytes[12] == 127 }
      return bytes == Array(repeating: 0, count: 15) + [1]
    case .unixDomainSocket: return false
    }
  }
}
