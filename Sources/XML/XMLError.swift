/// Why a document was refused, or an edit of one.
public struct XMLError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Kind: Hashable, Sendable {
    /// Not well-formed, or not XML at all.
    case malformed
    /// It ends before its root element does.
    case truncated
    /// It has a document type declaration, which could define entities or name files.
    case documentType
    /// Beyond one of ``XMLLimits``.
    case tooLarge
    /// A location path does not fit the document.
    case path
    /// A value that XML cannot carry.
    case value
    /// A location path finds what was set under another name.
    case owner(String)
    /// A RELAX NG schema that is wrong itself.
    case schema
  }

  public let kind: Kind
  /// In the document or schema, from 1; nil where no place is meant.
  public let line: Int?
  public let column: Int?
  /// What was expected and what to do.
  public let message: String

  public init(_ kind: Kind, line: Int? = nil, column: Int? = nil, _ message: String) {
    self.kind = kind
    self.line = line
    self.column = column
    self.message = message
  }

  public var description: String { XMLProblem.place(line, column) + message }
}

/// Where a document breaks its schema.
public struct XMLProblem: Hashable, Sendable, CustomStringConvertible {
  /// From 1; 0 if unknown.
  public let line: Int
  public let column: Int?
  public let message: String

  public init(line: Int, column: Int?, message: String) {
    self.line = line
    self.column = column
    self.message = message
  }

  public var description: String { Self.place(line > 0 ? line : nil, column) + message }

  static func place(_ line: Int?, _ column: Int?) -> String {
    guard let line else { return "" }
    return column.map { "line \(line), column \($0): " } ?? "line \(line): "
  }
}
