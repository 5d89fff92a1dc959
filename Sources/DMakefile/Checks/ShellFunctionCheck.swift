import Model

/// Finds `$(shell …)` and `NAME != …` where make runs the command whenever it reads the policy, for no rule.
///
/// Neither in recipes, whose functions ``RecipeCheck`` looks at, nor in variables that only recipes refer to.
struct ShellFunctionCheck {
  private let text: PolicyText
  /// Variables that make expands while it reads.
  private let expanded: ExpandedNames

  init(_ text: PolicyText) {
    self.text = text
    let hasFunctions = text.files.contains { file in
      ["$(shell ", "${shell "].contains { file.source.bytes.contains(text: $0) }
    }
    expanded = hasFunctions ? ExpandedNames(text) : ExpandedNames()
  }

  var findings: [Diagnostic] {
    text.files.flatMap { file in
      var isDeferred = false
      return file.lines.flatMap { line -> [Diagnostic] in
        switch line.kind {
        case .blank, .comment, .annotation, .recipe: return []
        case .defined: break
        default: isDeferred = expanded.defers(file.source, line)
        }
        return (isDeferred ? [] : functions(file.source, line)) + assignment(file.source, line)
      }
    }
  }

  private func functions(_ source: SourceText, _ line: LogicalLine) -> [Diagnostic] {
    let bytes = source.bytes
    let end = MakeText.ruleParts(bytes, line.range)?.recipe.map { $0.lowerBound } ?? line.range.upperBound
    var result: [Diagnostic] = []
    var next = line.range.lowerBound
    while next < (line.kind == .rule ? end : line.range.upperBound) {
      if bytes[next] == Byte.hash { break }
      guard bytes[next] == Byte.dollar else {
        next += 1
        continue
      }
      if ["$(shell ", "${shell "].contains(where: { bytes.starts(with: $0, at: next) }) {
        let end = MakeText.skipReference(bytes, next, line.range.upperBound)
        result.append(finding(source, next..<end, "`$(shell …)`"))
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

  private func finding(_ source: SourceText, _ range: Range<Int>, _ what: String) -> Diagnostic {
    Diagnostic(
      .shellFunction, .warning, in: source, at: range,
      message: "\(what) runs a command whenever make reads the policy",
      note: "no rule says what it reads, so it is not run when that changes; and it runs during every check",
      hint: "make a file of it by a rule, and depend on the file")
  }
}

/// The variables whose values make expands while it reads a policy: not those that it takes as they are and that only
/// recipes refer to.
private struct ExpandedNames {
  /// By name, what a value that is expanded later refers to.
  private var references = SortedMap<String, [String]>()
  private var names: SortedSet<String> = []
  /// Defined by `:=` somewhere, so that `+=` expands at once.
  private var simple: SortedSet<String> = []

  init() {}

  init(_ text: PolicyText) {
    for file in text.files {
      for line in file.lines {
        guard let definition = Self.definition(file.source, line) else { continue }
        if [":=", "::="].contains(definition.operation) {
          simple.insert(file.source.bytes[definition.name].text)
        }
      }
    }
    var waiting: [String] = []
    for file in text.files { waiting += read(file) }
    while let name = waiting.popLast() {
      guard !names.contains(name) else { continue }
      names.insert(name)
      waiting += references[name] ?? []
    }
  }

  /// The names that a file's lines refer to where make expands them at once.
  private mutating func read(_ file: PolicyText.File) -> [String] {
    let bytes = file.source.bytes
    var result: [String] = []
    var defined: String?
    for line in file.lines where ![.blank, .comment, .annotation, .recipe].contains(line.kind) {
      if line.kind == .defined {
        if let defined { references[defined, default: []] += MakeText.references(bytes, line.range) }
        continue
      }
      let definition = Self.definition(file.source, line)
      let name = definition.map { bytes[$0.name].text }
      defined = line.kind == .define ? name : nil
      guard let definition, let name, isDeferred(definition, name) else {
        let end = line.kind == .rule ? MakeText.ruleParts(bytes, line.range)?.recipe?.lowerBound : nil
        result += MakeText.references(bytes, line.range.lowerBound..<(end ?? line.range.upperBound))
        continue
      }
      result += MakeText.references(bytes, line.range.lowerBound..<definition.name.upperBound)
      references[name, default: []] += MakeText.references(bytes, definition.value)
    }
    return result
  }

  /// Whether a line defines a variable whose value make does not expand while it reads.
  func defers(_ source: SourceText, _ line: LogicalLine) -> Bool {
    guard let definition = Self.definition(source, line) else { return false }
    let name = source.bytes[definition.name].text
    // A name that is put together may be any, and so may what refers to this one.
    return isDeferred(definition, name) && !name.contains("$") && !names.contains(name) && !names.contains("")
  }

  private func isDeferred(_ definition: MakeText.Definition, _ name: String) -> Bool {
    ["=", "?=", ""].contains(definition.operation) || definition.operation == "+=" && !simple.contains(name)
  }

  private static func definition(_ source: SourceText, _ line: LogicalLine) -> MakeText.Definition? {
    line.kind == .define
      ? MakeText.variable(source.bytes, line.range) : PolicyFacts.definition(source, line)
  }
}
