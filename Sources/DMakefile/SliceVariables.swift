import Model

/// The variables that a slice gives its targets. Each is private there: which targets stand in a slice, and in which
/// order make comes to them, must not decide from whom a rule inherits. What one inherits stands in its own lines.
struct SliceVariables {
  private let graph: Graph
  private let own: SortedMap<String, [TargetVariable]>

  init(_ graph: Graph) {
    self.graph = graph
    let rules = graph.database.rules.filter { !$0.variables.isEmpty }
    own = SortedMap(rules.sorted { $0.target < $1.target }.map { ($0.target, $0.variables) })
  }

  /// What targets have variables of, which add to the global ones.
  func references(of targets: [String]) -> [String] {
    targets.flatMap { (own[$0] ?? []).map { "$(\($0.name))" } }
  }

  /// Those of patterns, as lines. What a pattern says of a target comes behind what the target inherits.
  var ofPatterns: [(pattern: String, definition: String)] {
    graph.database.patternVariables.compactMap { found in
      let variable = graph.targetVariable(found)
      // make would make the global variable private.
      if variable.operation == "?=", global(variable.name) != nil { return nil }
      return (found.pattern, graph.text(of: variable.madePrivate, for: found.pattern))
    }
  }

  private func global(_ name: String) -> DatabaseVariable? {
    graph.database.variables[name].flatMap { $0.origin == .automatic ? nil : $0 }
  }

  /// The definitions of a target, for whose recipe make finds more at those of `context`, from the farthest.
  func definitions(of target: String, context: [String]) -> [String] {
    let outer = context.flatMap { name in
      [
        Layer(name, graph.patternVariables(of: name)).handedOn, Layer(name, own[name] ?? []).handedOn,
      ]
    }
    let written = SortedSet(outer.flatMap { $0.variables.map(\.name) }).union(addedToPatterns(target))
    let natural = (own[target] ?? []).filter { !written.contains($0.name) }
      .map { graph.text(of: $0.madePrivate, for: target) }
    if written.isEmpty { return natural }
    let layers = outer + [Layer(target, graph.patternVariables(of: target)), Layer(target, own[target] ?? [])]
    return natural + written.map { whole($0, layers) }
  }

  /// What a target adds to a variable that several patterns define: make itself loses that one of these sets it anew.
  private func addedToPatterns(_ target: String) -> SortedSet<String> {
    let added = (own[target] ?? []).filter { $0.operation == "+=" }.map(\.name)
    if added.isEmpty { return [] }
    let patterns = graph.patternVariables(of: target)
    return SortedSet(added.filter { name in patterns.count { $0.name == name } > 1 })
  }

  /// A variable with all that is before it on the way to the target.
  private func whole(_ name: String, _ layers: [Layer]) -> String {
    let global = global(name)
    var text = global.map { $0.isSimple ? MakeText.literal($0.value) : $0.value } ?? ""
    var isOverride = false
    var isExport = false
    for layer in layers {
      let definitions = layer.variables.filter { $0.name == name }
      if definitions.isEmpty { continue }
      isExport = isExport || definitions.contains { graph.isExported($0, for: layer.target) }
      for (number, variable) in definitions.enumerated() {
        isOverride = isOverride || variable.isOverride
        switch variable.operation {
        case "?=" where number > 0 || global != nil: break
        case "+=": text += (text.isEmpty ? "" : " ") + variable.value
        case ":=": text = MakeText.literal(variable.value)
        case "!=": text = "$(shell \(variable.value))"
        default: text = variable.value
        }
      }
    }
    return
      "private \(isOverride ? "override " : "")\(isExport ? "export " : "")\(name) = \(MakeText.line(text))"
  }

  /// What one target or its patterns define.
  private struct Layer {
    let target: String
    let variables: [TargetVariable]

    init(_ target: String, _ variables: [TargetVariable]) {
      self.target = target
      self.variables = variables
    }

    /// A variable is private if its last definition is.
    var handedOn: Layer {
      Layer(
        target, variables.filter { variable in variables.last { $0.name == variable.name }?.isPrivate == false }
      )
    }
  }
}

extension TargetVariable {
  fileprivate var madePrivate: TargetVariable {
    TargetVariable(
      name: name, operation: operation, value: value, isPrivate: true, isOverride: isOverride, place: place)
  }
}
