import Model

/// A tag in a text: the whole, its X and what its braces hold.
struct FoundTag: Equatable {
  let file: Range<Int>
  let tag: Range<Int>
  /// The call whose result is X where the text before the braces is only a part of it, as in
  /// `$(addsuffix /web/state.xml{load},$(DMAKE_NODES))`.
  var call: Range<Int>?
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

/// Finds the tags in make's text: the words of a rule line, the names in a variable, or the Y of an assignment.
///
/// A tag is a word `X{tag}`, in a function's arguments too: X has only characters of paths, patterns and
/// references and does not end in `$`, the braces hold a location path, and behind them the word ends. In function
/// arguments, in variables and in Y, X must end in `.xml`; in a rule line any word counts, since make itself knows no
/// braces.
struct TagFinder {
  enum Style { case rule, names, value }

  private struct Level {
    let close: UInt8
    /// Where the word that holds the level began, and where the level itself did.
    let outerStart: Int
    let open: Int
    let isReference: Bool
    let name: String
    let function: String
    /// The `=` of `$(V:A=B)` was passed, and A had no `%`: what stands behind is put behind each word.
    var isSuffix = false
  }

  private let bytes: [UInt8]
  private let range: Range<Int>
  private let style: Style
  private var levels: [Level] = []
  private var start: Int
  private var next: Int
  /// Where the outermost call that completes an X began, and the tags in it.
  private var waiting: (open: Int, depth: Int, tags: [FoundTag])?
  private(set) var tags: [FoundTag] = []
  private(set) var mistakes: [TagMistake] = []

  init(_ bytes: [UInt8], _ range: Range<Int>, _ style: Style) {
    self.bytes = bytes
    self.range = range
    self.style = style
    start = range.lowerBound
    next = range.lowerBound
    while next < range.upperBound { step() }
    // A call that nothing closes is no call.
    tags += waiting?.tags ?? []
  }

  private mutating func step() {
    let byte = bytes[next]
    if byte == Byte.dollar {
      openReference()
    } else if let level = levels.last, byte == level.close {
      close(level)
    } else if let level = levels.last, byte == open(of: level.close), byte != Byte.openBrace {
      levels.append(
        Level(
          close: level.close, outerStart: start, open: next, isReference: false, name: "",
          function: level.function))
      next += 1
    } else if byte == Byte.openBrace {
      brace()
    } else {
      if byte == Byte.equals, let level = levels.last { noteSubstitution(level) }
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

  private mutating func noteSubstitution(_ level: Level) {
    let before = bytes[level.open..<next]
    guard level.isReference, let colon = before.lastIndex(of: Byte.colon),
      !before.contains(where: { Byte.isSpace($0) || $0 == Byte.comma })
    else { return }
    levels[levels.count - 1].isSuffix = !bytes[colon..<next].contains(Byte.percent)
  }

  private mutating func openReference() {
    let dollar = next
    // `$$(…)` is for make's second expansion where rules are read, and a dollar elsewhere.
    if style == .rule, bytes.starts(with: "$$", at: next), next + 2 < range.upperBound { next += 1 }
    guard next + 1 < range.upperBound else {
      next += 1
      return
    }
    let open = bytes[next + 1]
    guard open == Byte.openParenthesis || open == Byte.openBrace else {
      next = dollar + 2
      return
    }
    let close = open == Byte.openParenthesis ? Byte.closeParenthesis : Byte.closeBrace
    let name = bytes[(next + 2)..<range.upperBound].prefix { $0 >= 0x61 && $0 <= 0x7a }.text
    let inherited = levels.last?.function ?? ""
    let function = ["shell", "eval"].contains(name) ? name : inherited
    levels.append(
      Level(
        close: close, outerStart: start, open: dollar, isReference: true, name: name, function: function))
    next += 2
    start = next
  }

  private mutating func close(_ level: Level) {
    levels.removeLast()
    if level.isReference { start = level.outerStart }
    next += 1
    guard let call = waiting, levels.count == call.depth else { return }
    tags += call.tags.map { FoundTag(file: $0.file, tag: $0.tag, call: call.open..<next) }
    waiting = nil
  }

  private mutating func brace() {
    let file = bytes[start..<next]
    let needsXML = style != .rule || !levels.isEmpty
    guard TagText.isFile(file), !needsXML || TagText.isXML(file), !isOption(file) else { return skipBrace() }
    guard let close = TagText.close(bytes, next, range.upperBound) else {
      if TagText.isXML(file) { mistakes.append(TagMistake(kind: .unterminated, range: start..<next + 1)) }
      return skipBrace()
    }
    let content = bytes[next + 1..<close]
    if let error = TagText.check(content.text) {
      if TagText.isXML(file), !TagText.isBraceExpansion(content) || style == .rule {
        mistakes.append(TagMistake(kind: .bad(error), range: next + 1..<max(close, next + 2)))
      }
      next = close + 1
      return
    }
    guard endsWord(close + 1) else {
      next = close + 1
      return
    }
    if style != .rule, let function = levels.last?.function, !function.isEmpty {
      mistakes.append(TagMistake(kind: .inFunction(function), range: start..<close + 1))
    } else {
      take(FoundTag(file: start..<next, tag: next + 1..<close))
    }
    next = close + 1
  }

  /// `--file=a.xml{b}` in a variable is for a program.
  private func isOption(_ file: ArraySlice<UInt8>) -> Bool {
    guard style == .names, levels.isEmpty else { return false }
    return file.first == Byte.minus || MakeText.withoutReferences(file).contains(where: ",=".utf8.contains)
  }

  private mutating func take(_ tag: FoundTag) {
    let completing = levels.firstIndex {
      $0.isReference && (["addsuffix", "addprefix", "join"].contains($0.name) || $0.isSuffix)
    }
    guard style != .value, let depth = completing else {
      tags.append(tag)
      return
    }
    waiting = waiting ?? (levels[depth].open, depth, [])
    waiting?.tags.append(tag)
  }

  /// A brace that is no tag's may still be one that a `${…}` around it must count.
  private mutating func skipBrace() {
    if let level = levels.last, level.close == Byte.closeBrace {
      levels.append(
        Level(
          close: level.close, outerStart: start, open: next, isReference: false, name: "",
          function: level.function))
    }
    next += 1
  }

  private func endsWord(_ index: Int) -> Bool {
    guard index < range.upperBound else { return true }
    let byte = bytes[index]
    if style == .value { return levels.isEmpty ? true : byte != Byte.openBrace }
    if byte == Byte.comma { return style == .rule || !levels.isEmpty }
    return Byte.isSpace(byte) || byte == levels.last?.close || byte == Byte.bar
      || byte == Byte.semicolon || byte == Byte.hash || byte == Byte.backslash
  }
}
