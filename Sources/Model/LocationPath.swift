/// Where a location path is wrong.
public struct LocationPathError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The Unicode scalar at which the error begins, from 1.
  public let column: Int
  /// What was expected and what to do.
  public let message: String
  public init(column: Int, message: String) {
    self.column = column
    self.message = message
  }
  public var description: String { "column \(column): \(message)" }
}

/// What stands between the braces of `X{tag}` (paper, section 4): an element's name, or a small location path in
/// the notation of XPath, as `stream[@id='7']/rate` or `rate/@unit`.
///
/// The grammar, in which no blank is allowed outside quotes:
///
///     path      = step *( "/" step ) [ "/" attribute ] / attribute
///     step      = name *( "[@" name "=" quoted "]" ) [ "[" number "]" ]
///     attribute = "@" name
///     quoted    = "'" text without ' "'"  /  '"' text without " '"'
///
/// The first step is looked for at any depth, the root element included; each further one among the children of
/// what the step before found. A number counts its step's matches from 1 in document order: in the first step those
/// of the whole document, in a further one those in the same parent. An element's name without a prefix matches its
/// local name in any namespace; a name with one, as `s:rate`, matches elements that are written with that prefix.
/// An attribute's name matches what is written.
public struct LocationPath: Hashable, Comparable, Sendable, CustomStringConvertible {
  public struct Step: Hashable, Sendable {
    public let name: String
    /// In the order they were written.
    public let attributes: [AttributeTest]
    /// From 1.
    public let position: Int?

    public init(name: String, attributes: [AttributeTest], position: Int?) {
      self.name = name
      self.attributes = attributes
      self.position = position
    }
  }

  /// `[@name='value']`
  public struct AttributeTest: Hashable, Sendable {
    public let name: String
    public let value: String

    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  public static let lengthLimitBytes = 1024
  public static let stepLimit = 32

  /// As it was written.
  public let text: String
  /// Empty for a bare `@name`, which stands for that attribute of any element.
  public let steps: [Step]
  /// The name after the final `@`.
  public let attribute: String?

  public init(_ text: String) throws(LocationPathError) {
    guard text.utf8.count <= Self.lengthLimitBytes else {
      throw LocationPathError(
        column: 1,
        message: "the path has \(text.utf8.count) bytes; at most \(Self.lengthLimitBytes) are allowed")
    }
    var parser = LocationPathParser(text)
    (steps, attribute) = try parser.path()
    self.text = text
  }

  public var description: String { text }
  public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}
