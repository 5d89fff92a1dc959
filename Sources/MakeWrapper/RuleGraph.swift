import DMakefile
import Model

/// The rules of a policy for the nodes and processes that are there, as rounds see them.
///
/// Names are make's: paths below ROOT, hidden ones for values. A rule is one instance, with `%` filled in. Look-ups
/// cost the same however many rules there are.
///
/// It never changes, and as an object it costs nothing to pass on; so do its rules.
final class RuleGraph: Sendable {
  static let empty = RuleGraph(rules: [], inputs: [:])

  final class Rule: Sendable {
    let target: String
    let place: SourcePlace
    /// Of everything that makes it the rule it is: recipe and prerequisites' names.
    let signature: Digest
    /// In make's order, groups replaced by what is in them; order-only ones are apart.
    let prerequisites: [String]
    let orderOnly: [String]
    /// What it makes: a file or a tag of one; nil for a target that is no file of the tree.
    let output: ValueReference?
    let isPhony: Bool
    /// Whether make runs it whenever it looks at it: a prerequisite is phony, or a target that never is a file.
    let isAlwaysDue: Bool
    /// Further targets of the same run of the recipe.
    let alsoMakes: [String]
    /// What a slice is written from; nil in tests of the planning.
    let goal: Goal?

    init(
      target: String, place: SourcePlace, signature: Digest, prerequisites: [String], orderOnly: [String],
      output: ValueReference?, isPhony: Bool, isAlwaysDue: Bool = false, alsoMakes: [String] = [],
      goal: Goal? = nil
    ) {
      self.target = target
      self.place = place
      self.signature = signature
      self.prerequisites = prerequisites
      self.orderOnly = orderOnly
      self.output = output
      self.isPhony = isPhony
      self.isAlwaysDue = isAlwaysDue
      self.alsoMakes = alsoMakes
      self.goal = goal
    }
  }

  /// Rules with a recipe, by target.
  let rules: [String: Rule]
  /// Their targets, in order.
  let targets: [String]
  /// What rules read and no rule makes, by make's name for it.
  let inputs: [String: ValueReference]
  /// Targets that must not be made, because their node is absent.
  let absentTargets: Set<String>
  /// Rules that run in every round.
  let alwaysDue: [String]
  /// The names of the inputs that a file holds.
  let inputsOfPath: [TreePath: [String]]
  /// Who has a name among the prerequisites, order-only ones excepted.
  let dependents: [String: [String]]
  /// Who only wants a name to be made before.
  let followers: [String: [String]]

  convenience init(rules: [Rule], inputs: [String: ValueReference], absentTargets: [String] = []) {
    var dependents: [String: [String]] = [:]
    var followers: [String: [String]] = [:]
    for rule in rules {
      for name in rule.prerequisites { dependents[name, default: []].append(rule.target) }
      for name in rule.orderOnly { followers[name, default: []].append(rule.target) }
    }
    var inputsOfPath: [TreePath: [String]] = [:]
    for (name, reference) in inputs { inputsOfPath[reference.path, default: []].append(name) }
    self.init(
      rules: Dictionary(rules.map { ($0.target, $0) }, uniquingKeysWith: { $1 }), inputs: inputs,
      absentTargets: Set(absentTargets), inputsOfPath: inputsOfPath.mapValues { $0.sorted() },
      dependents: dependents, followers: followers)
  }

  private init(
    rules: [String: Rule], inputs: [String: ValueReference], absentTargets: Set<String>,
    inputsOfPath: [TreePath: [String]], dependents: [String: [String]], followers: [String: [String]]
  ) {
    self.rules = rules
    targets = rules.keys.sorted()
    alwaysDue = rules.values.filter(\.isAlwaysDue).map(\.target).sorted()
    self.inputs = inputs
    self.absentTargets = absentTargets
    self.inputsOfPath = inputsOfPath
    self.dependents = dependents
    self.followers = followers
  }

  /// A copy that knows other edges; for tests.
  func with(
    dependents: [String: [String]]? = nil, followers: [String: [String]]? = nil,
    inputsOfPath: [TreePath: [String]]? = nil
  ) -> RuleGraph {
    RuleGraph(
      rules: rules, inputs: inputs, absentTargets: absentTargets,
      inputsOfPath: inputsOfPath ?? self.inputsOfPath, dependents: dependents ?? self.dependents,
      followers: followers ?? self.followers)
  }

  func contains(_ target: String) -> Bool { rules[target] != nil }
  func isAbsentTarget(_ name: String) -> Bool { absentTargets.contains(name) }

  /// The rules that read `name` directly.
  func readers(of name: String) -> [String] { dependents[name] ?? [] }

  /// Whoever wants `name` to be there first, readers included.
  func successors(of name: String) -> [String] { (dependents[name] ?? []) + (followers[name] ?? []) }

  /// make's names of what is read of the file.
  func inputNames(of path: TreePath) -> [String] { inputsOfPath[path] ?? [] }

  /// `names` and every rule that depends on one of them, however far.
  func closure(of names: some Sequence<String>) -> Set<String> { reach(from: names, readers(of:)) }

  /// `names` and everything that `next` leads to.
  func reach(from names: some Sequence<String>, _ next: (String) -> [String]) -> Set<String> {
    var found = Set(names)
    var waiting = Array(found)
    while let name = waiting.popLast() {
      for further in next(name) where found.insert(further).inserted { waiting.append(further) }
    }
    return found
  }

  /// The first components of all paths that the policy speaks of as a node's.
  var mentionedNodes: Set<String> {
    let paths =
      Array(inputsOfPath.keys) + rules.values.compactMap { $0.output?.path }
      + absentTargets.compactMap { try? TreePath($0) }
    return Set(paths.filter(Presence.speaksOfNode).map { String($0.top) })
  }
}
