import Model

/// The dependency graph of a policy (paper, section 4): make's database, with what the translation knows of tags.
///
/// A graph does not change with the members of the group: ``goals(members:processes:)`` instantiates it for them. As an
/// object it is passed on for each of thousands of goals without a copy.
public final class Graph: Equatable, Sendable {
  public let database: Database
  public let translation: Translation
  let exports: Exports
  private let forms: VariableForms
  /// Special targets that change what all recipes do, with what they are about.
  let recipeModes: [String]
  private let patternVariables: [OfPattern]
  /// Folders whose files only look like those of nodes: nothing of the policy speaks of such a node, none has ever been
  /// there, and rules of the policy both make and need files there.
  public let plainFolders: SortedSet<String>

  public convenience init(database: Database, translation: Translation) {
    let bare = Graph(database, translation, plainFolders: [])
    self.init(bare, plainFolders: PlainFolders(bare).names)
  }

  private init(_ database: Database, _ translation: Translation, plainFolders: SortedSet<String>) {
    self.database = database
    self.translation = translation
    exports = Exports(database)
    let forms = VariableForms(translation, database)
    self.forms = forms
    recipeModes = database.rules.filter { [".ONESHELL", ".POSIX", ".IGNORE"].contains($0.target) }
      .map { "\($0.target) \($0.prerequisites.joined(separator: " "))" }
    patternVariables = database.patternVariables.filter { !$0.name.hasPrefix("DMAKE_V") }.compactMap {
      variable in
      Pattern(variable.pattern, isWhole: true).map {
        OfPattern(pattern: $0, variable: TargetVariable(variable, forms))
      }
    }
    self.plainFolders = plainFolders
  }

  private init(_ other: Graph, plainFolders: SortedSet<String>) {
    database = other.database
    translation = other.translation
    exports = other.exports
    forms = other.forms
    recipeModes = other.recipeModes
    patternVariables = other.patternVariables
    self.plainFolders = plainFolders
  }

  /// The graph for a cluster in which these nodes are or have been present.
  public func knowing(nodes: [String]) -> Graph {
    if plainFolders.isEmpty { return self }
    let nodes = SortedSet(nodes)
    return Graph(self, plainFolders: SortedSet(plainFolders.filter { !nodes.contains($0) }))
  }

  public static func == (left: Graph, right: Graph) -> Bool {
    // All else follows from these.
    left.database == right.database && left.translation == right.translation
      && left.plainFolders == right.plainFolders
  }
}

extension Graph {
  fileprivate struct OfPattern: Equatable, Sendable {
    let pattern: Pattern
    let variable: TargetVariable
  }

  var hasNoPatternVariables: Bool { patternVariables.isEmpty }

  /// What patterns say of a target's variables, as a target would say it, in make's order. Those that hold values for
  /// recipes are left out.
  func patternVariables(of target: String) -> [TargetVariable] {
    patternVariables.compactMap { $0.pattern.match(target) == nil ? nil : $0.variable }
  }

  /// Those whose operator nobody can tell.
  var unclearVariables: [PatternVariable] {
    database.patternVariables.filter { !$0.name.hasPrefix("DMAKE_V") && !forms.isKnown($0) }
  }

  func targetVariable(_ variable: PatternVariable) -> TargetVariable { TargetVariable(variable, forms) }

  func isExported(_ variable: TargetVariable, for target: String?) -> Bool {
    forms.isExported(variable, target)
  }

  /// A variable's definition as it stands behind a target's or a pattern's colon.
  func text(of variable: TargetVariable, for target: String? = nil) -> String {
    let words = [
      variable.isOverride ? "override" : nil, variable.isPrivate ? "private" : nil,
      isExported(variable, for: target) ? "export" : nil, variable.name, variable.definition,
    ]
    return words.compactMap { $0 }.joined(separator: " ")
  }
}

extension TargetVariable {
  /// `+= VALUE`, and the like: make's database has no operators of variables of patterns.
  fileprivate init(_ variable: PatternVariable, _ forms: VariableForms) {
    self.init(
      name: variable.name, operation: forms.operation(variable), value: variable.value,
      isPrivate: variable.isPrivate, isOverride: variable.isOverride, place: variable.place)
  }
}
