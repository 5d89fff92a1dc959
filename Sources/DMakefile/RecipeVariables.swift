import Model

/// The variables that recipes find at their targets: those of the targets, of patterns, and what they inherit.
///
/// A slice gives each target its own lines, all of them private: which targets stand in a slice, and in which order
/// make comes to them, must not decide from whom a rule inherits. The same lines are a part of a rule's signature.
struct RecipeVariables {
  private let graph: Graph
  private let own: SortedMap<String, [TargetVariable]>
  /// Variables that the environment of every recipe has.
  private let exported: SortedSet<String>

  init(_ graph: Graph) {
    self.graph = graph
    var own = SortedMap<String, [TargetVariable]>()
    for rule in graph.database.rules where !rule.variables.isEmpty {
      own[rule.target, default: []] += rule.variables
    }
    self.own = own
    exported = SortedSet(graph.exports.names).union(Database.givenEnvironment)
  }

  /// Whether no target and no pattern has any.
  var isEmpty: Bool { own.isEmpty && graph.hasNoPatternVariables }

  /// What targets have variables of, which add to the global ones.
  func references(of targets: [String]) -> [String] {
    targets.flatMap { (own[$0] ?? []).map { "$(\($0.name))" } }
  }

  /// Those of patterns, as lines. What a pattern says of a target comes behind what the target inherits.
  var ofPatterns: [(pattern: String, definition: String)] {
    graph.database.patternVariables.compactMap { found in
      let variable = graph.targetVariable(found)
      // make would make the global variable private.
      if variable.operation == "?=", graph.globalVariable(variable.name) != nil { return nil }
      return (found.pattern, graph.text(of: variable.madePrivate, for: found.pattern))
    }
  }

  /// What a target that inherits `scope` hands on to what it needs.
  func handedOn(by target: String, inheriting scope: VariableScope = VariableScope()) -> VariableScope {
    adding(target, to: scope, isHandedOn: true)
  }

  /// The definitions of a target that inherits `scope`.
  func definitions(of target: String, inheriting scope: VariableScope) -> [String] {
    let written = SortedSet(scope.names).union(addedToPatterns(target))
    let natural = (own[target] ?? []).filter { !written.contains($0.name) }
      .map { graph.text(of: $0.madePrivate, for: target) }
    if written.isEmpty { return natural }
    let whole = adding(target, to: scope, isHandedOn: false)
    return natural + written.map(whole.definition)
  }

  /// The definitions, as a slice says them, of the variables that the recipe of a target may use: what is without
  /// effect on it is no part of its rule.
  func used(by recipe: RecipeText, of target: String, inheriting scope: VariableScope) -> [String] {
    let whole = adding(target, to: scope, isHandedOn: false)
    return names(in: whole, usedBy: recipe).map(whole.definition)
  }

  /// What patterns say of a target comes before what it says itself.
  private func adding(_ target: String, to scope: VariableScope, isHandedOn: Bool) -> VariableScope {
    var result = scope
    result.add(graph.patternVariables(of: target), of: target, isHandedOn: isHandedOn, in: graph)
    result.add(own[target] ?? [], of: target, isHandedOn: isHandedOn, in: graph)
    return result
  }

  private func names(in scope: VariableScope, usedBy recipe: RecipeText) -> [String] {
    // Numbers of tags are part of such a name, and change when a line is added above.
    let all = scope.names.filter { !$0.hasPrefix("DMAKE_V") }
    guard let mentioned = recipe.mentioned else { return all }
    var used = SortedSet(
      all.filter { name in
        mentioned.contains(name) || exported.contains(name) || scope.isExported(name)
          || name.hasPrefix(".") || name == "SHELL" || Exports.isOfMake(name)
      })
    var waiting = used.elements
    while used.count < all.count, let name = waiting.popLast() {
      let found = VariableReferences.found(in: [scope.text(of: name)], graph.database)
      guard found.isComplete else { return all }
      let more = all.filter { found.mentioned.contains($0) && !used.contains($0) }
      used.formUnion(more)
      waiting += more
    }
    return used.elements
  }

  /// What a target adds to a variable that several patterns define: make itself loses that one of these sets it anew.
  private func addedToPatterns(_ target: String) -> SortedSet<String> {
    let added = (own[target] ?? []).filter { $0.operation == "+=" }.map(\.name)
    if added.isEmpty { return [] }
    let patterns = graph.patternVariables(of: target)
    return SortedSet(added.filter { name in patterns.count { $0.name == name } > 1 })
  }
}

extension TargetVariable {
  fileprivate var madePrivate: TargetVariable {
    TargetVariable(
      name: name, operation: operation, value: value, isPrivate: true, isOverride: isOverride, place: place)
  }
}
