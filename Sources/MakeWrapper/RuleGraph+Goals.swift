import DMakefile
import Model

extension RuleGraph {
  /// The rules of a round with these members, from make's database as the language module reads it.
  convenience init(
    _ graph: Graph, goals: [Goal], policy: MakePolicy, presence: Presence
  ) throws(AnalysisLimit) {
    try Groups.check(goals)
    let groups = Groups(goals)
    var use = policy.otherFilesDigest.map { (digest: $0, rules: BundleUse(graph, names: policy.otherNames)) }
    var inputs = Self.inputs(of: goals)
    var presence = presence
    let paths = inputs.values.map(\.path) + goals.compactMap { $0.output?.reference.path }
    presence.setMentioned(Set(paths.filter(Presence.speaksOfNode).map { String($0.top) }))
    presence.setPlain(Set(graph.plainFolders))
    var rules: [Rule] = []
    var absent: Set<String> = []
    for goal in goals {
      if goal.recipe == nil { continue }
      if let reference = goal.output?.reference, presence.isNodeAbsent(reference.path) {
        absent.insert(goal.target)
        inputs[goal.target] = reference
        continue
      }
      let files = use?.rules.mayUse(goal) == true ? use?.digest : nil
      rules.append(Rule(goal, files, groups, policy))
    }
    let made = MadeNames(graph.database)
    for (name, reference) in inputs where presence.isNodeAbsent(reference.path) && made.contains(name) {
      absent.insert(name)
    }
    self.init(rules: rules, inputs: inputs, absentTargets: absent)
  }

  /// What the goals need and none of them makes, and the values that recipes read.
  private static func inputs(of goals: [Goal]) -> [String: ValueReference] {
    var made = Set(goals.lazy.map(\.target))
    for goal in goals where !goal.alsoMakes.isEmpty { made.formUnion(goal.alsoMakes) }
    var inputs: [String: ValueReference] = [:]
    func add(_ name: String) { if inputs[name] == nil { inputs[name] = HiddenSpace.name(name)?.reference } }
    for goal in goals {
      for name in goal.prerequisites where !made.contains(name) { add(name) }
      for name in goal.orderOnly where !made.contains(name) { add(name) }
      goal.recipeReads.forEach(add)
    }
    return inputs
  }
}

extension RuleGraph.Rule {
  /// `files` are those of the bundle that it may use.
  fileprivate convenience init(_ goal: Goal, _ files: Digest?, _ groups: Groups, _ policy: MakePolicy) {
    var signature = goal.signature
    if let files { signature = Digest(of: signature.bytes + files.bytes) }
    let (prerequisites, isAlwaysDue, _) = groups.flattened(goal.prerequisites)
    self.init(
      target: goal.target,
      place: goal.place.map { policy.place($0.file, $0.line) } ?? SourcePlace(file: Bundle.policyFile, line: 0),
      signature: signature, prerequisites: prerequisites,
      orderOnly: groups.flattened(goal.orderOnly).names,
      output: goal.isPhony ? nil : goal.output?.reference, isPhony: goal.isPhony, isAlwaysDue: isAlwaysDue,
      alsoMakes: goal.alsoMakes, assigned: Set(goal.assigned.map(\.path)), goal: goal)
  }
}

/// Targets without a recipe, which only stand for their own prerequisites, and phony ones.
struct Groups {
  /// How many names all rules may need, groups counted by what is in them. A few lists of thousands that need each
  /// other by way of groups are more than any memory.
  private static let needLimit = 20_000_000

  private let members: [String: [String]]
  private let phony: Set<String>
  private var isEmpty: Bool { members.isEmpty && phony.isEmpty }

  init(_ goals: [Goal]) {
    members = Dictionary(
      goals.filter { $0.recipe == nil }.map { ($0.target, $0.prerequisites) }, uniquingKeysWith: +)
    phony = Set(goals.filter(\.isPhony).map(\.target))
  }

  static func check(_ goals: [Goal]) throws(AnalysisLimit) {
    guard goals.contains(where: { $0.recipe == nil }) else { return }
    let groups = Groups(goals)
    var count = 0
    for goal in goals where goal.recipe != nil {
      count += groups.flattened(goal.prerequisites).steps + groups.flattened(goal.orderOnly).steps
      if count > needLimit {
        throw AnalysisLimit(place: goal.place, target: HiddenSpace.shown(goal.target))
      }
    }
  }

  /// The names, each once, with groups replaced by what is in them, whether one of them makes its dependents run
  /// always, and how many were looked at.
  func flattened(_ names: [String]) -> (names: [String], isAlwaysDue: Bool, steps: Int) {
    if isEmpty, names.count < 2 || Set(names).count == names.count { return (names, false, names.count) }
    var result: [String] = []
    var isAlwaysDue = false
    var seen: Set<String> = []
    var next = Array(names.reversed())
    var steps = 0
    while let name = next.popLast() {
      steps += 1
      guard seen.insert(name).inserted else { continue }
      let inner = members[name]
      if phony.contains(name) || inner?.isEmpty == true { isAlwaysDue = true }
      if let inner { next += inner.reversed() } else { result.append(name) }
    }
    return (result, isAlwaysDue, steps)
  }
}

/// The names that make has a rule for, whatever the wrapper wants of it.
private struct MadeNames {
  private let explicit: Set<String>
  private let patterns: [(head: Substring, tail: Substring)]

  init(_ database: Database) {
    explicit = Set(database.rules.filter { $0.isTarget && $0.recipe != nil }.flatMap(\.targets))
    patterns = database.patterns.flatMap(\.targets).compactMap { target in
      target.firstIndex(of: "%").map { (target[..<$0], target[target.index(after: $0)...]) }
    }
  }

  func contains(_ name: String) -> Bool {
    explicit.contains(name)
      || patterns.contains { name.hasPrefix($0.head) && name.hasSuffix($0.tail) && $0.tail.contains("/") }
  }
}
