import Model

extension MakeText {
  /// `[MODIFIERS] NAME OP VALUE`, `define NAME [OP]` or `undefine NAME`.
  struct Definition {
    enum Form { case assignment, define, undefine }

    var form = Form.assignment
    var isExport = false
    var isOverride = false
    var isPrivate = false
    let name: Range<Int>
    /// `=`, `:=`, `::=`, `+=`, `?=` or `!=`; nothing where there is none, which only `define` allows.
    let operation: String
    /// From the first byte that is no blank to the end, remarks included.
    let value: Range<Int>

    /// `!=`: the value is a command of a shell.
    var isShell: Bool { operation == "!=" }
    var hasModifiers: Bool { isExport || isOverride || isPrivate }
  }

  /// The definition of a variable in a line, or behind a rule's colon; nil if there is none. What begins with a
  /// modifier's word is a definition of that name if an operator follows, as make's reader has it (read.c,
  /// parse_var_assignment).
  static func definition(_ bytes: [UInt8], _ range: Range<Int>) -> Definition? {
    let found = variable(bytes, range)
    return found?.form == .assignment ? found : nil
  }

  /// As ``definition(_:_:)``, with `define` and `undefine`.
  static func variable(_ bytes: [UInt8], _ range: Range<Int>) -> Definition? {
    var modifiers: SortedSet<String> = []
    var form = Definition.Form.assignment
    var next = range.lowerBound
    while true {
      next = skipBlanks(bytes, next..<range.upperBound)
      guard next < range.upperBound else { return nil }
      if var found = assignment(bytes, next..<range.upperBound) {
        return complete(&found, form, modifiers)
      }
      if form == .define || form == .undefine {
        let name = bytes[next..<range.upperBound].prefix { $0 != Byte.hash }.trimmed
        guard !name.isEmpty else { return nil }
        var found = Definition(
          name: name.startIndex..<name.endIndex, operation: "", value: name.endIndex..<name.endIndex)
        return complete(&found, form, modifiers)
      }
      let end = bytes[next..<range.upperBound].firstIndex(where: Byte.isSpace) ?? range.upperBound
      switch bytes[next..<end].text {
      case "define": form = .define
      case "undefine": form = .undefine
      case let word where ["export", "override", "private"].contains(word): modifiers.insert(word)
      default: return nil
      }
      next = end
    }
  }

  private static func complete(
    _ found: inout Definition, _ form: Definition.Form, _ modifiers: SortedSet<String>
  ) -> Definition {
    found.form = form
    found.isExport = modifiers.contains("export")
    found.isOverride = modifiers.contains("override")
    found.isPrivate = modifiers.contains("private")
    return found
  }

  /// `NAME OP VALUE` at the start of a range: NAME goes to the first operator, and is one word of any characters.
  private static func assignment(_ bytes: [UInt8], _ range: Range<Int>) -> Definition? {
    var next = range.lowerBound
    while next < range.upperBound {
      switch bytes[next] {
      case Byte.hash, Byte.semicolon: return nil
      case Byte.dollar: next = min(skipAnyReference(bytes, next, range.upperBound), range.upperBound)
      // A tag may hold `=` and `:`.
      case Byte.openBrace: next = TagText.skip(bytes, next, range.upperBound)
      case _ where skipBlanks(bytes, next..<range.upperBound) > next:
        let end = next
        next = skipBlanks(bytes, next..<range.upperBound)
        guard let sign = operation(bytes, next..<range.upperBound) else { return nil }
        return assignment(bytes, range, range.lowerBound..<end, sign, next)
      default:
        if let sign = operation(bytes, next..<range.upperBound) {
          return next == range.lowerBound
            ? nil : assignment(bytes, range, range.lowerBound..<next, sign, next)
        }
        if bytes[next] == Byte.colon { return nil }
        next += 1
      }
    }
    return nil
  }

  private static func assignment(
    _ bytes: [UInt8], _ range: Range<Int>, _ name: Range<Int>, _ sign: String, _ start: Int
  ) -> Definition {
    let value = bytes[(start + sign.utf8.count)..<range.upperBound].drop { Byte.isSpace($0) }
    return Definition(name: name, operation: sign, value: value.startIndex..<value.endIndex)
  }

  /// The index behind the blanks at the start of a range; a line that goes on is one.
  private static func skipBlanks(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
    var next = range.lowerBound
    while next < range.upperBound {
      let goesOn =
        bytes[next] == Byte.backslash && next + 1 < range.upperBound && bytes[next + 1] == Byte.newline
      guard goesOn || Byte.isSpace(bytes[next]) else { break }
      next += 1
    }
    return next
  }

  /// The operator at the start of a range.
  private static func operation(_ bytes: [UInt8], _ range: Range<Int>) -> String? {
    guard let first = bytes[range].first, "=:+?!".utf8.contains(first) else { return nil }
    return ["=", ":=", "::=", "+=", "?=", "!="].first { bytes[range].starts(with: $0.utf8) }
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
