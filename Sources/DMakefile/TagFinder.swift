import Model

/// A tag in a text: the whole, its X and what its braces hold.
struct FoundTag {
  let file: Range<Int>
  let tag: Range<Int>
  var range: Range<Int> { file.lowerBound..<tag.upperBound + 1 }
}

/// A place that looks like a tag and is none.
struct TagMistake {
  enum Kind {
    case unterminated
    case bad(LocationPathError)
    /// In a function that would hand the value to a shell or read it as make's text.
    case inFunction(String)
  }
  let kind: Kind
  let range: Range<Int>
}

/// Finds the tags in make's text: the words of a rule line, or the Y of an assignment.
///
/// A tag is a word `X{tag}`, in a function's arguments too: X has only characters of paths, patterns and
/// references and does not end in `$`, the braces hold a location path, and behind them the word ends. In function
/// arguments and in Y, X must end in `.xml`; in a rule line any word counts, since make itself knows no braces.
struct TagFinder {
  enum Style { case rule, value }

  private struct Level {
    let close: UInt8
    let outerStart: Int
    let isReference: Bool
    let function: String
  }

  private let bytes: [UInt8]
  private let range: Range<Int>
  private let style: Style
  private var levels: [Level] = []
  private var start: Int
  private var next: Int
  private(set) var tags: [FoundTag] = []
  private(set) var mistakes: [TagMistake] = []

  init(_ bytes: [UInt8], _ range: Range<Int>, _ style: Style) {
    self.bytes = bytes
    self.range = range
    self.style = style
    start = range.lowerBound
    next = range.lowerBound
    while next < range.upperBound { step() }
  }

  private mutating func step() {
    let byte = bytes[next]
    if byte == Byte.dollar {
      openReference()
    } else if let level = levels.last, byte == level.close {
      levels.removeLast()
      if level.isReference { start = level.outerStart }
      next += 1
    } else if let level = levels.last, byte == open(of: level.close), byte != Byte.openBrace {
      levels.append(Level(close: level.close, outerStart: start, isReference: false, function: level.function))
      next += 1
    } else if byte == Byte.openBrace {
      brace()
    } else {
      next += 1
      if separates(byte) { start = next }
    }
  }

  private func open(of close: UInt8) -> UInt8 {
    close == Byte.closeParenthesis ? Byte.openParenthesis : Byte.openBrace
  }

  private func separates(_ byte: UInt8) -> Bool {
    if Byte.isSpace(byte) { return true }
    if style == .value { return !TagText.continuesFile(byte) }
    if levels.isEmpty { return byte == Byte.bar || byte == Byte.semicolon }
    // The `=` is that of `$(NODES:%=%/web/state.xml{load})`.
    return byte == Byte.comma || byte == Byte.openParenthesis || byte == Byte.equals
  }

  private mutating func openReference() {
    guard next + 1 < range.upperBound else {
      next += 1
      return
    }
    let open = bytes[next + 1]
    guard open == Byte.openParenthesis || open == Byte.openBrace else {
      next += 2
      return
    }
    let close = open == Byte.openParenthesis ? Byte.closeParenthesis : Byte.closeBrace
    let name = bytes[(next + 2)..<range.upperBound].prefix { $0 >= 0x61 && $0 <= 0x7a }.text
    let inherited = levels.last?.function ?? ""
    let function = ["shell", "eval"].contains(name) ? name : inherited
    levels.append(Level(close: close, outerStart: start, isReference: true, function: function))
    next += 2
    start = next
  }

  private mutating func brace() {
    let file = bytes[start..<next]
    let needsXML = style == .value || !levels.isEmpty
    guard TagText.isFile(file), !needsXML || TagText.isXML(file) else { return skipBrace() }
    guard let close = TagText.close(bytes, next, range.upperBound) else {
      if TagText.isXML(file) { mistakes.append(TagMistake(kind: .unterminated, range: start..<next + 1)) }
      return skipBrace()
    }
    let content = bytes[next + 1..<close]
    if let error = TagText.check(content.text) {
      if TagText.isXML(file) {
        mistakes.append(TagMistake(kind: .bad(error), range: next + 1..<max(close, next + 2)))
      }
      next = close + 1
      return
    }
    guard endsWord(close + 1) else {
      next = close + 1
      return
    }
    if style == .value, let function = levels.last?.function, !function.isEmpty {
      mistakes.append(TagMistake(kind: .inFunction(function), range: start..<close + 1))
    } else {
      tags.append(FoundTag(file: start..<next, tag: next + 1..<close))
    }
    next = close + 1
  }

  /// A brace that is no tag's may still be one that a `${…}` around it must count.
  private mutating func skipBrace() {
    if let level = levels.last, level.close == Byte.closeBrace {
      levels.append(Level(close: level.close, outerStart: start, isReference: false, function: level.function))
    }
    next += 1
  }

  private func endsWord(_ index: Int) -> Bool {
    guard index < range.upperBound else { return true }
    let byte = bytes[index]
    if style == .value { return levels.isEmpty ? true : byte != Byte.openBrace }
    return Byte.isSpace(byte) || byte == levels.last?.close || byte == Byte.comma || byte == Byte.bar
      || byte == Byte.semicolon || byte == Byte.hash || byte == Byte.backslash
  }
}
