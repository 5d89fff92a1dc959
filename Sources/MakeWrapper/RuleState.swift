import FileTree
import Model

/// What contents and records say of the rules: which have a reason to run.
struct RuleState {
  let graph: RuleGraph
  let ledger: Ledger
  let tick: Tick
  let digests: ReadDigests
  /// Whether the rule's target is there.
  let exists: (Vertex) -> Bool
  /// Rules that have succeeded in this round: a target that is no file is not made again and again.
  let done: VertexSet
  /// What the order-only prerequisites held when a rule ran in this round.
  let orders: [Vertex: Digest]
  /// Rules that read an event of which an occurrence stands that they have not handled.
  let notified: VertexSet

  /// When what the vertex stands for was last changed.
  func stamp(of vertex: Vertex) -> LogicalStamp {
    guard let rule = graph.rule(vertex) else { return ledger[input: vertex]?.stamp ?? .never }
    let made = ledger[rule: vertex]?.changed ?? .never
    // A file that others' assignments changed is newer than its own rule's last run.
    guard let output = rule.output, output.tag == nil else { return made }
    return max(made, ledger[assembled: output.path]?.stamp ?? .never)
  }

  /// Whether it failed, and its next time has not come.
  func mustWait(_ rule: Vertex) -> Bool {
    guard let failure = ledger[failure: rule] else { return false }
    return !failure.isDue(at: tick, inputs: digests.ofEverything(of: rule))
  }

  /// What the rule reads that is newer than its last run, for people: what it holds decides.
  func newer(_ rule: Vertex) -> [Vertex] {
    let last = ledger[rule: rule]?.stamp ?? .never
    return graph.needs(of: rule).filter { stamp(of: $0) > last }
  }

  /// What is another input in the next pass when the rule has made something else. What a program assigns is known when
  /// it has run once; before, it may be any value.
  func valuesAfterPass(of vertex: Vertex, isProgramUnknown: Bool) -> [Vertex] {
    guard let rule = graph.rule(vertex) else { return [] }
    let values = graph.valuesAfterPass(of: vertex)
    if isProgramUnknown, !rule.onlyAssigns, ledger[rule: vertex]?.signature != rule.signature {
      return values
        + graph.allInputs.lazy.map(Vertex.init).filter { vertex in
          graph.input(vertex).map { $0.tag != nil && !$0.path.isWrittenByAgents } ?? false
        }
    }
    guard let assigned = ledger[assignments: vertex]?.values else { return values }
    return values + Set(assigned.keys.map(\.path)).subtracting(rule.assigned).flatMap(graph.inputs(of:))
  }

  /// Whether the rule has a reason of its own to run.
  func isDue(_ vertex: Vertex) -> Bool {
    guard let rule = graph.rule(vertex) else { return false }
    if ledger[failure: vertex] != nil || notified.contains(vertex) { return true }
    guard let record = ledger[rule: vertex] else { return !rule.isPhony }
    if record.signature != rule.signature || record.read != digests.ofReasons(of: vertex) { return true }
    // It ran in this round, before an order-only prerequisite was what it is now.
    if let order = orders[vertex], order != digests.ofOrder(of: vertex) { return true }
    if done.contains(vertex) { return false }
    return rule.output != nil && !exists(vertex) || rule.isAlwaysDue
  }
}
