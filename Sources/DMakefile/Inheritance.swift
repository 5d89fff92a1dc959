import Model

/// The variables that rules inherit: make hands those of a target, unless they are private, on to what it makes for
/// it. Of several targets that need a file, the first by name with something to hand on counts, so that it does not
/// matter which of them run.
struct Inheritance {
  private let graph: Graph
  private let all: [Goal]
  private let budget: AnalysisBudget
  /// What each target hands on of its own.
  private var own = SortedMap<String, [TargetVariable]>()
  /// From whom each target inherits.
  private var source = SortedMap<String, String>()

  init(_ graph: Graph, _ goals: [Goal], _ budget: AnalysisBudget) {
    self.graph = graph
    self.budget = budget
    all = goals
    var ofTargets = SortedMap<String, [TargetVariable]>()
    for rule in graph.database.rules where !rule.variables.isEmpty {
      ofTargets[rule.target, default: []] += rule.variables
    }
    for goal in goals {
      let variables = (ofTargets[goal.target] ?? []) + graph.patternVariables(of: goal.target)
      let handedOn = variables.filter { !$0.isPrivate }
      if !handedOn.isEmpty { own[goal.target] = handedOn }
    }
    find(SortedMap(goals.sorted { $0.target < $1.target }.map { ($0.target, $0) }))
  }

  private mutating func find(_ goals: SortedMap<String, Goal>) {
    var waiting = own.keys
    var carriers = SortedSet(waiting)
    while let name = waiting.popLast() {
      guard let goal = goals[name] else { continue }
      for need in goal.prerequisites + goal.orderOnly where need != name && goals[need] != nil {
        if source[need].map({ Self.isBefore(name, $0) }) ?? true { source[need] = name }
        if carriers.contains(need) { continue }
        carriers.insert(need)
        waiting.append(need)
      }
    }
  }

  /// By the names that the policy has.
  private static func isBefore(_ name: String, _ other: String) -> Bool {
    HiddenSpace.shown(name) < HiddenSpace.shown(other)
  }

  /// The goals, those that inherit with where from. In a long chain each inherits from all before it.
  func goals() throws(AnalysisLimit) -> [Goal] {
    if own.isEmpty { return all }
    let digests = SortedMap(
      own.map { ($0, Digest(of: Array(RecipeText.text(of: $1, in: graph, budget).utf8))) })
    var result: [Goal] = []
    for goal in all {
      let context = context(of: goal.target)
      let digest = Digest(of: context.flatMap { digests[$0]?.bytes ?? [] })
      if budget.isSpent { throw AnalysisLimit(place: goal.place, target: HiddenSpace.shown(goal.target)) }
      result.append(context.isEmpty ? goal : goal.inheriting(from: context, digest))
    }
    return result
  }

  private func context(of target: String) -> [String] {
    var result: [String] = []
    var seen: SortedSet<String> = [target]
    var name = target
    while let next = source[name], !seen.contains(next),
      budget.spend(next.utf8.count + AnalysisBudget.nameSteps)
    {
      seen.insert(next)
      result.append(next)
      name = next
    }
    return result.reversed()
  }
}
