/// How long files, functions and lines may be, and what no text has.
struct LengthRule: HouseRule {
  static let fileLines = 400
  static let functionLines = 60
  static let lineCharacters = 120

  func findings(in file: SourceFile) -> [Finding] {
    var findings: [Finding] = []
    let count = file.lines.last == "" ? file.lines.count - 1 : file.lines.count
    if count > Self.fileLines {
      findings.append(
        Finding(
          path: file.path, line: Self.fileLines + 1,
          message: "the file has \(count) lines; move a concern to `Type+Concern.swift`"))
    }
    for (number, line) in file.lines.enumerated()
    where line.utf8.count > Self.lineCharacters && line.count > Self.lineCharacters
      && !isLongLiteral(line, file.code[number])
    {
      findings.append(
        Finding(
          path: file.path, line: number + 1, message: "the line has \(line.count) characters; break it at 112"))
    }
    for function in functions(in: file) where function.lines > Self.functionLines {
      findings.append(
        Finding(
          path: file.path, line: function.start,
          message: "the function has \(function.lines) lines; name its parts and call them"))
    }
    return findings
  }

  /// A sentence for a person stands in one piece, and the formatter cannot break it.
  private func isLongLiteral(_ line: String, _ code: String) -> Bool {
    let isProse = line.drop { $0 == " " }.hasPrefix("//")
    let length = code.filter { $0 != " " }.count
    // A row of a table in a comment cannot be broken either, nor a line inside a longer literal.
    return line.contains("/// |") || !isProse && length == 0 || line.contains("\"") && length <= 40
  }

  private func functions(in file: SourceFile) -> [(start: Int, lines: Int)] {
    var result: [(start: Int, lines: Int)] = []
    for (number, line) in file.code.enumerated() where startsFunction(line) {
      if let end = end(of: number, in: file.code) { result.append((number + 1, end - number + 1)) }
    }
    return result
  }

  private func startsFunction(_ line: String) -> Bool {
    line.split(separator: " ").contains { word in
      word == "func" || word.hasPrefix("init(") || word.hasPrefix("init<") || word == "deinit"
    } && !line.contains(".init(")
  }

  /// The line of the brace that closes the function which begins here; nil where it has no body, as in a protocol.
  private func end(of start: Int, in code: [String]) -> Int? {
    var depth = 0
    var parentheses = 0
    for number in start..<code.count {
      if number > start, depth == 0, parentheses == 0, startsFunction(code[number]) { return nil }
      for character in code[number] {
        switch character {
        case "(": parentheses += 1
        case ")": parentheses -= 1
        case "{": depth += 1
        case "}":
          depth -= 1
          if depth == 0, parentheses == 0 { return number }
          if depth < 0 { return nil }
        default: break
        }
      }
    }
    return nil
  }
}

/// What belongs neither into code nor into comments.
struct ProseRule: HouseRule {
  private static let words = ["TO" + "DO", "FIX" + "ME", "X" + "XX"]

  func findings(in file: SourceFile) -> [Finding] {
    return file.lines.enumerated().flatMap { number, line in
      problems(line, file.code[number]).map { Finding(path: file.path, line: number + 1, message: $0) }
    }
  }

  private func problems(_ line: String, _ code: String) -> [String] {
    var problems: [String] = []
    let bytes = Array(line.utf8)
    for word in Self.words where BannedCode.has(Array(word.utf8), bytes) {
      problems.append("`\(word)`: do it now, or write an issue")
    }
    // A DMakefile in a literal has tabs.
    if code.contains("\t") { problems.append("a tab; indent by two spaces") }
    if line.hasSuffix(" ") { problems.append("a blank at the end; remove it") }
    let comment = line.drop { $0 == " " }
    let banner = ["///", "//", "/*"].first { comment.hasPrefix($0) }
    if let banner {
      let text = comment.dropFirst(banner.count)
      let isBanner = ["====", "----", "****", "####", "////", "MARK"].contains {
        text.drop { $0 == " " }.hasPrefix($0)
      }
      if isBanner { problems.append("a banner; give the part a file of its own and a name") }
    }
    return problems
  }
}

/// A test waits for a condition, never for a time: a sleep stands in a loop that asks again, takes a drawn time or
/// one from a table (`moment`) for something to happen in the middle of something else, or is one that only its
/// cancellation ends.
struct SleepRule: HouseRule {
  func findings(in file: SourceFile) -> [Finding] {
    guard file.isTest else { return [] }
    return file.code.enumerated().compactMap { number, line in
      let bytes = Array(line.utf8)
      let sleeps = ["Task.sleep", "usleep(", "nanosleep("].contains { BannedCode.has(Array($0.utf8), bytes) }
      let before = file.code[max(0, number - 6)...number]
      let isPoll = before.contains { line in
        ["while", "condition"].contains { BannedCode.has(Array($0.utf8), Array(line.utf8)) }
      }
      let isDrawn = !["(0", "(1", "(2", "(3", "(4", "(5", "(6", "(7", "(8", "(9"].contains { line.contains($0) }
      if !sleeps || isPoll || isDrawn || line.contains(".random(in:") || line.contains(".seconds(3600)") {
        return nil
      }
      return Finding(
        path: file.path, line: number + 1,
        message: "a sleep for a fixed time; ask in a loop for what is waited for, with a generous limit")
    }
  }
}
