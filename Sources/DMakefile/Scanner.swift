/// Splits a makefile into logical lines and says what each is, by the rules of GNU make 4.3's reader (read.c): a
/// line that begins with a tab belongs to a recipe if a rule is open, and any line but blanks, comments and
/// conditionals closes a rule.
struct Scanner {
  private let source: SourceText
  private var isRuleOpen = false
  private var branches = Branches<Bool>()
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
        LogicalLine(kind: kind, range: range, line: first, isConditional: branches.isInside))
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
    switch kind {
    case .rule: isRuleOpen = true
    case .blank, .comment, .recipe, .defined: break
    case .conditional:
      isRuleOpen = branches.take(MakeText.words(source.bytes, range), [isRuleOpen]).contains(true)
    case .define:
      isRuleOpen = false
      defineDepth = 1
    default: isRuleOpen = false
    }
  }

  private mutating func kind(of range: Range<Int>) -> LogicalLine.Kind {
    let bytes = source.bytes
    if defineDepth > 0 { return kindInDefine(range) }
    if isRuleOpen, bytes[range].first == Byte.tab { return .recipe }
    let trimmed = bytes[range].trimmed
    guard let first = trimmed.first else { return .blank }
    if first == Byte.hash { return .comment }
    let definition = MakeText.variable(bytes, range)
    let shape = definition == nil ? MakeText.shapeWithoutVariable(bytes, range) : .variable
    if Annotations.isAnnotation(trimmed, shape: shape) { return .annotation }
    // A name may be any word, those of directives included.
    if let definition {
      switch definition.form {
      case .define: return .define
      case .undefine: return .directive
      case .assignment: return definition.hasModifiers ? .directive : .variable
      }
    }
    let word = trimmed.prefix { !Byte.isSpace($0) }.text
    switch String(word.prefix { $0 != "(" }) {
    case "ifeq", "ifneq", "ifdef", "ifndef", "else", "endif": return .conditional
    default: break
    }
    switch word {
    case "include", "-include", "sinclude": return .include
    case "export", "unexport", "override", "private", "vpath", "load", "-load": return .directive
    default: break
    }
    switch shape {
    case .variable: return .variable
    case .targetVariable: return .targetVariable
    case .rule: return .rule
    case .other: return .other
    }
  }

  /// The text of a `define`: a line in it that begins with a tab is always text, whatever its words.
  private mutating func kindInDefine(_ range: Range<Int>) -> LogicalLine.Kind {
    let line = source.bytes[range]
    guard line.first != Byte.tab else { return .defined }
    switch line.trimmed.prefix(while: { !Byte.isSpace($0) }).text {
    case "define": defineDepth += 1
    case "endef": defineDepth -= 1
    default: break
    }
    return defineDepth == 0 ? .endef : .defined
  }
}
