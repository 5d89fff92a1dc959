import Model

/// Look-ups in make's database that many goals need.
struct RuleIndex {
  let graph: Graph
  /// Explicit rules, sorted by target; a double-colon target has several.
  private let explicit: [DatabaseRule]
  private let patterns: [(rule: DatabaseRule, matchers: [Pattern])]
  /// All that explicit rules make or need.
  private let named: SortedSet<String>

  private let variables: SortedMap<String, [TargetVariable]>
  private let exists: (String) -> Bool

  init(_ graph: Graph, exists: @escaping (String) -> Bool = { _ in false }) {
    self.graph = graph
    self.exists = exists
    let database = graph.database
    var variables = SortedMap<String, [TargetVariable]>()
    for rule in database.rules where !rule.variables.isEmpty {
      variables[rule.target, default: []] += rule.variables
    }
    self.variables = variables
    let makefiles = SortedSet(graph.translation.files.map(\.path) + [HiddenSpace.membership])
    let patternPlaces = SortedSet(database.patterns.compactMap(\.place))
    let rules = database.rules.filter { rule in
      guard rule.isTarget, !Self.isSpecial(rule.target), !makefiles.contains(rule.target) else { return false }
      // What make has made of a pattern rule by itself is in its database too.
      if rule.stem != nil, let place = rule.place, patternPlaces.contains(place) { return false }
      return true
    }
    // A rule is much to move; a sort moves each many times.
    explicit = rules.indices.sorted { rules[$0].target < rules[$1].target }.map { rules[$0] }
    named = SortedSet(explicit.flatMap { $0.targets + $0.prerequisites + $0.orderOnly })
    patterns = database.patterns.filter { $0.recipe != nil }
      .map { ($0, $0.targets.compactMap(Pattern.init)) }
  }

  private static func isSpecial(_ target: String) -> Bool {
    target.hasPrefix(".") && !target.hasPrefix(HiddenSpace.folder + "/") && !target.contains("/")
  }

  var explicitTargets: [String] { SortedSet(explicit.map(\.target)).elements }
  var patternTargets: [String] { patterns.flatMap(\.rule.targets) }

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
  /// patterns. Where make finds none it is the first, since what is absent is empty and no error.
  func pattern(of target: String) -> (rule: DatabaseRule, match: Pattern.Match)? {
    let found = matches(target)
    guard found.count > 1 else { return found.first }
    return found.first { rule, match in rule.needs(match).allSatisfy(isNamed) }
      ?? found.first { rule, match in rule.needs(match).allSatisfy { isNamed($0) || isMakeable($0) } }
      ?? found.first
  }

  private func matches(_ target: String) -> [(rule: DatabaseRule, match: Pattern.Match)] {
    let found = patterns.compactMap { rule, matchers -> (rule: DatabaseRule, match: Pattern.Match)? in
      matchers.compactMap { $0.match(target) }.min { $0.length < $1.length }.map { (rule, $0) }
    }
    if found.count < 2 { return found }
    return found.indices.sorted { (found[$0].match.length, $0) < (found[$1].match.length, $1) }.map {
      found[$0]
    }
  }

  /// What make calls a file that ought to exist: a rule makes it or needs it by its name, or agents or DMake write it.
  private func isNamed(_ name: String) -> Bool {
    if named.contains(name) || exists(name) { return true }
    guard let hidden = HiddenSpace.name(name) else { return false }
    if case .value = hidden { return true }
    return hidden.reference.path.isWrittenByAgents
  }

  private func isMakeable(_ name: String) -> Bool {
    patterns.contains { $0.matchers.contains { $0.match(name) != nil } }
  }
}

extension DatabaseRule {
  fileprivate func needs(_ match: Pattern.Match) -> [String] { (prerequisites + orderOnly).map(match.apply) }
}
