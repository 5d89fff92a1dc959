/// A name or path that the tree refuses. The description is a whole sentence for the person who chose the name.
public struct NameError: Error, Equatable, Sendable, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }
}

/// The name of a node: the characters of a DNS name or of an IP literal, at most 253, case folded.
///
/// It is also the name of the node's folder under ROOT (paper, section 4, figure 5), so nothing that could
/// leave that folder is a name. The paper's default is the host name.
public struct NodeName: Hashable, Comparable, Sendable, CustomStringConvertible {
  public static let lengthLimit = 253

  public let text: String
  public var description: String { text }

  public init(_ raw: String) throws(NameError) {
    text = try Names.checked(
      raw.lowercased(), kind: "node name", lengthLimit: Self.lengthLimit, allowed: "a-z 0-9 . - _ :"
    ) {
      Names.isPlain($0) || $0 == UInt8(ascii: ":")
    }
  }

  public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

/// The name of a process on its node: at most 63 of `[a-z0-9._-]`, no leading dot or dash, none of the tree's own
/// names.
public struct ProcessName: Hashable, Comparable, Sendable, CustomStringConvertible {
  public static let lengthLimit = 63

  public let text: String
  public var description: String { text }

  public init(_ raw: String) throws(NameError) {
    text = try Names.checked(raw, kind: "process name", lengthLimit: Self.lengthLimit, allowed: "a-z 0-9 . - _")
    {
      Names.isPlain($0)
    }
  }

  public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

/// The rules that names of nodes, processes and files share.
enum Names {
  /// Names with a meaning of their own in the tree (figure 5), compared without regard to case.
  static let reserved: SortedSet<String> = ["dmake", "new-node", "fail-node", "stop-proc"]

  static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
    default: false
    }
  }

  static func checked(
    _ text: String, kind: String, lengthLimit: Int, allowed: String, isAllowed: (UInt8) -> Bool
  ) throws(NameError) -> String {
    if text.isEmpty { throw NameError("a \(kind) is empty; choose one of 1 to \(lengthLimit) characters") }
    if text.utf8.count > lengthLimit {
      throw NameError(
        "the \(kind) `\(visible(text.prefix(40)))…` has \(text.utf8.count) bytes; at most \(lengthLimit) are allowed"
      )
    }
    if !text.utf8.allSatisfy(isAllowed) {
      throw NameError("the \(kind) `\(visible(text))` has characters other than \(allowed)")
    }
    if text.hasPrefix(".") {
      throw NameError("the \(kind) `\(text)` begins with a dot, which the tree keeps for itself")
    }
    if text.hasPrefix("-") {
      throw NameError(
        "the \(kind) `\(text)` begins with `-`, so programs would take it for an option; choose another one")
    }
    if reserved.contains(text.lowercased()) {
      throw NameError(
        "the \(kind) `\(text)` is one of the tree's own names (DMake, new-node, fail-node, stop-proc)")
    }
    return text
  }

  /// `text` with control characters escaped, so that a hostile name cannot draw on a terminal.
  static func visible(_ text: some StringProtocol) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      if scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) {
        result += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
