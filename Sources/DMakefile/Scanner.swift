/// Splits a makefile into logical lines and says what each is, by the rules of GNU make 4.3's reader (read.c): a
/// line that begins with a tab belongs to a recipe if a rule is open, and any line but blanks, comments and
/// conditionals closes a rule.
struct Scanner {
  private let source: SourceText
  private var isRuleOpen = false
  private var conditionalDepth = 0
  private var defineDepth = 0

  static func scan(_ source: SourceText) -> [LogicalLine] {
    var scanner = Scanner(source: source)
    return scanner.lines()
  }

  private init(source: SourceText) { self.source = source }

  private mutating func lines() -> [LogicalLine] {
    var result: [LogicalLine] = []
    var number = 1
    while number <= source.lineCount {
      let first = number
      while number < source.lineCount, endsInContinuation(source.line(number)) { number += 1 }
      let range = source.line(first).lowerBound..<source.line(number).upperBound
      let kind = self.kind(of: range)
      result.append(
        LogicalLine(kind: kind, range: range, line: first, isConditional: conditionalDepth > 0))
      advance(past: kind, range)
      number += 1
    }
    return result
  }

  private func endsInContinuation(_ range: Range<Int>) -> Bool {
    let line = source.bytes[range]
    return line.reversed().prefix { $0 == Byte.backslash }.count % 2 == 1
  }

  private mutating func advance(past kind: LogicalLine.Kind, _ range: Range<Int>) {
    let words = MakeText.words(source.bytes, range)
    switch kind {
    case .rule: isRuleOpen = true
    case .blank, .comment, .recipe: break
    case .conditional:
      if let first = words.first {
        if first.hasPrefix("if") { conditionalDepth += 1 }
        if first == "endif" { conditionalDepth = max(0, conditionalDepth - 1) }
      }
    case .define:
      isRuleOpen = false
      if isDefine(words) { defineDepth += 1 }
      if words.first == "endef" { defineDepth = max(0, defineDepth - 1) }
    default: isRuleOpen = false
    }
  }

  private func kind(of range: Range<Int>) -> LogicalLine.Kind {
    let bytes = source.bytes
    let trimmed = bytes[range].trimmed
    if defineDepth > 0 { return .define }
    if isRuleOpen, bytes[range].first == Byte.tab { return .recipe }
    guard let first = trimmed.first else { return .blank }
    if first == Byte.hash { return .comment }
    let words = MakeText.words(bytes, range)
    if isDefine(words) { return .define }
    let word = String(words[0].prefix { $0 != "(" })
    let shape = MakeText.shape(bytes, range)
    switch word {
    case "ifeq", "ifneq", "ifdef", "ifndef", "else", "endif": return .conditional
    case "include", "-include", "sinclude": return shape == .rule && words[0] != word ? .rule : .include
    case "export", "unexport", "override", "private", "vpath", "undefine", "load", "-load": return .directive
    default: break
    }
    if Annotations.isAnnotation(trimmed, shape: shape) { return .annotation }
    switch shape {
    case .variable: return .variable
    case .targetVariable: return .targetVariable
    case .rule: return .rule
    case .other: return .other
    }
  }

  private func isDefine(_ words: [String]) -> Bool {
    let words = words.drop { ["override", "export", "private"].contains($0) }
    return words.first == "define" && words.count > 1
      && !["=", ":=", "?=", "+="].contains(words.dropFirst().first)
  }
}
