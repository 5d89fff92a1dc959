import GroupProtocol
import Model

/// When faults have stopped, every agent ends with exactly the configurations of the tree, the tree with exactly the
/// agents' state files and in them what the policy reads, all events handled, and the members are those that run.
struct ConvergenceChecker: Checker {
  static let name = "the world comes to rest as it should be"

  mutating func observe(_ observation: Observation, at now: Instant) throws(Violation) {}

  mutating func conclude(_ rest: RestingWorld) throws(Violation) {
    let state = rest.leader
    if state.members != rest.nodes.keys || state.nodes.count != rest.nodes.count {
      throw violation("members \(state.members), nodes \(state.nodes.keys), running \(rest.nodes.keys)")
    }
    if !state.events.isEmpty || state.running != nil || !state.problems.isEmpty {
      throw violation("events \(state.events) wait, round \(state.running?.index ?? 0) runs")
    }
    if !state.deferred.isEmpty { throw violation("entries wait without a round") }
    if state != rest.recovered { throw violation("the log gives another state than the leader has") }
    for (node, disk) in rest.nodes { try compare(node, disk, state, rest.interest.part(of: node)) }
    let policies = state.tree.files.filter { $0.path.nodeFile?.isState != true }
    let outputs = SortedMap(policies.map { ($0.path, $0.file.content) })
    if let difference = Self.difference(outputs, rest.wanted) {
      throw violation("the tree is not what the policy wants: \(difference)")
    }
  }

  private func compare(
    _ node: NodeName, _ disk: RestingWorld.Node, _ state: LeaderState, _ interest: NodeInterest
  ) throws(Violation) {
    var delivered = state.delivered(to: node).mapValues(\.content)
    for file in state.nodes[node]?.local.files ?? [] {
      delivered[file] = state.tree[TreePath(node, file)]?.content
    }
    if let difference = Self.difference(disk.delivered, delivered) {
      throw violation("the configuration of \(node) differs from the tree's: \(difference)")
    }
    let wanted = disk.delivered[.config].map { PolicyModel.decode($0) }
    if case .success(let wanted) = wanted, wanted != disk.inForce {
      throw violation("the configuration on the disk of \(node) is not in force")
    }
    let fenced = disk.inForce?.processes.filter { $1.onIsolation == .stop }.keys ?? []
    let inForce = InForce(processes: disk.inForce?.processes.keys ?? [], fenced: fenced)
    if state.nodes[node]?.inForce != inForce {
      throw violation(
        "of \(node) the leader knows \(state.nodes[node]?.inForce ?? .nothing), and it \(inForce)")
    }
    var states = SortedMap<NodeFile, Content>()
    for (path, file) in state.tree.files(of: node) {
      if let place = path.nodeFile, place.isState { states[place] = file.content }
    }
    // Of the rest of a state file the tree may have an older version.
    let known = states.filter { file, content in
      !PolicyModel.areEqual(content, disk.states[file], to: interest[file])
    }
    let real = disk.states.filter { file, content in
      !PolicyModel.areEqual(content, states[file], to: interest[file])
    }
    if let difference = Self.difference(known, real) {
      throw violation("the tree's states of \(node) differ from the node's: \(difference)")
    }
  }

  /// The first difference of what there is from what there should be.
  private static func difference<Key>(
    _ actual: SortedMap<Key, Content>, _ expected: SortedMap<Key, Content>
  ) -> String? {
    var keys = SortedSet(actual.keys)
    keys.formUnion(expected.keys)
    let first = keys.first { actual[$0] != expected[$0] }
    return first.map {
      "\($0) is \(actual[$0]?.description ?? "absent"), should be \(expected[$0]?.description ?? "absent")"
    }
  }
}
