import Model

/// Look-ups in make's database that many goals need.
struct RuleIndex {
  let graph: Graph
  /// Explicit rules, sorted by target; a double-colon target has several.
  private let explicit: [DatabaseRule]
  private let patterns: [(rule: DatabaseRule, matchers: [Pattern])]

  init(_ graph: Graph) {
    self.graph = graph
    let database = graph.database
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

  /// The pattern rule that make takes for a name: the shortest stem, then the first.
  func pattern(of target: String) -> (rule: DatabaseRule, match: Pattern.Match)? {
    var best: (rule: DatabaseRule, match: Pattern.Match)?
    for (rule, matchers) in patterns {
      for matcher in matchers {
        guard let match = matcher.match(target) else { continue }
        if let best, best.match.length <= match.length { continue }
        best = (rule, match)
      }
    }
    return best
  }
}
