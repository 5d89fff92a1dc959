import Model

/// The variables that rules inherit: make hands those of a target, unless they are private, on to what it makes for
/// it. Of several targets that need a file, the first by name with something to hand on counts, so that it does not
/// matter which of them run.
struct Inheritance {
  private let graph: Graph
  private let all: [Goal]
  private let budget: AnalysisBudget
  private let variables: RecipeVariables
  /// From whom each target inherits.
  private var source = SortedMap<String, String>()
  /// What targets hand on, with what they inherit.
  private var handedOn = SortedMap<String, VariableScope>()

  init(_ graph: Graph, _ goals: [Goal], _ budget: AnalysisBudget) {
    self.graph = graph
    self.budget = budget
    all = goals
    variables = RecipeVariables(graph)
    if !variables.isEmpty {
      find(SortedMap(goals.sorted { $0.target < $1.target }.map { ($0.target, $0) }))
    }
  }

  private mutating func find(_ goals: SortedMap<String, Goal>) {
    var waiting = goals.keys.filter { !variables.handedOn(by: $0).isEmpty }
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

  /// The goals, with what their recipes find at targets. In a long chain each inherits from all before it.
  mutating func goals(recipe: (Goal) -> RecipeText) throws(AnalysisLimit) -> [Goal] {
    if variables.isEmpty { return all }
    var result: [Goal] = []
    for goal in all {
      let scope = inherited(by: goal.target)
      let used = variables.used(by: recipe(goal), of: goal.target, inheriting: scope)
      let digest = used.isEmpty ? nil : Digest(of: Array(RecipeText.text(of: used, in: graph, budget).utf8))
      if budget.isSpent { throw AnalysisLimit(place: goal.place, target: HiddenSpace.shown(goal.target)) }
      result.append(scope.isEmpty && digest == nil ? goal : goal.finding(digest, inheriting: scope))
    }
    return result
  }

  private mutating func inherited(by target: String) -> VariableScope {
    var way: [String] = []
    var seen: SortedSet<String> = [target]
    var name = target
    while let next = source[name], !seen.contains(next) {
      seen.insert(next)
      way.append(next)
      name = next
      if handedOn[next] != nil { break }
    }
    var scope = VariableScope()
    for name in way.reversed() {
      if let known = handedOn[name] {
        scope = known
      } else {
        scope = variables.handedOn(by: name, inheriting: scope)
        guard budget.spend(names: scope.texts) else { break }
        handedOn[name] = scope
      }
    }
    return scope
  }
}
