/// Where a leader is found: `unix:/path` or `host:port`, `[ipv6]:port`, `host`.
public enum Address: Hashable, Sendable, CustomStringConvertible {
  case unix(path: String)
  case tcp(host: String, port: UInt16)

  public static let defaultPort: UInt16 = 7420
  /// The room in `sockaddr_un` without its final zero (unix(7)).
  public static let pathLimitBytes = 107

  public init(_ text: String) throws(TransportError) {
    if text.hasPrefix("unix:") {
      self = .unix(path: try Self.checkedPath(String(text.dropFirst(5)), text))
    } else {
      self = try Self.parseTCP(text)
    }
  }

  public var description: String {
    switch self {
    case .unix(let path): "unix:\(path)"
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
  }

  private static func checkedPath(_ path: String, _ text: String) throws(TransportError) -> String {
    guard path.hasPrefix("/"), !path.utf8.contains(0) else {
      throw TransportError(
        .badAddress, "the address `\(text)` has no absolute path; expected `unix:/run/dmake/agent.sock`, say")
    }
    guard path.utf8.count <= pathLimitBytes else {
      throw TransportError(
        .badAddress,
        "the path in `\(text)` has \(path.utf8.count) bytes; a Unix socket's has at most \(pathLimitBytes), so choose a shorter folder"
      )
    }
    return path
  }

  private static func parseTCP(_ text: String) throws(TransportError) -> Address {
    let bad = TransportError(
      .badAddress, "`\(text)` is not an address; expected `unix:/path`, `host:port` or `[ipv6]:port`")
    let host: Substring
    let rest: Substring
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { throw bad }
      host = text[text.index(after: text.startIndex)..<end]
      rest = text[text.index(after: end)...]
    } else if let colon = text.lastIndex(of: ":") {
      host = text[..<colon]
      rest = text[colon...]
    } else {
      host = text[...]
      rest = ""
    }
    let isPlain = host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") }
    guard !host.isEmpty, isPlain, text.hasPrefix("[") || !host.contains(":") else { throw bad }
    if rest.isEmpty { return .tcp(host: String(host), port: defaultPort) }
    guard rest.hasPrefix(":"), rest.dropFirst().allSatisfy(\.isNumber), let port = UInt16(rest.dropFirst())
    else { throw bad }
    return .tcp(host: String(host), port: port)
  }
}
