import Model

/// Look-ups in make's database that many goals need.
struct RuleIndex {
  let graph: Graph
  /// Explicit rules, sorted by target; a double-colon target has several.
  private let explicit: [DatabaseRule]
  private let patterns: [DatabaseRule]
  /// Their targets by what stands around `%`, and the shapes that there are.
  private let byKey: SortedMap<String, [(number: Int, matcher: Pattern)]>
  private let shapes: [PatternShape]
  /// All that explicit rules make or need: each of these stands for itself, however it is needed.
  let named: SortedSet<String>

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
    var byKey = SortedMap<String, [(number: Int, matcher: Pattern)]>()
    var shapes: SortedSet<PatternShape> = []
    for (number, rule) in patterns.enumerated() {
      for matcher in rule.targets.compactMap(Pattern.init) {
        byKey[PatternShape.key(matcher.prefix, matcher.suffix, matcher.hasSlash), default: []]
          .append((number, matcher))
        shapes.insert(PatternShape(matcher))
      }
    }
    self.byKey = byKey
    self.shapes = shapes.elements
  }

  private static func isSpecial(_ target: String) -> Bool {
    target.hasPrefix(".") && !target.hasPrefix(HiddenSpace.folder + "/") && !target.contains("/")
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
    let found = matches(target, unless: isLeftOut)
    let best =
      found.count < 2
      ? found.first
      : found.first { number, match in needs(number, match).allSatisfy(isNamed) }
        ?? found.first { number, match in
          needs(number, match).allSatisfy { name in
            isNamed(name) || !matches(name, unless: { $0 == number || isLeftOut($0) }).isEmpty
          }
        } ?? found.first
    return best.map { (patterns[$0.number], $0.number, $0.match) }
  }

  /// The pattern rules that match a name, each once.
  private func matches(
    _ target: String, unless isLeftOut: (Int) -> Bool
  ) -> [(number: Int, match: Pattern.Match)] {
    var found: [(number: Int, match: Pattern.Match)] = []
    for shape in shapes {
      guard let key = shape.key(of: target), let matchers = byKey[key] else { continue }
      for (number, matcher) in matchers {
        if let match = matcher.match(target), !isLeftOut(number) { found.append((number, match)) }
      }
    }
    if found.count < 2 { return found }
    var seen: SortedSet<Int> = []
    return found.sorted { ($0.match.length, $0.number) < ($1.match.length, $1.number) }.filter { number, _ in
      defer { seen.insert(number) }
      return !seen.contains(number)
    }
  }

  /// What a pattern rule needs for a name. What nothing is left of to look for counts as nothing.
  private func needs(_ number: Int, _ match: Pattern.Match) -> [String] {
    let names = (patterns[number].prerequisites + patterns[number].orderOnly).map(match.apply)
    return budget.spend(names: names) ? names : []
  }

  /// What make calls a file that ought to exist: a rule makes it or needs it by its name, or agents or DMake write it.
  private func isNamed(_ name: String) -> Bool {
    if named.contains(name) || exists(name) { return true }
    guard let hidden = HiddenSpace.name(name) else { return false }
    if case .value = hidden { return true }
    return hidden.reference.path.isWrittenByAgents
  }
}

/// How long the parts of patterns around `%` are. Policies with thousands of patterns have a few shapes of them.
private struct PatternShape: Comparable {
  let prefix: Int
  let suffix: Int
  let hasSlash: Bool

  init(_ pattern: Pattern) {
    prefix = pattern.prefix.utf8.count
    suffix = pattern.suffix.utf8.count
    hasSlash = pattern.hasSlash
  }

  static func < (left: Self, right: Self) -> Bool {
    (left.prefix, left.suffix, left.hasSlash ? 1 : 0) < (right.prefix, right.suffix, right.hasSlash ? 1 : 0)
  }

  /// What patterns of this shape that match the name look like; nil where the name is too short.
  func key(of name: String) -> String? {
    var rest = name.utf8[...]
    if !hasSlash, let slash = rest.lastIndex(of: Byte.slash) { rest = rest[rest.index(after: slash)...] }
    guard rest.count > prefix + suffix else { return nil }
    return Self.key(Substring(rest.prefix(prefix)), Substring(rest.suffix(suffix)), hasSlash)
  }

  static func key(_ prefix: Substring, _ suffix: Substring, _ hasSlash: Bool) -> String {
    "\(hasSlash ? "/" : "")\(prefix)%\(suffix)"
  }
}
