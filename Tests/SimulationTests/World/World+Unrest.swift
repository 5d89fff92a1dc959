import GroupProtocol
import Model

extension World {
  /// One step of unrest, and the plan of the next.
  mutating func stir() throws {
    if isCalm { return }
    agenda.plan(.unrest, after: generator.milliseconds(20...400))
    let agent = generator.number(0...agents.count - 1)
    if chance(options.stateChangesPerMille) { changeState(agent) }
    if chance(options.processEndsPerMille), let name = generator.pick(agents[agent].processes.keys) {
      end(name, agent, after: .zero)
    }
    if chance(options.activationsPerMille) || leader?.state.policies.active == nil {
      try activate(policy: generator.number(0...12))
    }
    if chance(options.streamBreaksPerMille), let stream = generator.pick(network.open.values) {
      breakStream(stream)
    }
    if chance(options.partitionsPerMille), !network.isolated.contains(agent) {
      network.isolate(agent)
      agenda.plan(.partitionEnds(agent), after: generator.milliseconds(500...25_000))
    }
    if chance(options.agentCrashesPerMille) {
      try crashAgent(agent)
      agenda.plan(.agentStarts(agent), after: generator.milliseconds(10...25_000))
    }
    if chance(options.agentStopsPerMille) { try tellAgent(agent, life: agents[agent].life, .stop) }
    if chance(options.agentStandsStillPerMille) {
      // At a moment of its own: what was to happen then anyway would overtake what waits.
      let moment = generator.milliseconds(10...40_000) + .microseconds(generator.number(1...999))
      agents[agent].stillUntil = max(agents[agent].stillUntil, now + moment)
    }
    if chance(options.leaderCrashesPerMille) {
      crashLeader()
      agenda.plan(.leaderStarts, after: generator.milliseconds(10...10_000))
    }
  }

  private mutating func chance(_ perMille: Int) -> Bool { generator.happens(perMille: perMille) }

  private mutating func changeState(_ agent: Int) {
    let known = agents[agent].processes.keys.compactMap { try? NodeFile($0, TreePath.stateFile) }
    if let file = generator.pick(known) { change(file, agent) }
  }

  /// Faults stop: from here on the world must come to rest.
  mutating func calm() throws {
    isCalm = true
    network.isCalm = true
    for agent in agents.indices {
      network.rejoin(agent)
      agenda.plan(.agentStarts(agent), after: .milliseconds(10))
    }
    agenda.plan(.leaderStarts, after: .milliseconds(5))
    try pass(.seconds(1))
    try activate(policy: generator.number(0...12))
  }

  /// Whether nothing is left to do.
  var isAtRest: Bool {
    guard let state = leader?.state else { return false }
    let present = agents.indices.filter { !gone.contains($0) }
    return state.running == nil && !state.isDirty && state.events.isEmpty && state.problems.isEmpty
      && state.tick >= state.quietUntil && state.members == present.map { agents[$0].name }.sorted()
      && present.allSatisfy { agent in
        agents[agent].core?.isLinked == true && agents[agent].core?.isEnded == false
          && agents[agent].delivered == contents(of: agents[agent].name, state)
          && areStatesKnown(of: agent, state)
      }
  }

  private func areStatesKnown(of agent: Int, _ state: LeaderState) -> Bool {
    let node = agents[agent].name
    let part = interest(of: PolicyModel.number(of: state.policies.activeBundle), state.members).part(of: node)
    let known = states(of: node, state)
    return SortedSet(known.keys + agents[agent].states.keys).allSatisfy {
      PolicyModel.areEqual(known[$0], agents[agent].states[$0], to: part[$0])
    }
  }

  private func states(of node: NodeName, _ state: LeaderState) -> SortedMap<NodeFile, Content> {
    var states = SortedMap<NodeFile, Content>()
    for (path, file) in state.tree.files(of: node) {
      if let place = path.nodeFile, place.isState { states[place] = file.content }
    }
    return states
  }

  /// What a node's disk must have: what the leader delivers, and what the node's own rules made.
  func contents(of node: NodeName, _ state: LeaderState) -> SortedMap<NodeFile, Content> {
    var contents = state.delivered(to: node).mapValues(\.content)
    for file in state.nodes[node]?.local.files ?? [] {
      contents[file] = state.tree[TreePath(node, file)]?.content
    }
    return contents
  }

  /// The checkers' last word.
  mutating func conclude() throws {
    guard let state = leader?.state else {
      throw Violation(checker: "world", text: "no leader runs at the end")
    }
    let policy = PolicyModel.number(of: state.policies.activeBundle)
    var wanted = PolicyModel.outputs(policy: policy, tree: state.tree, members: state.members)
    for node in state.members {
      for (path, content) in PolicyModel.localOutputs(policy: policy, tree: state.tree, node: node) {
        wanted[path] = content
      }
    }
    var rest = RestingWorld(
      leader: state, recovered: disk.recovered(through: state.index), wanted: wanted,
      interest: interest(of: policy, state.members), nodes: [:])
    for agent in agents.indices where !gone.contains(agent) {
      rest.nodes[agents[agent].name] = .init(
        delivered: agents[agent].delivered, inForce: agents[agent].core?.currentConfiguration,
        states: agents[agent].states)
    }
    for position in checkers.indices { try checkers[position].conclude(rest) }
  }
}
