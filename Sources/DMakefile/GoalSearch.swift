import Model

/// Finds what a round makes: the targets that the policy wants, and whatever these need.
///
/// As in make, a name that an explicit rule mentions stands for itself, and of the names that only follow from pattern
/// rules none comes by the same rule twice (GNU make manual, "Chains of Implicit Rules"): what makes `a.in` from
/// `a.in.in` would never end. Shorter chains come first.
struct GoalSearch {
  /// A name that is needed, and the last of the pattern rules by which it is.
  private struct Need {
    let name: String
    let chain: Int?
  }

  /// A pattern rule, and the one whose target needed this one's.
  private struct Link {
    let pattern: Int
    let next: Int?
  }

  private let graph: Graph
  private let index: RuleIndex
  private let present: SortedSet<NodeName>
  private let wanted: SortedSet<String>
  private let annotations: AnnotationIndex
  private let budget: AnalysisBudget
  private var links: [Link] = []
  private var waiting: [Need]
  /// What waits or has waited. What nothing makes is not looked for again either, for thousands of rules may need it.
  private var seen: SortedSet<String>
  private var recipes = SortedMap<String, RecipeText>()
  private var found: [Goal] = []

  /// `wanted` are the policy's own names, sorted.
  init(
    _ graph: Graph, _ index: RuleIndex, wanted: SortedSet<String>, present: SortedSet<NodeName>,
    budget: AnalysisBudget
  ) {
    self.graph = graph
    self.index = index
    self.present = present
    self.wanted = wanted
    self.budget = budget
    annotations = AnnotationIndex(graph.translation.annotations)
    waiting = wanted.map { Need(name: $0, chain: nil) }
    seen = wanted
  }

  /// The goals, without what they inherit.
  mutating func run() throws(AnalysisLimit) -> [Goal] {
    var next = 0
    while next < waiting.count {
      let need = waiting[next]
      next += 1
      let isWanted = wanted.contains(need.name)
      guard isWanted || !graph.isUnderAbsentNode(need.name, present) else { continue }
      let goal = goal(need, isWanted: isWanted)
      if budget.isSpent { throw AnalysisLimit(place: goal?.place, target: HiddenSpace.shown(need.name)) }
      if let goal { found.append(goal) }
    }
    return found
  }

  /// The goal for a name; nil if no rule makes it. What it needs waits then.
  private mutating func goal(_ need: Need, isWanted: Bool) -> Goal? {
    let target = need.name
    let explicit = index.rules(of: target)
    let name = HiddenSpace.name(target)
    var rule = explicit.first { $0.recipe != nil } ?? explicit.first
    var stem = rule?.stem
    var places = explicit.map(\.place)
    var prerequisites = explicit.flatMap { $0.completed($0.prerequisites) }
    var orderOnly = explicit.flatMap { $0.completed($0.orderOnly) }
    var alsoMakes = explicit.flatMap(\.alsoMakes)
    var pattern: [String] = []
    let isPhony = explicit.contains(where: \.isPhony)
    var chain: Int?
    if rule?.recipe == nil, !isPhony, isWanted || !(name?.isOfAgents ?? false),
      let found = index.pattern(of: target, unless: { isUsed($0, in: need.chain) })
    {
      let (implicit, match) = (found.rule, found.match)
      rule = implicit
      stem = match.stem
      places.append(implicit.place)
      prerequisites = implicit.prerequisites.map(match.apply) + prerequisites
      orderOnly = implicit.orderOnly.map(match.apply) + orderOnly
      alsoMakes = implicit.targets.map(match.apply).filter { $0 != target }
      pattern = implicit.targets
      links.append(Link(pattern: found.number, next: need.chain))
      chain = links.count - 1
    }
    budget.spend(names: prerequisites)
    budget.spend(names: orderOnly)
    budget.spend(names: alsoMakes)
    guard let rule, budget.spend(names: [target]) else { return nil }
    let recipe = explicit.count > 1 ? explicit.compactMap(\.recipe).joined(separator: "\n") : rule.recipe
    let text = recipeText(recipe ?? "")
    budget.spend(graph.database.patternVariables.count * AnalysisBudget.nameSteps)
    let draft = GoalDraft(
      graph: graph, target: target, recipe: text, stem: stem, prerequisites: prerequisites,
      orderOnly: orderOnly, templateValues: values(for: text, of: target), budget: budget)
    for name in draft.prerequisites + draft.orderOnly { wait(for: name, chain) }
    for name in alsoMakes { wait(for: name, need.chain) }
    return Goal(
      target: target, output: name, place: rule.place, recipe: recipe, stem: stem,
      prerequisites: draft.prerequisites, orderOnly: draft.orderOnly, recipeReads: draft.recipeReads,
      textReads: draft.textReads, assigned: draft.assigned, isPhony: isPhony, alsoMakes: alsoMakes,
      signature: draft.signature,
      assignsOnly: text.assignsOnly, pattern: pattern,
      annotations: annotations.ofRules(at: places.compactMap { $0 }))
  }

