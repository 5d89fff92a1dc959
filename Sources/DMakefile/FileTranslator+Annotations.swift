import Model

extension FileTranslator {
  /// Takes the line out of make's sight and keeps what it says.
  mutating func annotate(_ line: LogicalLine, rule lines: Range<Int>?) {
    rule = nil
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
    let annotation = Annotation(
      kind: kind, place: SourcePlace(file: source.file, line: line.line), ruleLines: lines)
    if let lines, let other = state.annotations.first(where: { $0.contradicts(annotation, lines) }) {
      report(
        .annotationConflict, .error, line.range,
        "an annotation contradicts the one in line \(other.place.line)",
        note: "a rule is run by its node or by one group of leaders", hint: "keep one of the two")
    }
    state.annotations.append(annotation)
  }

  /// The lines of the rule that follows the line with this index; nil if something else does.
  func ruleLines(after index: Int) -> Range<Int>? {
    guard
      let first = lines[(index + 1)...].firstIndex(where: {
        ![.blank, .comment, .annotation, .conditional].contains($0.kind)
      }), lines[first].kind == .rule
    else { return nil }
    var end = lines[first].line + 1
    for (number, line) in lines[(first + 1)...].enumerated() {
      switch line.kind {
      case .recipe:
        let next = first + number + 2
        end = next < lines.count ? lines[next].line : source.lineCount + 1
      case .blank, .comment, .conditional: continue
      default: return lines[first].line..<end
      }
    }
    return lines[first].line..<end
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
