import Model

extension Diagnostic {
  /// A finding at some bytes of a makefile, as far as they are on one line.
  init(
    _ code: DiagnosticCode, _ severity: Severity, in source: SourceText, at range: Range<Int>, message: String,
    note: String? = nil, hint: String? = nil
  ) {
    let position = source.position(of: range.lowerBound)
    let end = min(range.upperBound, source.line(position.line).upperBound)
    self.init(
      code, severity, file: source.file, line: position.line, column: position.column,
      length: max(1, end - range.lowerBound), message: message, note: note, hint: hint)
  }

  /// What is known only by its line, as all that make says, at the line's text; of a rule, at its target.
  public func withColumn(in text: PolicyText) -> Diagnostic {
    guard column == 0, line > 0, let source = text[file]?.source, line <= source.lineCount else { return self }
    if code == .twoWriters, let site = text.rule(at: SourcePlace(file: file, line: line)) {
      let target = site.targets.first { message.contains("`\(site.text($0))`") } ?? site.targets.first
      if let target { return moved(to: target, in: source) }
    }
    let text = source.bytes[source.line(line)].trimmed
    return moved(to: text.startIndex..<text.endIndex, in: source)
  }

  private func moved(to range: Range<Int>, in source: SourceText) -> Diagnostic {
    Diagnostic(code, severity, in: source, at: range, message: message, note: note, hint: hint)
  }
}
