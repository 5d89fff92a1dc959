import Model

/// How the variables of targets and patterns are defined, as far as make's database does not tell: whether they are
/// exported, and of patterns, by which operator.
///
/// make tells the line. A definition that `$(eval …)` reads has none of its own, and is known by its name.
struct VariableForms: Equatable, Sendable {
  private struct Form: Equatable {
    let name: String
    let operation: String
    let isExported: Bool

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
      isExported: definition.isExport)
  }

  private func form(_ name: String, _ place: SourcePlace?) -> Form? {
    if let form = place.flatMap({ forms[$0] }), form.isOf(name) { return form }
    return evaluated.last { $0.name == name } ?? evaluated.last { $0.isOf(name) }
  }

  func operation(_ name: String, _ place: SourcePlace?) -> String { form(name, place)?.operation ?? "=" }

  /// The variables that hold values for recipes always are.
  func isExported(_ name: String, _ place: SourcePlace?) -> Bool {
    name.hasPrefix("DMAKE_V") || form(name, place)?.isExported ?? false
  }
}
