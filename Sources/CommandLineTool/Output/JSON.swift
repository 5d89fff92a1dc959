/// A JSON document (RFC 8259) as a value. Members keep their order, so that people can read it too.
public indirect enum JSON: Equatable, Sendable {
  case null
  case bool(Bool)
  case int(Int64)
  case string(String)
  case array([JSON])
  case object([Member])

  public struct Member: Equatable, Sendable {
    public let name: String
    public let value: JSON
  }

  /// Grows when a member changes its meaning or goes; new members leave it as it is.
  public static let schemaVersion: Int64 = 1

  /// A whole answer: `kind` says which, `schema` in which version.
  public static func document(kind: String, _ members: KeyValuePairs<String, JSON>) -> JSON {
    .object(
      [Member(name: "schema", value: .int(schemaVersion)), Member(name: "kind", value: .string(kind))]
        + members.map(Member.init))
  }

  /// Two spaces a level, with a line feed at the end.
  public var text: String {
    var result = ""
    write(to: &result, indent: 0)
    return result + "\n"
  }

  /// On one line, without a line feed.
  public var line: String {
    var result = ""
    write(to: &result, indent: nil)
    return result
  }

  /// - Parameter indent: the level; nil for one line.
  private func write(to result: inout String, indent: Int?) {
    let inner = indent.map { $0 + 1 }
    switch self {
    case .null: result += "null"
    case .bool(let value): result += value ? "true" : "false"
    case .int(let value): result += String(value)
    case .string(let value): result += Self.quoted(value)
    case .array(let values):
      Self.writeList(values, "[", "]", to: &result, indent: indent) { $0.write(to: &$1, indent: inner) }
    case .object(let members):
      Self.writeList(members, "{", "}", to: &result, indent: indent) { member, text in
        text += Self.quoted(member.name) + (inner == nil ? ":" : ": ")
        member.value.write(to: &text, indent: inner)
      }
    }
  }

  private static func writeList<Element>(
    _ elements: [Element], _ opening: String, _ closing: String, to result: inout String, indent: Int?,
    write: (Element, inout String) -> Void
  ) {
    if elements.isEmpty { return result += opening + closing }
    let newLine = indent.map { "\n" + String(repeating: "  ", count: $0) } ?? ""
    result += opening
    for (position, element) in elements.enumerated() {
      result += (position == 0 ? "" : ",") + newLine + (indent == nil ? "" : "  ")
      write(element, &result)
    }
    result += newLine + closing
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case _ where scalar.isTerminalControl:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

extension JSON: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByNilLiteral
{
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(elements.map { Member(name: $0, value: $1) })
  }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int64) { self = .int(value) }
  public init(nilLiteral: ()) { self = .null }

  /// Anything with a text, or null.
  public init(_ value: (some CustomStringConvertible)?) {
    self = value.map { .string($0.description) } ?? .null
  }
  public init(number value: (some BinaryInteger)?) { self = value.map { .int(Int64(clamping: $0)) } ?? .null }
}
