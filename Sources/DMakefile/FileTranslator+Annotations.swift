import Model

extension FileTranslator {
  /// The rule below an annotation.
  struct AnnotatedRule {
    let lines: Range<Int>
    let hasRecipe: Bool
  }

  /// With how many before it an annotation is compared.
  private static let comparedAnnotations = 16

  /// Takes the line out of make's sight and keeps what it says.
  mutating func annotate(_ line: LogicalLine, rule annotated: AnnotatedRule?) {
    let lines = annotated?.lines
    closeRule()
    let (kind, error) = Annotations.parse(bytes[line.range].trimmed)
    replace(line.range, bytes[line.range].filter { $0 == Byte.newline })
    guard let kind else {
      report(
        .unknownAnnotation, .error, line.range, error ?? "an annotation is not understood",
        hint: "expected `[local]`, `[leader NAME]`, `[always XPATH]` or `[eventually XPATH]`")
      return
    }
    if lines == nil {
      report(
        .annotationWithoutRule, .error, line.range, "an annotation stands above no rule",
        hint: "put it on the line above the rule that it is about")
    }
    if kind.saysWhoRuns, annotated?.hasRecipe == false {
      report(
        .annotationWithoutRecipe, .warning, line.range, "an annotation stands above a rule without a recipe",
        note: "it says who runs the recipe, and there is none to run",
        hint: "put it above the rule with the recipe that makes the target")
    }
    let annotation = Annotation(
      kind: kind, place: SourcePlace(file: source.file, line: line.line), ruleLines: lines)
    // Those of a rule stand behind each other.
    let others = state.annotations.suffix(Self.comparedAnnotations)
      .filter { $0.ruleLines == lines && $0.place.file == source.file }
    if let lines, let other = others.first(where: { $0.contradicts(annotation, lines) }) {
      report(
        .annotationConflict, .error, line.range,
        "an annotation contradicts the one in line \(other.place.line)",
        note: "a rule is run by its node or by one group of leaders", hint: "keep one of the two")
    }
    state.annotations.append(annotation)
  }

  /// The rule that follows the line with this index, nil if something else does, and the index of what follows.
  func annotatedRule(after index: Int) -> (end: Int, rule: AnnotatedRule?) {
    let next = lines[(index + 1)...].firstIndex {
      ![.blank, .comment, .annotation, .conditional].contains($0.kind)
    }
    guard let first = next, lines[first].kind == .rule else { return (next ?? lines.count, nil) }
    let start = lines[first].line
    var end = start + 1
    var hasRecipe = MakeText.ruleParts(bytes, lines[first].range)?.recipe != nil
    for (number, line) in lines[(first + 1)...].enumerated() {
      switch line.kind {
      case .recipe:
        hasRecipe = true
        let next = first + number + 2
        end = next < lines.count ? lines[next].line : source.lineCount + 1
      case .blank, .comment, .conditional: continue
      default: return (first, AnnotatedRule(lines: start..<end, hasRecipe: hasRecipe))
      }
    }
    return (first, AnnotatedRule(lines: start..<end, hasRecipe: hasRecipe))
  }
}

extension Annotation {
  /// Whether a rule cannot have both.
  fileprivate func contradicts(_ other: Annotation, _ lines: Range<Int>) -> Bool {
    guard ruleLines == lines, place.file == other.place.file, kind != other.kind else { return false }
    return kind.saysWhoRuns && other.kind.saysWhoRuns
  }
}

extension Annotation.Kind {
  fileprivate var saysWhoRuns: Bool {
    switch self {
    case .local, .leader: true
    case .always, .eventually: false
    }
  }
}
