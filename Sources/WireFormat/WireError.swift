/// Bytes that are not the value they should be: from a peer, or from a damaged file.
public struct WireError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Kind: Equatable, Sendable {
    /// Not protocol buffers at all, or cut off.
    case malformed
    /// A field that every such message has is not there, or has a kind that this version does not know.
    case missing
    /// A name, path, digest or number outside its rules; the text is a sentence.
    case invalid(String)
    case tooLong(count: Int, limit: Int)
    /// Over 2 GiB, which protocol buffers cannot hold.
    case tooLarge
  }

  public let kind: Kind
  /// The path of the field from the outermost message, as in `messages[3].report.file`; empty for the message itself.
  public let field: String

  public init(_ kind: Kind, field: String = "") {
    self.kind = kind
    self.field = field
  }

  /// The same error, seen from the message that has the field `outer`.
  func inside(_ outer: String) -> WireError {
    if field.isEmpty { return WireError(kind, field: outer) }
    return WireError(kind, field: field.hasPrefix("[") ? outer + field : "\(outer).\(field)")
  }

  public var description: String {
    let place = field.isEmpty ? "the message" : "the field `\(field)`"
    switch kind {
    case .malformed:
      return "\(place) is not a valid protocol buffer; the bytes are damaged or of another program"
    case .missing: return "\(place) is missing or of a kind that this version does not know"
    case .invalid(let reason): return "\(place) is refused: \(reason)"
    case .tooLong(let count, let limit):
      return "\(place) has \(count) bytes or elements; at most \(limit) are allowed"
    case .tooLarge: return "\(place) would have more than 2 GiB"
    }
  }
}
