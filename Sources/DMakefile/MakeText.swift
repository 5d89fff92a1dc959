import Model

/// What make's text looks like below the level of lines: references, words, separators.
enum MakeText {
  enum Shape { case variable, targetVariable, rule, other }

  /// The parts of a rule line.
  struct RuleParts {
    let targets: Range<Int>
    /// `:`, `::` or `&:` and `&::`.
    let separator: Range<Int>
    let prerequisites: Range<Int>
    /// What stands behind `;`, if there is one.
    let recipe: Range<Int>?
  }

  /// The index behind the reference that begins with the `$` at `index`. An unclosed one ends with the range.
  static func skipReference(_ bytes: [UInt8], _ index: Int, _ end: Int) -> Int {
    guard index + 1 < end else { return end }
    let open = bytes[index + 1]
    guard open == Byte.openParenthesis || open == Byte.openBrace else { return index + 2 }
    let close = open == Byte.openParenthesis ? Byte.closeParenthesis : Byte.closeBrace
    var depth = 0
    var next = index + 1
    while next < end {
      if bytes[next] == open { depth += 1 }
      if bytes[next] == close {
        depth -= 1
        if depth == 0 { return next + 1 }
      }
      next += 1
    }
    return end
  }

  /// The first reference, of make or of the shell, that stands in more others than the limit. Each line that ends
  /// without a backslash begins anew.
  static func firstReference(_ bytes: [UInt8], deeperThan limit: Int) -> Int? {
    var depth = 0
    var previous: UInt8 = 0
    for (index, byte) in bytes.enumerated() {
      switch byte {
      case Byte.openParenthesis, Byte.openBrace:
        if previous == Byte.dollar || depth > 0 { depth += 1 }
        if depth > limit { return index }
      case Byte.closeParenthesis, Byte.closeBrace: depth = max(0, depth - 1)
      case Byte.newline where previous != Byte.backslash: depth = 0
      default: break
      }
      previous = byte
    }
    return nil
  }

  /// The bytes that stand outside of references.
  static func withoutReferences(_ slice: ArraySlice<UInt8>) -> [UInt8] {
    let bytes = Array(slice)
    var result: [UInt8] = []
    var next = 0
    while next < bytes.count {
      if bytes[next] == Byte.dollar {
        next = skipAnyReference(bytes, next, bytes.count)
      } else {
        result.append(bytes[next])
        next += 1
      }
    }
    return result
  }

  /// Skips a reference, or one that make expands later: `$$(…)` and `$$*`, of .SECONDEXPANSION and in text that eval
  /// reads. What stands in it separates nothing.
  static func skipAnyReference(_ bytes: [UInt8], _ dollar: Int, _ end: Int) -> Int {
    let isSecond =
      bytes.starts(with: "$$", at: dollar) && dollar + 2 < end && "({*@<^+?".utf8.contains(bytes[dollar + 2])
    return skipReference(bytes, isSecond ? dollar + 1 : dollar, end)
  }

  /// A text that make expands to `value`.
  static func literal(_ value: String) -> String { value.replacing("$", with: "$$") }

  /// A value as it may stand behind the operator in a line of a definition.
  static func line(_ value: String) -> String {
    let empty = "$(subst ,,)"
    var result: [UInt8] = []
    var backslashes = 0
    for byte in value.utf8 {
      switch byte {
      case Byte.hash: result += Array(repeating: Byte.backslash, count: backslashes + 1) + [byte]
      case Byte.newline: result += "$(DMAKE_NEWLINE)".utf8
      default: result.append(byte)
      }
      backslashes = byte == Byte.backslash ? backslashes + 1 : 0
    }
    let head = value.utf8.first.map(Byte.isBlank) ?? false ? empty : ""
    return head + result.text + (backslashes % 2 == 1 ? empty : "")
  }

  static func words(_ bytes: [UInt8], _ range: Range<Int>) -> [String] {
    bytes[range].split(whereSeparator: Byte.isSpace).map(\.text)
  }

  /// Whether a line defines a variable, is a rule, or neither.
  static func shape(_ bytes: [UInt8], _ range: Range<Int>) -> Shape {
    variable(bytes, range) == nil ? shapeWithoutVariable(bytes, range) : .variable
  }

  /// The shape of a line that defines no global variable.
  static func shapeWithoutVariable(_ bytes: [UInt8], _ range: Range<Int>) -> Shape {
    guard let parts = ruleParts(bytes, range) else { return .other }
    let behind = parts.separator.upperBound..<range.upperBound
    return definition(bytes, behind) == nil ? .rule : .targetVariable
  }

  /// The parts of a line whose shape is a rule.
  static func ruleParts(_ bytes: [UInt8], _ range: Range<Int>) -> RuleParts? {
    var colon: Range<Int>?
    var next = range.lowerBound
    var end = range.upperBound
    var recipe: Range<Int>?
    scan: while next < range.upperBound {
      switch bytes[next] {
      case Byte.dollar: next = skipAnyReference(bytes, next, range.upperBound)
      case Byte.backslash: next += 2
      case Byte.openBrace: next = TagText.skip(bytes, next, range.upperBound)
      case Byte.hash:
        end = next
        break scan
      case Byte.semicolon where colon != nil:
        end = next
        recipe = next + 1..<range.upperBound
        break scan
      case Byte.colon where colon == nil:
        let after = bytes[next..<range.upperBound].firstIndex { $0 != Byte.colon } ?? range.upperBound
        let isGrouped = next > range.lowerBound && bytes[next - 1] == Byte.ampersand
        colon = (isGrouped ? next - 1 : next)..<after
        next = after
      default: next += 1
      }
    }
    guard let colon else { return nil }
    return RuleParts(
      targets: range.lowerBound..<colon.lowerBound, separator: colon,
      prerequisites: colon.upperBound..<max(end, colon.upperBound), recipe: recipe)
  }
}
