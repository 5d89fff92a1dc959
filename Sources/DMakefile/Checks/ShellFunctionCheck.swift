import Model

/// Finds `$(shell …)` and `NAME != …`: commands that make runs whenever it reads the policy, for no rule.
struct ShellFunctionCheck {
  private let text: PolicyText

  init(_ text: PolicyText) { self.text = text }

  var findings: [Diagnostic] {
    text.files.flatMap { file in
      file.lines.flatMap { line -> [Diagnostic] in
        guard ![.blank, .comment, .annotation].contains(line.kind) else { return [] }
        return functions(file.source, line) + assignment(file.source, line)
      }
    }
  }

  private func functions(_ source: SourceText, _ line: LogicalLine) -> [Diagnostic] {
    let bytes = source.bytes
    var result: [Diagnostic] = []
    var next = line.range.lowerBound
    while next < line.range.upperBound {
      if bytes[next] == Byte.hash, line.kind != .recipe { break }
      guard bytes[next] == Byte.dollar else {
        next += 1
        continue
      }
      if ["$(shell ", "${shell "].contains(where: { bytes.starts(with: $0, at: next) }) {
        let end = MakeText.skipReference(bytes, next, line.range.upperBound)
        result.append(
          line.kind == .recipe ? inRecipe(source, next..<end) : finding(source, next..<end, "`$(shell …)`"))
        next = end
      } else {
        next += bytes.starts(with: "$$", at: next) ? 2 : 1
      }
    }
    return result
  }

  private func assignment(_ source: SourceText, _ line: LogicalLine) -> [Diagnostic] {
    guard line.kind == .variable || line.kind == .targetVariable,
      let equals = source.bytes[line.range].firstIndex(of: Byte.equals), equals > line.range.lowerBound,
      source.bytes[equals - 1] == UInt8(ascii: "!")
    else { return [] }
    return [finding(source, equals - 1..<equals + 1, "`!=`")]
  }

  private func inRecipe(_ source: SourceText, _ range: Range<Int>) -> Diagnostic {
    Diagnostic(
      .shellFunction, .warning, in: source, at: range,
      message: "make runs the command of `$(shell …)` before the recipe's first line",
      note:
        "make expands all of a recipe at once: what its earlier lines do is not done yet, and what they decide does not count",
      hint: "write `$$(…)`, which the recipe's own shell runs")
  }

  private func finding(_ source: SourceText, _ range: Range<Int>, _ what: String) -> Diagnostic {
    Diagnostic(
      .shellFunction, .warning, in: source, at: range,
      message: "\(what) runs a command whenever make reads the policy",
      note: "no rule says what it reads, so it is not run when that changes; and it runs during every check",
      hint: "make a file of it by a rule, and depend on the file")
  }
}
