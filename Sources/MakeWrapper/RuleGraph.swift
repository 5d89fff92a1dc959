import DMakefile
import Model

/// The rules of a policy for the nodes and processes that are there, as rounds see them.
///
/// Names are make's: paths below ROOT, hidden ones for values. A rule is one instance, with `%` filled in. Each name
/// has its number, ``Vertex``, by which look-ups cost the same however many rules there are. A graph never changes,
/// and as an object it costs nothing to pass on.
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
    /// The files whose values it sets by assignments, as far as its text tells.
    let assigned: Set<TreePath>
    /// What a slice is written from; nil in tests of the planning.
    let goal: Goal?

    init(
      target: String, place: SourcePlace, signature: Digest, prerequisites: [String], orderOnly: [String],
      output: ValueReference?, isPhony: Bool, isAlwaysDue: Bool = false, alsoMakes: [String] = [],
      assigned: Set<TreePath> = [], goal: Goal? = nil
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
      self.assigned = assigned
      self.goal = goal
    }

    /// Whether it makes its target only by assignments.
    var onlyAssigns: Bool { goal?.assignsOnly == true }
  }

  /// What leads from vertex to vertex, by their numbers.
  struct Edges: Sendable {
    /// What a rule reads, in the order of its prerequisites; what only is to be there before.
    var needs: [[Vertex]] = []
    var orders: [[Vertex]] = []
    /// Who has a name among the prerequisites, order-only ones excepted.
    var readers: [[Vertex]] = []
    /// Who only wants a name to be made before.
    var followers: [[Vertex]] = []
    /// The inputs that a file holds.
    var inputsOfPath: [TreePath: [Vertex]] = [:]
  }

  /// Rules with a recipe, in the order of their targets. Theirs are the first vertices.
  let rules: [Rule]
  /// What rules read and no rule makes, in the order of make's names for it. Theirs are the next vertices.
  let inputs: [ValueReference]
  /// Targets that must not be made, because their node is absent.
  let absentTargets: Set<String>
  /// Rules that run in every round.
  let alwaysDue: VertexSet
  /// Values that make puts into texts, see ``HiddenSpace``.
  let readAsText: VertexSet
  let edges: Edges
  /// Of each vertex.
  private let names: [String]
  private let vertices: [String: Vertex]

  convenience init(rules: [Rule], inputs: [String: ValueReference], absentTargets: Set<String> = []) {
    let rules = Self.unique(rules)
    let targets = Set(rules.lazy.map(\.target))
    let sorted = inputs.filter { !targets.contains($0.key) }.sorted { $0.key < $1.key }
    var names = rules.map(\.target) + sorted.map(\.key)
    var vertices = Dictionary(
      zip(names, names.indices.map(Vertex.init(number:))), uniquingKeysWith: { first, _ in first })
    var edges = Edges()
    func vertex(_ name: String) -> Vertex {
      if let known = vertices[name] { return known }
      let new = Vertex(number: names.count)
      names.append(name)
      vertices[name] = new
      return new
    }
    for rule in rules {
      edges.needs.append(rule.prerequisites.map(vertex))
      edges.orders.append(rule.orderOnly.map(vertex))
    }
    edges.readers = Self.reversed(edges.needs, count: names.count)
    edges.followers = Self.reversed(edges.orders, count: names.count)
    for (number, input) in sorted.enumerated() {
      edges.inputsOfPath[input.value.path, default: []].append(Vertex(number: rules.count + number))
    }
    self.init(
      rules: rules, inputs: sorted.map(\.value), absentTargets: absentTargets, names: names, vertices: vertices,
      edges: edges)
  }

  private init(
    rules: [Rule], inputs: [ValueReference], absentTargets: Set<String>, names: [String],
    vertices: [String: Vertex], edges: Edges
  ) {
    self.rules = rules
    self.inputs = inputs
    self.absentTargets = absentTargets
    self.names = names
    self.vertices = vertices
    self.edges = edges
    readAsText = VertexSet(rules.flatMap { $0.goal?.textReads ?? [] }.compactMap { vertices[$0] })
    alwaysDue = VertexSet(rules.indices.filter { rules[$0].isAlwaysDue }.map(Vertex.init(number:)))
  }

  /// A copy that knows other edges; for tests.
  func with(_ edges: Edges) -> RuleGraph {
    RuleGraph(
      rules: rules, inputs: inputs, absentTargets: absentTargets, names: names, vertices: vertices,
      edges: edges)
  }

  /// In the order of their targets; of several with one target the last.
  private static func unique(_ rules: [Rule]) -> [Rule] {
    let isInOrder = zip(rules, rules.dropFirst()).allSatisfy { $0.target < $1.target }
    if isInOrder { return rules }
    return Dictionary(rules.map { ($0.target, $0) }, uniquingKeysWith: { $1 }).values
      .sorted { $0.target < $1.target }
  }

  private static func reversed(_ edges: [[Vertex]], count: Int) -> [[Vertex]] {
    var reversed = [[Vertex]](repeating: [], count: count)
    for (number, ends) in edges.enumerated() {
      for end in ends { reversed[end.number].append(Vertex(number: number)) }
    }
    return reversed
  }
}

