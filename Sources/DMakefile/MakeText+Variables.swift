import Model

extension MakeText {
  /// `[MODIFIERS] NAME OP VALUE`
  struct Definition {
    let name: Range<Int>
    let value: Range<Int>
    /// `!=`: the value is a command of a shell.
    let isShell: Bool
  }

  /// The definition of a variable in a line, or behind a rule's colon; nil if there is none.
  static func definition(_ bytes: [UInt8], _ range: Range<Int>) -> Definition? {
    var next = range.lowerBound
    var name: Range<Int>?
    while next < range.upperBound {
      let byte = bytes[next]
      if byte == Byte.equals {
        guard let name, !name.isEmpty else { return nil }
        let before = next > range.lowerBound ? bytes[next - 1] : 0
        let value = bytes[next + 1..<range.upperBound].drop { Byte.isSpace($0) }
        return Definition(
          name: trimmed(bytes, name), value: value.startIndex..<value.endIndex,
          isShell: before == UInt8(ascii: "!"))
      }
      if Byte.isSpace(byte) {
        next += 1
        continue
      }
      let end = wordEnd(bytes, next..<range.upperBound)
      let word = bytes[next..<end].text
      if name == nil || !["=", ":=", "::=", "+=", "?=", "!="].contains(word) {
        if !["export", "unexport", "override", "private", "define"].contains(word) { name = next..<end }
      }
      guard end > next else { return nil }
      next = end
    }
    return nil
  }

  /// The name without an operator's first character.
  private static func trimmed(_ bytes: [UInt8], _ name: Range<Int>) -> Range<Int> {
    let kept = bytes[name].reversed().drop { ":+?!".utf8.contains($0) }.count
    return name.lowerBound..<name.lowerBound + kept
  }

  private static func wordEnd(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
    var next = range.lowerBound
    while next < range.upperBound, !Byte.isSpace(bytes[next]), bytes[next] != Byte.equals {
      next = bytes[next] == Byte.dollar ? skipReference(bytes, next, range.upperBound) : next + 1
    }
    return min(next, range.upperBound)
  }

  /// The names of the variables that a text refers to, by themselves, in `$(call …)` or within functions.
  static func references(_ bytes: [UInt8], _ range: Range<Int>) -> [String] {
    var result: [String] = []
    var next = range.lowerBound
    while next + 1 < range.upperBound {
      guard bytes[next] == Byte.dollar else {
        next += 1
        continue
      }
      let open = bytes[next + 1]
      if open == Byte.openParenthesis || open == Byte.openBrace {
        var rest = bytes[(next + 2)..<range.upperBound]
        for function in ["call ", "value "] where rest.starts(with: function.utf8) {
          rest = rest.dropFirst(function.utf8.count).drop { Byte.isBlank($0) }
        }
        result.append(rest.prefix { !Byte.isSpace($0) && !"$(){}:,=".utf8.contains($0) }.text)
      } else if open != Byte.dollar {
        result.append([open].text)
      }
      next += open == Byte.dollar && next + 2 < range.upperBound && bytes[next + 2] != Byte.dollar ? 1 : 2
    }
    return result
  }
}
