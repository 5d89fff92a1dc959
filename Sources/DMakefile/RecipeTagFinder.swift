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
    /// `<<WORD` stands before it in the line.
    let isBehindDocument: Bool
  }

  /// What a place in the shell's text is inside of.
  enum Context: Equatable {
    case double, single, parenthesis, substitution
    /// A here-document up to the line with this word; literally if the word was quoted.
    case document(end: String, isLiteral: Bool)
  }

  private let bytes: [UInt8]
  private let end: Int
  /// The text goes through `$(eval …)`, so that the dollars of what make expands later are doubled.
  private let isTemplate: Bool
  /// From the outermost to the innermost. What is open at the end goes on in the next line under `.ONESHELL`.
  private(set) var contexts: [Context]
  private var documents: [Context] = []
  private var start: Int
  private var next: Int
  private(set) var found: [Found] = []
  private(set) var mistakes: [TagMistake] = []

  init(_ bytes: [UInt8], _ range: Range<Int>, in contexts: [Context] = [], isTemplate: Bool = false) {
    self.bytes = bytes
    self.isTemplate = isTemplate
    self.contexts = contexts
    end = range.upperBound
    start = range.lowerBound
    next = range.lowerBound
    if case .document(let word, let isLiteral) = contexts.last {
      if bytes[range].drop(while: { $0 == Byte.tab }).elementsEqual(word.utf8) {
        self.contexts.removeLast()
        return
      }
      if isLiteral { next = end }
    }
    if contexts.last == .single { skipSingleQuotes() }
    while next < end { step() }
    // The last of several documents in a line is the outermost: it comes last.
    self.contexts += documents.reversed()
  }

  /// Whether the shell would take quotes for text.
  private var isDouble: Bool {
    if case .document = contexts.last { return true }
    return contexts.last == .double
  }

  private mutating func step() {
    switch bytes[next] {
    case Byte.quote where isDouble && contexts.last != .double: move()
    case Byte.dollar: dollar()
    case Byte.backslash:
      next = min(next + 2, end)
      start = next
    case Byte.apostrophe where !isDouble:
      next += 1
      skipSingleQuotes()
    case Byte.quote:
      if isDouble { contexts.removeLast() } else { contexts.append(.double) }
      move()
    case Byte.hash where !isDouble && start == next: skipComment()
    case Byte.openParenthesis where !isDouble:
      contexts.append(.parenthesis)
      move()
    case Byte.closeParenthesis where !isDouble:
      if !contexts.isEmpty { contexts.removeLast() }
      move()
    case UInt8(ascii: "<") where !isDouble && bytes.starts(with: "<<", at: next): document()
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
    let escape = isTemplate ? "$$$" : "$"
    if isTemplate, bytes.starts(with: "$$", at: next), !bytes.starts(with: "$$$", at: next) { next += 1 }
    if bytes.starts(with: escape + "$(", at: next) {
      contexts.append(.substitution)
      next += escape.utf8.count + 2
      start = next
    } else if bytes.starts(with: escape + "${", at: next) {
      next += escape.utf8.count
      next = MakeText.skipReference(bytes, next, end)
    } else {
      let from = next
      next = MakeText.skipReference(bytes, next, end)
      function(min(from + 2, next)..<max(min(from + 2, next), next - 1))
    }
  }

  /// What stands between the parentheses of make's reference. Of `if`, `or`, `and` and `foreach`, make puts some of the
  /// arguments into the recipe as they are: there a tag is what it is outside.
  private mutating func function(_ range: Range<Int>) {
    let name = bytes[range].prefix { $0 >= 0x61 && $0 <= 0x7a }.text
    let behind = range.lowerBound + name.utf8.count
    guard behind < range.upperBound, Byte.isBlank(bytes[behind]) else { return refuse(range, in: "make") }
    var arguments = MakeText.arguments(bytes, behind..<range.upperBound)
    switch name {
    case "if":
      refuse(arguments.removeFirst(), in: "if")
      for argument in arguments { embed(argument) }
    case "or": for argument in arguments { embed(argument) }
    case "and":
      let last = arguments.removeLast()
      for argument in arguments { refuse(argument, in: "if") }
      embed(last)
    case "foreach" where arguments.count == 3:
      refuse(arguments[1], in: "make")
      embed(arguments[2], loop: bytes[arguments[0]].trimmed.text)
    case "shell", "eval", "file", "call": refuse(range, in: name)
    default: refuse(range, in: "make")
    }
  }

  private mutating func refuse(_ range: Range<Int>, in function: String) {
    let tags = TagFinder(bytes, range, .value).tags
    mistakes += tags.map { TagMistake(kind: .inFunction(function), range: $0.range) }
  }

  /// An argument that becomes text of the recipe, with the loop's variable if it has one.
  private mutating func embed(_ range: Range<Int>, loop: String? = nil) {
    let inner = RecipeTagFinder(bytes, range, in: contexts, isTemplate: isTemplate)
    mistakes += inner.mistakes
    for found in inner.found {
      let names = MakeText.references(bytes, found.tag.range)
      if let loop, names.contains(loop) || loop.contains("$") {
        mistakes.append(TagMistake(kind: .inFunction("foreach"), range: found.tag.range))
      } else {
        self.found.append(found)
      }
    }
  }

  /// Goes to the end of the quotes that opened before `next`.
  private mutating func skipSingleQuotes() {
    while next < end, bytes[next] != Byte.apostrophe { next += 1 }
    if next < end {
      if contexts.last == .single { contexts.removeLast() }
      move()
    } else if contexts.last != .single {
      contexts.append(.single)
    }
  }

  /// `<<WORD`, `<<-WORD` and `<<'WORD'`; `<<<` is a word of bash.
  private mutating func document() {
    let operators = bytes[next..<end].prefix { $0 == UInt8(ascii: "<") }.count
    next += operators
    if operators == 2 {
      if next < end, bytes[next] == Byte.minus { next += 1 }
      while next < end, Byte.isBlank(bytes[next]) { next += 1 }
      let word = bytes[next..<end].prefix { !Byte.isSpace($0) && !";&|<>()".utf8.contains($0) }
      let name = word.filter { !"'\"\\".utf8.contains($0) }
      if !name.isEmpty { documents.append(.document(end: name.text, isLiteral: name.count < word.count)) }
      next += word.count
    }
    start = next
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
        Found(
          tag: FoundTag(file: start..<next, tag: next + 1..<close), isInDoubleQuotes: isDouble,
          isBehindDocument: !documents.isEmpty))
    }
    next = close + 1
    start = next
  }
}
