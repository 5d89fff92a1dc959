/// A simple command in a recipe's text for the shell.
struct ShellCommand {
  /// The command's name and its arguments, with their quotes and make's references as they stand; neither
  /// redirections nor the assignments before the name.
  var words: [Range<Int>] = []
  /// `NAME=VALUE` before the name.
  var assignments: [Range<Int>] = []
  /// What stands behind `<` and `>`.
  var redirections: [Range<Int>] = []
  /// It stands behind `|`.
  var readsPipe = false
  /// The name of the command in whose argument it is substituted, as `echo` in `echo $$(date)`.
  var outer: Range<Int>?
}

/// Finds the simple commands of a recipe line by the grammar of POSIX's shell (Shell Command Language, 2.10), as far as
/// a text tells them that make has not expanded: `$(…)` and `${…}` of make are opaque parts of words, `$$` is the
/// shell's `$`.
struct ShellScanner {
  private enum End { case text, parenthesis, backtick }
  /// What the words at the place are.
  private enum Mode { case commands, loopHeader, caseHeader, casePattern }

  private let bytes: [UInt8]
  private let end: Int
  private var next: Int
  private(set) var commands: [ShellCommand] = []
  /// Names of functions that the line defines.
  private(set) var functions: [String] = []
  /// `<<WORD`, each.
  private(set) var documents: [Range<Int>] = []

  private static let keywords: [String] = [
    "!", "do", "done", "elif", "else", "esac", "fi", "if", "then", "time", "until", "while", "{", "}",
  ]

  /// - Parameter range: of a recipe line, without its tab.
  init(_ bytes: [UInt8], _ range: Range<Int>) {
    self.bytes = bytes
    end = range.upperBound
    next = range.lowerBound
    while next < end, Byte.isBlank(bytes[next]) || "@-+".utf8.contains(bytes[next]) { next += 1 }
    list(until: .text, outer: nil)
  }

  /// The commands of a script in a word, as of `sh -c '…'`.
  static func commands(in bytes: [UInt8], _ range: Range<Int>) -> [ShellCommand] {
    ShellScanner(bytes, range).commands
  }