extension RuleGraph {
  /// Nil for a name that no rule has and none needs.
  func vertex(of name: String) -> Vertex? { vertices[name] }
  func vertices(of names: some Sequence<String>) -> VertexSet { VertexSet(names.compactMap { vertices[$0] }) }
  func name(of vertex: Vertex) -> String { names[vertex.number] }

  var allRules: VertexSet { VertexSet(first: rules.count) }
  func isRule(_ vertex: Vertex) -> Bool { vertex.number < rules.count }
  func rule(_ vertex: Vertex) -> Rule? { isRule(vertex) ? rules[vertex.number] : nil }
  func rule(named target: String) -> Rule? { vertices[target].flatMap(rule) }
  func contains(_ target: String) -> Bool { rule(named: target) != nil }
  func isRuleOrInput(_ name: String) -> Bool { (vertices[name]?.number ?? .max) < allInputs.upperBound }
  func isAbsentTarget(_ name: String) -> Bool { absentTargets.contains(name) }

  var allInputs: Range<Int> { rules.count..<(rules.count + inputs.count) }
  /// What is read by the name; nil for a rule's target, and for what only stands for others.
  func input(_ vertex: Vertex) -> ValueReference? {
    allInputs.contains(vertex.number) ? inputs[vertex.number - rules.count] : nil
  }
  func input(named name: String) -> ValueReference? { vertices[name].flatMap(input) }
  /// The inputs that the file holds.
  func inputs(of path: TreePath) -> [Vertex] { edges.inputsOfPath[path] ?? [] }

  /// What is another input in the next pass when the rule has made something else: values of its file, and the file
  /// of its values.
  func valuesAfterPass(of vertex: Vertex) -> [Vertex] {
    guard let rule = rule(vertex) else { return [] }
    var paths = rule.assigned
    if let path = rule.output?.path { paths.insert(path) }
    return paths.flatMap(inputs(of:))
  }

  /// What the rule reads, in the order of its prerequisites.
  func needs(of rule: Vertex) -> [Vertex] { edges.needs[rule.number] }
  /// What the rule wants only to be there before.
  func orders(of rule: Vertex) -> [Vertex] { edges.orders[rule.number] }
  var hasOrders: Bool { edges.orders.contains { !$0.isEmpty } }
  /// The rules that only want it to be there before.
  func followers(of vertex: Vertex) -> [Vertex] { edges.followers[vertex.number] }
  /// The rules that read it directly.
  func readers(of vertex: Vertex) -> [Vertex] { edges.readers[vertex.number] }

  /// Whoever wants it to be there first, readers included.
  func successors(of vertex: Vertex) -> [Vertex] {
    let followers = followers(of: vertex)
    return followers.isEmpty ? readers(of: vertex) : readers(of: vertex) + followers
  }

  /// The vertices and every rule that depends on one of them, however far.
  func closure(of vertices: some Sequence<Vertex>) -> VertexSet { reach(from: vertices, readers(of:)) }

  /// The vertices and everything that `next` leads to.
  func reach(from vertices: some Sequence<Vertex>, _ next: (Vertex) -> [Vertex]) -> VertexSet {
    var waiting = Array(vertices)
    var found = VertexSet(waiting)
    while let vertex = waiting.popLast() {
      for further in next(vertex) where found.insert(further) { waiting.append(further) }
    }
    return found
  }

  /// The first components of all paths that the policy speaks of as a node's.
  var mentionedNodes: Set<String> {
    let paths =
      Array(edges.inputsOfPath.keys) + rules.compactMap { $0.output?.path }
      + absentTargets.compactMap { try? TreePath($0) }
    return Set(paths.filter(Presence.speaksOfNode).map { String($0.top) })
  }
}
