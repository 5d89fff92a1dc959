/// `# dmake: allow DM207 because REASON`: findings that the author has looked at and wants no more of.
///
/// It holds for its own line; alone in a line, for the next one that is no comment, and where that is a rule's, for the
/// rule's recipe too. Among the comments at the top of a file, with an empty line below them, it holds for the file.
struct Suppression: Equatable {
  enum Scope: Equatable {
    case file
    case lines(ClosedRange<Int>)
    /// There is nothing below it.
    case nothing
  }

  let codes: [DiagnosticCode]
  let reason: String
  let file: String
  let scope: Scope
  let line: Int
  let column: Int
  let length: Int

  func covers(_ diagnostic: Diagnostic) -> Bool {
    guard diagnostic.file == file, codes.contains(diagnostic.code) else { return false }
    switch scope {
    case .file: return true
    case .lines(let lines): return lines.contains(diagnostic.line)
    case .nothing: return false
    }
  }

  func finding(
    _ code: DiagnosticCode, _ message: String, note: String? = nil, hint: String? = nil
  ) -> Diagnostic {
    Diagnostic(
      code, .warning, file: file, line: line, column: column, length: length, message: message, note: note,
      hint: hint)
  }
}

/// The suppressions of one makefile.
struct SuppressionReader {
  private static let mark = Array("dmake:".utf8)
  private static let form = "expected `# dmake: allow DM207 because REASON`, with one code or several"

  private(set) var suppressions: [Suppression] = []
  private(set) var findings: [Diagnostic] = []
  private let source: SourceText
  private let lines: [LogicalLine]
  /// The first line behind the comments that were last looked through.
  private var commentEnd = 0

  init(_ file: Makefiles.File) {
    source = file.source
    lines = file.lines
    for number in stride(from: 1, through: source.lineCount, by: 1) { read(number) }
  }

  private mutating func read(_ number: Int) {
    let line = source.line(number)
    guard let start = comment(in: line) else { return }
    let text = source.bytes[start..<line.upperBound].dropFirst().trimmed.dropFirst(Self.mark.count).trimmed.text
    let words = text.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "," }).map(String.init)
    let names = words.dropFirst().prefix { $0 != "because" }
    let codes = names.compactMap { DiagnosticCode(rawValue: $0) }
    let reason = text.firstRange(of: "because").map { text[$0.upperBound...].drop { $0 == " " } } ?? ""
    let suppression = Suppression(
      codes: codes, reason: String(reason), file: source.file, scope: scope(of: number, start), line: number,
      column: start - line.lowerBound + 1, length: line.upperBound - start)
    guard words.first == "allow", !names.isEmpty else {
      return report(suppression, "a comment for DMake is not understood", Self.form)
    }
    if let unknown = names.first(where: { DiagnosticCode(rawValue: $0) == nil }) {
      return report(
        suppression, "`\(unknown)` is no code of a finding",
        "findings name their codes in brackets; `dmake lint --explain CODE` says what one means")
    }
    guard words.dropFirst(1 + names.count).count > 1 else {
      return report(suppression, "a suppression gives no reason", Self.form)
    }
    suppressions.append(suppression)
  }

  private mutating func report(_ suppression: Suppression, _ message: String, _ hint: String) {
    findings.append(
      suppression.finding(
        .badSuppression, message, note: "it suppresses nothing, so that every exception says why it is one",
        hint: hint))
  }

  /// The index of the `#` of `# dmake: …`.
  private func comment(in line: Range<Int>) -> Int? {
    line.first { index in
      source.bytes[index] == Byte.hash
        && source.bytes[(index + 1)..<line.upperBound].drop(while: Byte.isBlank).starts(with: Self.mark)
    }
  }

  private mutating func scope(of number: Int, _ start: Int) -> Suppression.Scope {
    let line = source.line(number)
    if source.bytes[line.lowerBound..<start].contains(where: { !Byte.isBlank($0) }) {
      return .lines(lines(around: number))
    }
    // Thousands of them may stand above each other.
    var next = max(number + 1, commentEnd)
    while next <= source.lineCount, isComment(next) { next += 1 }
    commentEnd = next
    let isFollowed = next <= source.lineCount && !source.bytes[source.line(next)].trimmed.isEmpty
    if isFollowed { return .lines(lines(around: next)) }
    return (1..<number).allSatisfy { isComment($0) || source.bytes[source.line($0)].trimmed.isEmpty }
      ? .file : .nothing
  }

  private func isComment(_ number: Int) -> Bool {
    source.bytes[source.line(number)].trimmed.first == Byte.hash
  }

  /// The physical lines of what stands at a line; a rule with the annotations above it and its recipe.
  private func lines(around number: Int) -> ClosedRange<Int> {
    var low = 0
    var high = lines.count
    while low < high {
      let middle = (low + high) / 2
      if lines[middle].line <= number { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return number...number }
    var index = low - 1
    while lines[index].kind == .annotation, index + 1 < lines.count { index += 1 }
    var last = end(of: lines[index])
    if lines[index].kind == .rule {
      for line in lines[(index + 1)...] {
        if line.kind == .recipe { last = end(of: line) }
        if ![.recipe, .blank, .comment, .conditional].contains(line.kind) { break }
      }
    }
    return number...max(number, last)
  }

  private func end(of line: LogicalLine) -> Int { source.position(of: line.range.upperBound).line }
}
