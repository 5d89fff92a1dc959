import DMakefile
import Model

extension RuleGraph {
  /// The rules of a round with these members, from make's database as the language module reads it.
  init(_ graph: Graph, goals: [Goal], policy: MakePolicy, members: [NodeName], tree: Tree) {
    let groups = Dictionary(
      goals.filter { $0.recipe == nil }.map { ($0.target, $0.prerequisites) }, uniquingKeysWith: +)
    let leaves = graph.leaves(of: goals)
    let names = leaves.elements + goals.flatMap(\.recipeReads)
    let read = names.compactMap { name in HiddenSpace.name(name).map { (name, $0.reference) } }
    var inputs = SortedMap(read)
    let presence = Presence(
      tree: tree, members: members,
      mentioned: inputs.values.map(\.path) + goals.compactMap { $0.output?.reference.path })
    var rules: [Rule] = []
    var absent: [String] = []
    for goal in goals {
      guard let recipe = goal.recipe else { continue }
      if let reference = goal.output?.reference, presence.isNodeAbsent(reference.path) {
        absent.append(goal.target)
        inputs[goal.target] = reference
        continue
      }
      rules.append(Rule(goal, recipe, groups, policy))
    }
    let targets = Set(rules.map(\.target))
    self.init(rules: rules, inputs: inputs.filter { name, _ in !targets.contains(name) }, absentTargets: absent)
  }
}

extension RuleGraph.Rule {
  init(_ goal: Goal, _ recipe: String, _ groups: [String: [String]], _ policy: MakePolicy) {
    let orderOnly = Set(goal.orderOnly)
    var signature = goal.signature
    if let programs = policy.programs(in: recipe) { signature = Digest(of: signature.bytes + programs.bytes) }
    self.init(
      target: goal.target, place: goal.place ?? SourcePlace(file: Bundle.policyFile, line: 0),
      signature: signature,
      prerequisites: Self.flattened(goal.prerequisites.filter { !orderOnly.contains($0) }, groups),
      orderOnly: goal.orderOnly, output: goal.isPhony ? nil : goal.output?.reference, isPhony: goal.isPhony,
      alsoMakes: goal.alsoMakes)
  }

  /// A target without a recipe only stands for its own prerequisites.
  private static func flattened(_ names: [String], _ groups: [String: [String]]) -> [String] {
    var result: [String] = []
    var seen: Set<String> = []
    var next = Array(names.reversed())
    while let name = next.popLast() {
      guard seen.insert(name).inserted else { continue }
      if let members = groups[name] { next += members.reversed() } else { result.append(name) }
    }
    return result
  }
}
