/// The bytes that make, a shell and the notation give a meaning to. The scanner works on bytes: a DMakefile need
/// not be valid UTF-8 for its lines to be told apart.
enum Byte {
  static let tab = UInt8(ascii: "\t")
  static let newline = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
  static let space = UInt8(ascii: " ")
  static let hash = UInt8(ascii: "#")
  static let dollar = UInt8(ascii: "$")
  static let percent = UInt8(ascii: "%")
  static let ampersand = UInt8(ascii: "&")
  static let apostrophe = UInt8(ascii: "'")
  static let quote = UInt8(ascii: "\"")
  static let openParenthesis = UInt8(ascii: "(")
  static let closeParenthesis = UInt8(ascii: ")")
  static let plus = UInt8(ascii: "+")
  static let comma = UInt8(ascii: ",")
  static let minus = UInt8(ascii: "-")
  static let slash = UInt8(ascii: "/")
  static let colon = UInt8(ascii: ":")
  static let semicolon = UInt8(ascii: ";")
  static let equals = UInt8(ascii: "=")
  static let question = UInt8(ascii: "?")
  static let at = UInt8(ascii: "@")
  static let openBracket = UInt8(ascii: "[")
  static let backslash = UInt8(ascii: "\\")
  static let closeBracket = UInt8(ascii: "]")
  static let openBrace = UInt8(ascii: "{")
  static let bar = UInt8(ascii: "|")
  static let closeBrace = UInt8(ascii: "}")

  /// What names of programs are made of.
  static func isNamePart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), minus, UInt8(ascii: "."):
      true
    default: false
    }
  }

  static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }
  /// What separates words in a rule line; a continuation's backslash-newline counts, its backslash is looked at
  /// where words are split.
  static func isSpace(_ byte: UInt8) -> Bool { isBlank(byte) || byte == newline || byte == carriageReturn }
}

extension Collection where Element == UInt8 {
  /// The bytes as text, with what is not UTF-8 replaced.
  var text: String { String(decoding: self, as: UTF8.self) }
}

extension Collection where Element == UInt8, Index == Int {
  /// As the library's, which takes many times as long where it compares with a text of no known storage.
  func starts(with prefix: String.UTF8View) -> Bool {
    var next = startIndex
    for byte in prefix {
      guard next < endIndex, self[next] == byte else { return false }
      next += 1
    }
    return true
  }

  func starts(with text: String, at index: Int) -> Bool {
    index >= startIndex && index <= endIndex && self[index...].starts(with: text.utf8)
  }
}

extension ArraySlice where Element == UInt8 {
  /// Without blanks and newlines at either end.
  var trimmed: ArraySlice<UInt8> {
    var slice = self
    while let first = slice.first, Byte.isSpace(first) { slice.removeFirst() }
    while let last = slice.last, Byte.isSpace(last) { slice.removeLast() }
    return slice
  }
}
