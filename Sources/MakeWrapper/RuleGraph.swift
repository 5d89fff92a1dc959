import Model

/// The rules of a policy for the nodes and processes that are there, as the planning of rounds sees them.
///
/// Names are make's: paths below ROOT, hidden ones for values. A rule is one instance, with `%` filled in.
struct RuleGraph: Equatable, Sendable {
  static let empty = RuleGraph(rules: [], inputs: [:])

  struct Rule: Equatable, Sendable {
    let target: String
    let place: SourcePlace
    /// Of everything that makes it the rule it is: recipe and prerequisites' names.
    let signature: Digest
    /// In make's order; order-only ones are apart.
    let prerequisites: [String]
    let orderOnly: [String]
    /// What it makes: a file or a tag of one; nil for a target that is no file of the tree.
    let output: ValueReference?
    let isPhony: Bool
    /// Whether make runs it whenever it looks at it: a prerequisite is phony, or a target that never is a file.
    var isAlwaysDue = false
    /// Further targets of the same run of the recipe.
    var alsoMakes: [String] = []
  }

  /// Rules with a recipe, by target.
  let rules: SortedMap<String, Rule>
  /// What rules read and no rule makes, by make's name for it.
  let inputs: SortedMap<String, ValueReference>
  /// Targets that must not be made, because their node is absent.
  let absentTargets: SortedSet<String>
  /// Rules after what they depend on. Of a cycle, which make cuts too, one edge is left out.
  let order: [String]
  /// Who has a name among the prerequisites, order-only ones excepted.
  private let dependents: [String: [String]]

  init(rules: [Rule], inputs: SortedMap<String, ValueReference>, absentTargets: [String] = []) {
    self.rules = SortedMap(rules.map { ($0.target, $0) })
    self.inputs = inputs
    self.absentTargets = SortedSet(absentTargets)
    var dependents: [String: [String]] = [:]
    for rule in self.rules.values {
      for name in rule.prerequisites { dependents[name, default: []].append(rule.target) }
    }
    self.dependents = dependents
    order = Self.ordered(self.rules)
  }

  func isAbsentTarget(_ name: String) -> Bool { absentTargets.contains(name) }

  /// The rules that read `name` directly, in order.
  func readers(of name: String) -> [String] { dependents[name] ?? [] }

  /// `names` and every rule that depends on one of them, however far.
  func closure(of names: some Sequence<String>) -> Set<String> {
    var found = Set(names)
    var next = Array(found)
    while let name = next.popLast() {
      for reader in readers(of: name) where found.insert(reader).inserted { next.append(reader) }
    }
    return found
  }

  /// All paths of the tree that the policy speaks of.
  var mentionedPaths: [TreePath] {
    inputs.values.map(\.path) + rules.values.compactMap { $0.output?.path }
      + absentTargets.compactMap { try? TreePath($0) }
  }

  /// Depth first, without recursion: chains may be long.
  private static func ordered(_ rules: SortedMap<String, Rule>) -> [String] {
    var order: [String] = []
    var entered: Set<String> = []
    for start in rules.keys where entered.insert(start).inserted {
      var path: [(target: String, next: Int)] = [(start, 0)]
      while let (target, next) = path.last {
        let prerequisites = rules[target].map { $0.prerequisites + $0.orderOnly } ?? []
        if next == prerequisites.count {
          order.append(target)
          path.removeLast()
          continue
        }
        path[path.count - 1].next += 1
        let name = prerequisites[next]
        if rules.contains(name), entered.insert(name).inserted { path.append((name, 0)) }
      }
    }
    return order
  }
}
