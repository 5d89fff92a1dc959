import Model

/// Look-ups in make's database that many goals need.
final class RuleIndex {
  let graph: Graph
  /// Explicit rules, sorted by target; a double-colon target has several.
  private let explicit: [DatabaseRule]
  private let patterns: [DatabaseRule]
  private let targets: PatternIndex
  /// All that explicit rules make or need: each of these stands for itself, however it is needed.
  let named: SortedSet<String>
  let special: SpecialTargets

  private let variables: SortedMap<String, [TargetVariable]>
  private let exists: (String) -> Bool
  private let budget: AnalysisBudget

  init(
    _ graph: Graph, budget: AnalysisBudget = AnalysisBudget(),
    exists: @escaping (String) -> Bool = { _ in false }
  ) {
    self.graph = graph
    self.budget = budget
    self.exists = exists
    let database = graph.database
    var variables = SortedMap<String, [TargetVariable]>()
    for rule in database.rules where !rule.variables.isEmpty {
      variables[rule.target, default: []] += rule.variables
    }
    self.variables = variables
    let makefiles = SortedSet(graph.translation.files.map(\.path) + [HiddenSpace.membership])
    let patternPlaces = SortedSet(database.patterns.compactMap(\.place))
    let special = SpecialTargets(database)
    self.special = special
    let rules = database.rules.filter { rule in
      guard rule.isTarget, !special.contains(rule.target), !makefiles.contains(rule.target) else {
        return false
      }
      // What make has made of a pattern rule by itself is in its database too.
      if rule.stem != nil, let place = rule.place, patternPlaces.contains(place) { return false }
      return true
    }
    // A rule is much to move; a sort moves each many times.
    explicit = rules.indices.sorted { rules[$0].target < rules[$1].target }.map { rules[$0] }
    named = SortedSet(explicit.flatMap { $0.targets + $0.prerequisites + $0.orderOnly })
    patterns = database.patterns.filter { $0.recipe != nil }
    targets = PatternIndex(patterns.map(\.targets))
  }

  var explicitTargets: [String] { SortedSet(explicit.map(\.target)).elements }
  var patternTargets: [String] { patterns.flatMap(\.targets) }

  func rules(of target: String) -> ArraySlice<DatabaseRule> {
    var low = 0
    var high = explicit.count
    while low < high {
      let middle = (low + high) / 2
      if explicit[middle].target < target { low = middle + 1 } else { high = middle }
    }
    let end = explicit[low...].firstIndex { $0.target != target } ?? explicit.count
    return explicit[low..<end]
  }

  /// Those that only this target's recipe sees, whether or not there is a rule.
  func variables(of target: String) -> [TargetVariable] { variables[target] ?? [] }

  /// The pattern rule that make takes for a name: of those that match, by the length of the stem and then in order,
  /// the first whose prerequisites are there or are named by a rule; else the first for whose prerequisites there are
  /// patterns. Where make finds none it is the first, since what is absent is empty and no error. `number` counts
  /// pattern rules; those that `isLeftOut` answers are none for this name.
  func pattern(
    of target: String, unless isLeftOut: (Int) -> Bool = { _ in false }
  ) -> (rule: DatabaseRule, number: Int, match: Pattern.Match)? {
    let found = targets.matches(target, unless: isLeftOut)
    let best =
      found.count < 2
      ? found.first
      : found.first { number, match in needs(number, match).allSatisfy(isNamed) }
        ?? found.first { number, match in
          needs(number, match).allSatisfy { name in
            isNamed(name) || !targets.matches(name, unless: { $0 == number || isLeftOut($0) }).isEmpty
          }
        } ?? found.first
    return best.map { (patterns[$0.number], $0.number, $0.match) }
  }

  /// What a pattern rule needs for a name. What nothing is left of to look for counts as nothing.
  private func needs(_ number: Int, _ match: Pattern.Match) -> [String] {
    let names = (patterns[number].prerequisites + patterns[number].orderOnly).map(match.apply)
    // Each is looked for among all that rules name, and among patterns.
    return budget.spend(names: names) && budget.spend(8 * AnalysisBudget.nameSteps * names.count) ? names : []
  }

  /// What make calls a file that ought to exist: a rule makes it or needs it by its name, or agents or DMake write it.
  private func isNamed(_ name: String) -> Bool {
    if named.contains(name) || exists(name) { return true }
    guard let hidden = HiddenSpace.name(name) else { return false }
    if case .value = hidden { return true }
    return hidden.reference.path.isWrittenByAgents
  }
}