  private mutating func list(until stop: End, outer: Range<Int>?) {
    var command = ShellCommand(outer: outer)
    var mode = Mode.commands
    var depth = 0
    while next < end {
      let byte = bytes[next]
      if Byte.isSpace(byte) || isContinuation {
        next += byte == Byte.backslash ? 2 : 1
      } else if byte == Byte.hash {
        skipComment()
      } else if byte == UInt8(ascii: "`"), stop == .backtick {
        break
      } else if command.words.first.map({ bytes[$0].elementsEqual("[[".utf8) }) == true,
        "()<>&|".utf8.contains(byte)
      {
        next += 1
      } else if bytes.starts(with: "((", at: next), command.words.isEmpty {
        skipParentheses()
      } else if byte == Byte.openParenthesis {
        finish(&command, outer)
        depth += 1
        next += 1
      } else if byte == Byte.closeParenthesis {
        finish(&command, outer)
        if mode == .casePattern {
          mode = .commands
        } else if depth > 0 {
          depth -= 1
        } else if stop == .parenthesis {
          break
        }
        next += 1
      } else if ";&|".utf8.contains(byte) {
        separate(&command, &mode, outer)
      } else if byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") {
        redirect(&command)
      } else {
        word(&command, &mode)
      }
    }
    finish(&command, outer)
  }

  private var isContinuation: Bool {
    bytes[next] == Byte.backslash && next + 1 < end && bytes[next + 1] == Byte.newline
  }

  private mutating func finish(_ command: inout ShellCommand, _ outer: Range<Int>?) {
    if !command.words.isEmpty || !command.assignments.isEmpty || !command.redirections.isEmpty {
      commands.append(command)
    }
    command = ShellCommand(outer: outer)
  }

  private mutating func separate(_ command: inout ShellCommand, _ mode: inout Mode, _ outer: Range<Int>?) {
    let byte = bytes[next]
    let isDouble = next + 1 < end && bytes[next + 1] == byte
    if mode == .loopHeader || mode == .caseHeader { command = ShellCommand(outer: outer) }
    if mode == .casePattern {
      command = ShellCommand(outer: outer)
    } else {
      finish(&command, outer)
      command.readsPipe = byte == Byte.bar && !isDouble
      if byte == Byte.semicolon, isDouble, isInCase { mode = .casePattern } else { mode = .commands }
    }
    next += isDouble ? 2 : 1
  }

  private var caseDepth = 0
  private var isInCase: Bool { caseDepth > 0 }

  private mutating func redirect(_ command: inout ShellCommand) {
    let isHereDocument = bytes.starts(with: "<<", at: next) && !bytes.starts(with: "<<<", at: next)
    let start = next
    while next < end, "<>&|-".utf8.contains(bytes[next]) { next += 1 }
    while next < end, Byte.isBlank(bytes[next]) { next += 1 }
    let file = next
    skipWord(command.words.first)
    if isHereDocument {
      documents.append(start..<next)
      // What stands in the lines below that are joined is the document, for all that can be known here.
      if bytes[next..<end].contains(Byte.newline) { next = end }
    } else if file < next {
      command.redirections.append(file..<next)
    } else {
      next += next < end ? 1 : 0
    }
  }

  private mutating func word(_ command: inout ShellCommand, _ mode: inout Mode) {
    let start = next
    skipWord(command.words.first)
    guard start < next else {
      next += 1
      return
    }
    let range = start..<next
    let text = bytes[range].text
    switch mode {
    case .loopHeader:
      if text == "do" { mode = .commands }
      return
    case .caseHeader:
      if text == "in" { mode = .casePattern }
      return
    case .casePattern:
      if text == "esac" { leaveCase(&mode) }
      return
    case .commands: break
    }
    // The number of a redirection, as in `2>&1`.
    if next < end, "<>".utf8.contains(bytes[next]), text.allSatisfy(\.isNumber) { return }
    guard command.words.isEmpty else {
      command.words.append(range)
      return
    }
    if Self.isAssignment(bytes[range]) {
      command.assignments.append(range)
      if next < end, bytes[next] == Byte.openParenthesis { skipParentheses() }
    } else if next < end, bytes[next] == Byte.openParenthesis {
      functions.append(text)
    } else if text == "for" || text == "select" {
      mode = .loopHeader
    } else if text == "case" {
      caseDepth += 1
      mode = .caseHeader
    } else if text == "esac" {
      leaveCase(&mode)
    } else if Self.keywords.contains(text) {
      return
    } else {
      command.words.append(range)
    }
  }

  private mutating func leaveCase(_ mode: inout Mode) {
    caseDepth = max(0, caseDepth - 1)
    mode = .commands
  }

  static func isAssignment(_ word: ArraySlice<UInt8>) -> Bool {
    let name = word.prefix { isOfName($0) }
    return !name.isEmpty && name.first.map { $0 < 0x30 || $0 > 0x39 } == true
      && word.dropFirst(name.count).first == Byte.equals
  }

  static func isOfName(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7a) || (byte >= 0x30 && byte <= 0x39)
  }

  private mutating func skipComment() {
    while next < end, bytes[next] != Byte.newline { next += 1 }
  }

  /// Moves behind the word that begins here. `outer` is the name of the command that the word belongs to.
  private mutating func skipWord(_ outer: Range<Int>?) {
    let start = next
    while next < end {
      let byte = bytes[next]
      if Byte.isSpace(byte) || ";&|()<>".utf8.contains(byte) { return }
      switch byte {
      case Byte.apostrophe:
        next += 1
        while next < end, bytes[next] != Byte.apostrophe { next += 1 }
        next = min(next + 1, end)
      case Byte.quote: skipDoubleQuotes(outer ?? start..<start)
      case Byte.backslash:
        if isContinuation { return }
        next = min(next + 2, end)
      case Byte.dollar: skipDollar(outer ?? start..<start)
      case UInt8(ascii: "`"):
        if isInBackticks { return }
        skipBackticks(outer ?? start..<start)
      case Byte.openBrace: next = TagText.skip(bytes, next, end)
      default: next += 1
      }
    }
  }

  private var isInBackticks = false

  private mutating func skipBackticks(_ outer: Range<Int>) {
    next += 1
    isInBackticks = true
    list(until: .backtick, outer: outer)
    isInBackticks = false
    next = min(next + 1, end)
  }

  private mutating func skipDoubleQuotes(_ outer: Range<Int>) {
    next += 1
    while next < end, bytes[next] != Byte.quote {
      switch bytes[next] {
      case Byte.backslash: next = min(next + 2, end)
      case Byte.dollar: skipDollar(outer)
      case UInt8(ascii: "`"):
        if isInBackticks { return }
        skipBackticks(outer)
      default: next += 1
      }
    }
    next = min(next + 1, end)
  }

  /// Moves behind what the parenthesis here closes: an arithmetic command, or the elements of an array.
  private mutating func skipParentheses() {
    var depth = 0
    while next < end {
      if bytes[next] == Byte.openParenthesis { depth += 1 }
      if bytes[next] == Byte.closeParenthesis { depth -= 1 }
      next += 1
      if depth == 0 { return }
    }
  }

  private mutating func skipDollar(_ outer: Range<Int>) {
    if bytes.starts(with: "$$$$", at: next) {
      next += 4
    } else if bytes.starts(with: "$$((", at: next) {
      next = MakeText.skipReference(bytes, next + 1, end)
    } else if bytes.starts(with: "$$(", at: next) {
      next += 3
      list(until: .parenthesis, outer: outer)
      next = min(next + 1, end)
    } else if bytes.starts(with: "$$", at: next) {
      next = MakeText.skipReference(bytes, next + 1, end)
    } else {
      next = MakeText.skipReference(bytes, next, end)
    }
  }
}
