import Model

/// Rules that `$(eval …)` makes. make expands their text once before it reads it, and again what is left of the
/// references, so that what the translation puts in for later has its dollars doubled, as the author's own have.
extension FileTranslator {
  /// Translates the text of a `define` that eval reads, if this line begins one.
  mutating func translateTemplate(_ line: LogicalLine) {
    closeRule()
    if line.range.lowerBound < templateEnd { return }
    guard let text = facts.template(source, behind: line) else {
      translateEvals(line)
      return
    }
    templateEnd = text.upperBound
    isTemplate = true
    let outer = branches
    branches = Branches()
    for inner in Scanner.scan(SourceText(file: source.file, bytes: Array(bytes[text]))) {
      let start = text.lowerBound + inner.range.lowerBound
      translateTemplateLine(
        LogicalLine(
          kind: inner.kind, range: start..<start + inner.range.count, line: line.line + inner.line,
          isConditional: false))
    }
    isTemplate = false
    branches = outer
    closeRule()
  }

  /// Translates what stands in a line's `$(eval …)` as a rule or the definition of a variable.
  mutating func translateEvals(_ line: LogicalLine) {
    for range in MakeText.evals(bytes, line.range) {
      let kind: LogicalLine.Kind
      switch MakeText.shape(bytes, range) {
      case .rule: kind = .rule
      case .variable: kind = .variable
      case .targetVariable: kind = .targetVariable
      case .other: continue
      }
      isTemplate = true
      translateTemplateLine(LogicalLine(kind: kind, range: range, line: line.line, isConditional: false))
      isTemplate = false
      closeRule()
    }
  }

  private mutating func translateTemplateLine(_ line: LogicalLine) {
    switch line.kind {
    case .rule, .targetVariable: translateRule(line)
    case .recipe:
      settleRules(line)
      translateRecipe(line)
    case .variable, .directive:
      closeRule()
      if let definition = MakeText.definition(bytes, line.range) { translateNames(definition) }
    case .annotation:
      report(
        .annotationWithoutRule, .error, line.range, "an annotation stands in text that `eval` reads",
        note: "make tells of such rules where eval stands, and not where their text does",
        hint: "write the rule itself, as a pattern or a static pattern, with the annotation above it")
    case .conditional: takeConditional(line)
    case .blank, .comment: break
    case .other, .include, .define, .defined, .endef: closeRule()
    }
  }

  /// make's text that is to be expanded when the recipe runs, or when a line outside of eval is read.
  func deferred(_ text: String) -> String { isTemplate ? text.replacing("$", with: "$$") : text }

  /// Puts a line before the open rule's own, in the text that eval reads.
  mutating func insert(_ line: String, before rule: OpenRule) {
    replace(rule.start..<rule.start, "\(line)$(DMAKE_NEWLINE)")
  }
}

extension MakeText {
  /// What stands in each `$(eval …)` of a text that is in no other, without blanks at its ends.
  static func evals(_ bytes: [UInt8], _ range: Range<Int>) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var next = range.lowerBound
    while next < range.upperBound {
      let starts = ["$(eval ", "${eval "].contains { bytes.starts(with: $0, at: next) }
      guard starts, next == range.lowerBound || bytes[next - 1] != Byte.dollar else {
        next += 1
        continue
      }
      let end = min(skipReference(bytes, next, range.upperBound), range.upperBound)
      let text = bytes[min(next + 7, end)..<max(min(next + 7, end), end - 1)].trimmed
      result.append(text.startIndex..<text.endIndex)
      next = end
    }
    return result
  }
}
