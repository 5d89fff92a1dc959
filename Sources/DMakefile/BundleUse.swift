import Model

/// Which rules may use the files that stand beside the makefiles in the bundle: those whose text, with all that it
/// refers to and all that their recipes have in the environment, names such a file or the bundle's folder.
public struct BundleUse: Sendable {
  private let use: NamedUse
  /// Whether every recipe's shell, environment or pattern-specific variables name one.
  private let isEverywhere: Bool
  /// Targets with variables of their own that name one.
  private let targets: SortedSet<String>
  /// The files' names, of which a rule's own names may be one, as `$(@F)` or `$*`.
  private let names: SortedSet<String>
  private var known = SortedMap<String, Bool>()

  /// - Parameter names: the files' names by which a recipe finds them through PATH.
  public init(_ graph: Graph, names: [String]) {
    let use = NamedUse(database: graph.database, names: names.map { Array($0.utf8) })
    self.use = use
    self.names = SortedSet(names)
    let exports = graph.exports
    let exported = exports.names.map { "$(\($0))" }
    let common =
      exported + ["$(SHELL) $(.SHELLFLAGS)"] + graph.database.patternVariables.map(\.value)
      + (exports.isEverything ? graph.database.variables.map { $0.1.value } : [])
    isEverywhere = use.isNamed(in: common)
    targets = SortedSet(
      graph.database.rules.filter { use.isNamed(in: $0.variables.map(\.definition)) }.map(\.target))
  }

  /// Whether the goal's rule may use one of the files.
  public mutating func mayUse(_ goal: Goal) -> Bool {
    guard let recipe = goal.recipe else { return false }
    if isEverywhere || targets.contains(goal.target)
      || goal.inherited.texts.contains(where: { isNamed(in: $0) })
    {
      return true
    }
    let own = [goal.stem ?? ""] + ([goal.target] + goal.alsoMakes + goal.prerequisites).map(Self.fileName)
    if own.contains(where: self.names.contains) { return true }
    return isNamed(in: recipe)
  }

  private mutating func isNamed(in text: String) -> Bool {
    if let answer = known[text] { return answer }
    let answer = use.isNamed(in: [text])
    known[text] = answer
    return answer
  }

  private static func fileName(_ name: String) -> String {
    name.utf8.lastIndex(of: Byte.slash).map { String(name[name.utf8.index(after: $0)...]) } ?? name
  }
}

/// Looks for names in texts of make, and in the variables that they refer to.
private struct NamedUse: Sendable {
  let database: Database
  let names: [[UInt8]]

  func isNamed(in texts: [String]) -> Bool {
    if texts.contains(where: { isNamed(in: Array($0.utf8)) }) { return true }
    // A name that make puts together may be any.
    guard let variables = VariableReferences.closure(of: texts, in: database) else { return true }
    return variables.contains { name in
      name == "DMAKE_BUNDLE" || isNamed(in: Array((database.variables[name]?.value ?? "").utf8))
    }
  }

  private func isNamed(in text: [UInt8]) -> Bool {
    Self.bundle.isIn(text, asWord: false) || names.contains { $0.isIn(text, asWord: true) }
      || ComposedNames(names).mayBe(in: text)
  }

  private static let bundle = Array("DMAKE_BUNDLE".utf8)
}

extension [UInt8] {
  /// Whether a text has these bytes, as a word of their own or anywhere.
  fileprivate func isIn(_ text: [UInt8], asWord: Bool) -> Bool {
    guard let first, text.count >= count else { return false }
    return text.indices.dropLast(count - 1).contains { start in
      guard text[start] == first, text[start...].starts(with: self) else { return false }
      let end = start + count
      return !asWord
        // A recipe's line may begin with `-`, which is no part of the program's name.
        || !(start > 0 && text[start - 1] != Byte.minus && Byte.isNamePart(text[start - 1]))
          && !(end < text.count && Byte.isNamePart(text[end]))
    }
  }
}