  /// The variables that hold values for a recipe that `$(eval …)` made.
  private func values(for recipe: RecipeText, of target: String) -> [TargetVariable] {
    if recipe.templateVariables.isEmpty { return [] }
    let ofPatterns = graph.database.patternVariables.filter { recipe.templateVariables.contains($0.name) }
    return index.variables(of: target).filter { recipe.templateVariables.contains($0.name) }
      + ofPatterns.map(graph.targetVariable)
  }

  private mutating func wait(for name: String, _ chain: Int?) {
    guard !seen.contains(name) else { return }
    seen.insert(name)
    waiting.append(Need(name: name, chain: chain != nil && index.named.contains(name) ? nil : chain))
  }

  private func isUsed(_ pattern: Int, in chain: Int?) -> Bool {
    var next = chain
    while let position = next {
      if links[position].pattern == pattern { return true }
      next = links[position].next
    }
    return false
  }

  mutating func recipeText(_ recipe: String) -> RecipeText {
    if let known = recipes[recipe] { return known }
    let text = RecipeText(recipe, graph, budget)
    recipes[recipe] = text
    return text
  }
}

/// Which annotations are about a rule, without a look at all of them for each.
private struct AnnotationIndex {
  private let annotations: [Annotation]
  /// The first lines of rules, sorted, each with the positions of what stands above it.
  private let rules: [(first: SourcePlace, positions: [Int])]

  init(_ annotations: [Annotation]) {
    self.annotations = annotations
    var positions = SortedMap<SourcePlace, [Int]>()
    for (position, annotation) in annotations.enumerated() {
      guard let lines = annotation.ruleLines else { continue }
      let first = SourcePlace(file: annotation.place.file, line: lines.lowerBound)
      positions[first, default: []].append(position)
    }
    rules = positions.map { ($0, $1) }
  }

  /// In the order of the text.
  func ofRules(at places: [SourcePlace]) -> [Annotation] {
    if rules.isEmpty { return [] }
    let found = places.flatMap { place in
      nearest(to: place).filter { annotations[$0].isAbout(ruleAt: place) }
    }
    return SortedSet(found).map { annotations[$0] }
  }

  /// Those of the last rule that begins at the place or before it.
  private func nearest(to place: SourcePlace) -> [Int] {
    var low = 0
    var high = rules.count
    while low < high {
      let middle = (low + high) / 2
      if rules[middle].first <= place { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? [] : rules[low - 1].positions
  }
}

extension DatabaseRule {
  /// Names of a static pattern rule with the stem wherever `%` stands.
  fileprivate func completed(_ names: [String]) -> [String] {
    guard let stem else { return names }
    return names.map { Pattern.Match.complete($0, stem) }
  }
}

extension HiddenName {
  /// Files that agents and DMake write: no pattern makes them because it happens to match.
  fileprivate var isOfAgents: Bool {
    if case .value = self { return true }
    return reference.path.isWrittenByAgents
  }
}
