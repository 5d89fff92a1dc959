import Model

/// How the variables of targets and patterns are defined, as far as make's database does not tell: whether they are
/// exported, and of patterns, by which operator.
///
/// make tells the line. What `$(eval …)` reads has none of its own, and is known by what of its text make cannot have
/// changed: name, target and value, around the references that stand in them.
struct VariableForms: Equatable, Sendable {
  private struct Form: Equatable {
    let name: String
    let operation: String
    let isExported: Bool
    let targets: [TextMask]
    let value: TextMask

    /// A computed name may be any.
    func isOf(_ name: String) -> Bool { self.name == name || self.name.contains("$") }
  }

  private var forms = SortedMap<SourcePlace, Form>()
  private var evaluated: [Form] = []

  init(_ translation: Translation, _ database: Database) {
    // Most policies have none, and texts may be long.
    let names = database.patternVariables.map(\.name) + database.rules.flatMap { $0.variables.map(\.name) }
    guard names.contains(where: { !$0.hasPrefix("DMAKE_V") }) else { return }
    var placed: [(SourcePlace, Form)] = []
    for file in translation.files {
      let source = SourceText(file: file.path, bytes: file.bytes)
      for line in Scanner.scan(source) {
        if line.kind == .targetVariable, let form = Self.form(source.bytes, line.range) {
          placed.append((SourcePlace(file: file.path, line: line.line), form))
        } else if line.kind == .defined {
          evaluated += Self.form(source.bytes, line.range).map { [$0] } ?? []
        }
        guard ![.recipe, .comment, .blank].contains(line.kind) else { continue }
        evaluated += MakeText.evals(source.bytes, line.range).compactMap { Self.form(source.bytes, $0) }
      }
    }
    forms = SortedMap(placed)
  }

  private static func form(_ bytes: [UInt8], _ range: Range<Int>) -> Form? {
    guard MakeText.shape(bytes, range) == .targetVariable, let parts = MakeText.ruleParts(bytes, range),
      let definition = MakeText.definition(bytes, parts.separator.upperBound..<range.upperBound)
    else { return nil }
    let isSimple = definition.operation.hasSuffix(":=")
    return Form(
      name: bytes[definition.name].text, operation: isSimple ? ":=" : definition.operation,
      isExported: definition.isExport,
      targets: MakeText.wordRanges(bytes, parts.targets).map { TextMask(bytes, $0) },
      value: TextMask(bytes, definition.value))
  }

  /// Of what eval reads, the form that fits best, and of those the last; whether others fit as well that differ.
  private func evaluated(
    _ name: String, _ target: String?, _ value: String
  ) -> (form: Form, isOnlyOne: Bool)? {
    let fits = evaluated.filter { $0.isOf(name) }.map { form -> (form: Form, fit: Int) in
      let targets = target.map { target in form.targets.compactMap { $0.fit(target) }.max() } ?? 0
      // A name that fits by its letters counts for more than anything else.
      let known = (form.name == name ? 1 << 20 : 0) + (targets.map { $0 + (1 << 16) } ?? 0)
      return (form, known + (form.value.fit(value).map { $0 + (1 << 16) } ?? 0))
    }
    guard let best = fits.map(\.fit).max() else { return nil }
    let found = fits.filter { $0.fit == best }.map(\.form)
    return found.last.map { last in (last, found.allSatisfy { $0.operation == last.operation }) }
  }

  private func form(_ name: String, _ place: SourcePlace?, _ target: String?, _ value: String) -> Form? {
    if let form = place.flatMap({ forms[$0] }), form.isOf(name) { return form }
    return evaluated(name, target, value)?.form
  }

  func operation(_ variable: PatternVariable) -> String {
    form(variable.name, variable.place, variable.pattern, variable.value)?.operation ?? "="
  }

  /// Whether the text tells how the variable is defined.
  func isKnown(_ variable: PatternVariable) -> Bool {
    if let form = variable.place.flatMap({ forms[$0] }), form.isOf(variable.name) { return true }
    return evaluated(variable.name, variable.pattern, variable.value)?.isOnlyOne ?? false
  }

  /// The variables that hold values for recipes always are.
  func isExported(_ variable: TargetVariable, _ target: String?) -> Bool {
    variable.name.hasPrefix("DMAKE_V")
      || form(variable.name, variable.place, target, variable.value)?.isExported ?? false
  }
}

/// A text in which make has put something for each reference.
private struct TextMask: Equatable {
  /// What stands around the references.
  private var parts: [[UInt8]] = [[]]

  init(_ bytes: [UInt8], _ range: Range<Int>) {
    let text = bytes[range].trimmed
    var next = text.startIndex
    while next < text.endIndex {
      switch bytes[next] {
      case Byte.dollar:
        next = min(MakeText.skipAnyReference(bytes, next, text.endIndex), text.endIndex)
        parts.append([])
      // A remark, and where a line goes on: make has taken them away.
      case Byte.hash:
        parts.append([])
        next = text.endIndex
      case Byte.backslash, Byte.newline:
        parts.append([])
        next += 1
      default:
        parts[parts.count - 1].append(bytes[next])
        next += 1
      }
    }
  }

  /// How many bytes of the text the mask has; nil where it may not have become this text.
  func fit(_ text: String) -> Int? {
    let bytes = Array(text.utf8)
    guard let first = parts.first, let last = parts.last, bytes.starts(with: first) else { return nil }
    if parts.count == 1 { return bytes == first ? first.count : nil }
    var next = first.count
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let found = (next..<max(next, bytes.count)).first(where: { bytes[$0...].starts(with: part) }) else {
        return nil
      }
      next = found + part.count
    }
    guard bytes.count - last.count >= next, bytes.suffix(last.count).elementsEqual(last) else { return nil }
    return parts.reduce(0) { $0 + $1.count }
  }
}
