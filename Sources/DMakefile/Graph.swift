import Model

/// The dependency graph of a policy (paper, section 4): make's database, with what the translation knows of tags.
///
/// A graph does not change with the members of the group: ``goals(members:processes:)`` instantiates it for them.
public struct Graph: Equatable, Sendable {
  public let database: Database
  public let translation: Translation
  let exports: Exports
  private let forms: VariableForms
  /// Folders whose files only look like those of nodes: nothing of the policy speaks of such a node, none has ever been
  /// there, and rules of the policy both make and need files there.
  public private(set) var plainFolders: SortedSet<String>

  public init(database: Database, translation: Translation) {
    self.database = database
    self.translation = translation
    exports = Exports(database)
    forms = VariableForms(translation)
    plainFolders = PlainFolders(database).names
  }

  /// The graph for a cluster in which these nodes are or have been present.
  public func knowing(nodes: [String]) -> Graph {
    if plainFolders.isEmpty { return self }
    var copy = self
    let nodes = SortedSet(nodes)
    copy.plainFolders = SortedSet(plainFolders.filter { !nodes.contains($0) })
    return copy
  }
}

extension Graph {
  /// What patterns say of a target's variables, as a target would say it, in make's order.
  func patternVariables(of target: String) -> [TargetVariable] {
    database.patternVariables.filter { Pattern.matches(whole: $0.pattern, target) }.map(targetVariable)
  }

  /// `+= VALUE`, and the like: make's database has no operators of variables of patterns.
  func targetVariable(_ variable: PatternVariable) -> TargetVariable {
    TargetVariable(
      name: variable.name, definition: "\(forms.operation(variable.name, variable.place)) \(variable.value)",
      isPrivate: variable.isPrivate, isOverride: variable.isOverride, place: variable.place)
  }

  /// A variable's definition as it stands behind a target's or a pattern's colon.
  func text(of variable: TargetVariable) -> String {
    let words = [
      variable.isOverride ? "override" : nil, variable.isPrivate ? "private" : nil,
      forms.isExported(variable.name, variable.place) ? "export" : nil, variable.name, variable.definition,
    ]
    return words.compactMap { $0 }.joined(separator: " ")
  }
}
