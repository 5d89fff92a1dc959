import Model

/// Finds `$VAR`, which make reads as `$(V)` and `AR`, and `$x` in a recipe where the shell's `$$x` was meant.
struct ReferenceCheck {
  private let text: PolicyText
  /// Variables with names of one character that the policy defines somewhere.
  private let defined: SortedSet<String>

  init(_ text: PolicyText) {
    self.text = text
    defined = Self.defined(text)
  }

  var findings: [Diagnostic] {
    text.files.flatMap { file in
      file.lines.flatMap { line -> [Diagnostic] in
        switch line.kind {
        case .blank, .comment, .annotation, .define: []
        case .recipe: findings(file.source, line, isRecipe: true)
        default: findings(file.source, line, isRecipe: false)
        }
      }
    }
  }

  private static func defined(_ text: PolicyText) -> SortedSet<String> {
    var result: SortedSet<String> = []
    for file in text.files {
      let bytes = file.source.bytes
      for line in file.lines {
        if [.variable, .targetVariable, .define, .directive].contains(line.kind) {
          for word in bytes[line.range].split(whereSeparator: { !ShellScanner.isOfName($0) })
          where word.count == 1 {
            result.insert(word.text)
          }
        }
        for index in line.range where bytes.starts(with: "foreach ", at: index) {
          result.insert(bytes[(index + 8)..<line.range.upperBound].prefix { $0 != Byte.comma }.trimmed.text)
        }
      }
    }
    return result
  }

  private func findings(_ source: SourceText, _ line: LogicalLine, isRecipe: Bool) -> [Diagnostic] {
    let bytes = source.bytes
    var result: [Diagnostic] = []
    var next = line.range.lowerBound
    if isRecipe, bytes[line.range].trimmed.first == Byte.hash { return [] }
    while next + 1 < line.range.upperBound {
      guard bytes[next] == Byte.dollar else {
        if bytes[next] == Byte.hash, !isRecipe { return result }
        next += 1
        continue
      }
      let name = bytes[(next + 1)..<line.range.upperBound].prefix(while: ShellScanner.isOfName)
      if let first = name.first, !defined.contains([first].text), isMistake(first, isRecipe: isRecipe) {
        result.append(finding(source, next..<name.endIndex, name.text, isRecipe: isRecipe))
      }
      next += 2
    }
    return result
  }

  /// Outside of recipes a number is an argument of `$(call …)`.
  private func isMistake(_ first: UInt8, isRecipe: Bool) -> Bool {
    isRecipe || first < 0x30 || first > 0x39
  }

  private func finding(_ source: SourceText, _ range: Range<Int>, _ name: String, isRecipe: Bool) -> Diagnostic
  {
    let first = String(name.prefix(1))
    let rest = name.dropFirst()
    return Diagnostic(
      .shortReference, .warning, in: source, at: range,
      message: rest.isEmpty
        ? "make reads `$\(first)` as its own variable, which nothing defines"
        : "make reads `$\(name)` as its variable `\(first)` and the text `\(rest)`",
      note: "make takes one character behind `$`, and a variable that is not defined is empty",
      hint: isRecipe
        ? "write `$$\(name)` for a variable of the shell or a field of awk, `$(\(name))` for one of make"
        : "write `$(\(name))`")
  }
}
