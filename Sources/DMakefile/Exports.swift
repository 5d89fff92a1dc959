import Model

/// What a policy's text hands to the environment of recipes. make's database does not tell, so the text must.
struct Exports: Equatable, Sendable {
  /// The directives, one a line, as a makefile can repeat them when all variables have their last values.
  private(set) var directives: [String] = []
  /// Names that a target-specific assignment exports.
  private(set) var ofTargets: SortedSet<String> = []
  /// A directive without names, or `.EXPORT_ALL_VARIABLES`: everything.
  private(set) var isEverything = false

  /// What directives name, for finding the variables that they need.
  var text: String { directives.joined(separator: "\n") }

  init(_ translation: Translation) {
    for tag in translation.tags where tag.isOfTemplate {
      if case .recipe(let number) = tag.role { ofTargets.insert("DMAKE_V\(number)") }
    }
    for file in translation.files {
      let source = SourceText(file: file.path, bytes: file.bytes)
      for line in Scanner.scan(source) {
        let words = MakeText.words(file.bytes, line.range)
        switch line.kind {
        case .directive, .define, .variable: directive(words)
        case .targetVariable: target(words)
        case .rule: if words.first?.hasPrefix(".EXPORT_ALL_VARIABLES") == true { isEverything = true }
        default: break
        }
      }
    }
  }

  private mutating func directive(_ words: [String]) {
    let modifiers = words.prefix { ["export", "unexport", "override", "private", "define"].contains($0) }
    guard let verb = modifiers.first(where: { $0 == "export" || $0 == "unexport" }) else { return }
    let rest = words.dropFirst(modifiers.count)
    // `export NAME = VALUE` names one variable, `export A B` several.
    let operators = ["=", ":=", "::=", "?=", "+=", "!="]
    var names = Array(rest)
    if let first = rest.first {
      if modifiers.contains("define")
        || operators.contains(where: { rest.dropFirst().first?.hasPrefix($0) == true })
      {
        names = [first]
      } else if let equals = first.firstIndex(where: { "=:?+!".contains($0) }) {
        names = [String(first[..<equals])]
      }
    }
    if names.isEmpty, verb == "export" { isEverything = true }
    directives.append(([verb] + names.prefix { !$0.hasPrefix("#") }).joined(separator: " "))
  }

  private mutating func target(_ words: [String]) {
    guard let export = words.firstIndex(of: "export"), export + 1 < words.count else { return }
    let name = words[(export + 1)...].first { !["private", "override"].contains($0) } ?? ""
    ofTargets.insert(String(name.prefix { !"=:?+".contains($0) }))
  }
}
