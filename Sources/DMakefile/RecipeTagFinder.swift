import Model

/// Finds the tags in a line of a recipe, which is text for a shell.
///
/// A tag counts only where X ends in `.xml` directly before the brace and the braces hold a location path; not in
/// single quotes, not behind `#`, where a word begins, and not in make's own functions. So `${VAR}`, `{print $1}`,
/// `a{b,c}`, `x.xml{,.bak}`, `HEAD@{1}` and JSON stay what they are.
struct RecipeTagFinder {
  /// A tag, and how its value must be written there.
  struct Found {
    let tag: FoundTag
    let isInDoubleQuotes: Bool
  }

  private enum Context { case plain, double, parenthesis, substitution }

  private let bytes: [UInt8]
  private let end: Int
  private var contexts: [Context] = [.plain]
  private var start: Int
  private var next: Int
  private(set) var found: [Found] = []
  private(set) var mistakes: [TagMistake] = []

  init(_ bytes: [UInt8], _ range: Range<Int>) {
    self.bytes = bytes
    end = range.upperBound
    start = range.lowerBound
    next = range.lowerBound
    while next < end { step() }
  }

  private var isDouble: Bool { contexts.last == .double }

  private mutating func step() {
    switch bytes[next] {
    case Byte.dollar: dollar()
    case Byte.backslash: next = min(next + 2, end)
    case Byte.apostrophe where !isDouble: skipSingleQuotes()
    case Byte.quote:
      if isDouble { contexts.removeLast() } else { contexts.append(.double) }
      move()
    case Byte.hash where !isDouble && start == next: skipComment()
    case Byte.openParenthesis where !isDouble:
      contexts.append(.parenthesis)
      move()
    case Byte.closeParenthesis where !isDouble:
      if contexts.count > 1 { contexts.removeLast() }
      move()
    case Byte.openBrace: brace()
    case let byte:
      if TagText.continuesFile(byte) { next += 1 } else { move() }
    }
  }

  /// What follows begins a new word.
  private mutating func move() {
    next += 1
    start = next
  }

  private mutating func dollar() {
    guard next + 1 < end else {
      next += 1
      return
    }
    if bytes.starts(with: "$$(", at: next) {
      contexts.append(.substitution)
      next += 3
      start = next
    } else if bytes.starts(with: "$${", at: next) {
      next += 1
      next = MakeText.skipReference(bytes, next, end)
    } else {
      let from = next
      next = MakeText.skipReference(bytes, next, end)
      let nested = TagFinder(bytes, min(from + 2, next)..<max(min(from + 2, next), next - 1), .value)
      mistakes += nested.tags.map { TagMistake(kind: .inFunction("make"), range: $0.range) }
    }
  }

  private mutating func skipSingleQuotes() {
    next += 1
    while next < end, bytes[next] != Byte.apostrophe { next += 1 }
    move()
  }

  private mutating func skipComment() {
    while next < end, bytes[next] != Byte.newline { next += 1 }
  }

  private mutating func brace() {
    let file = bytes[start..<next]
    guard TagText.isXML(file), TagText.isFile(file) else {
      next += 1
      start = next
      return
    }
    guard let close = TagText.close(bytes, next, end) else {
      mistakes.append(TagMistake(kind: .unterminated, range: start..<next + 1))
      move()
      return
    }
    let content = bytes[next + 1..<close]
    if let error = TagText.check(content.text) {
      if !TagText.isBraceExpansion(content) {
        mistakes.append(TagMistake(kind: .bad(error), range: next + 1..<max(close, next + 2)))
      }
    } else {
      found.append(
        Found(tag: FoundTag(file: start..<next, tag: next + 1..<close), isInDoubleQuotes: isDouble))
    }
    next = close + 1
    start = next
  }
}
