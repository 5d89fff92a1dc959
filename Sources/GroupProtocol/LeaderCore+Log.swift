import Model

extension LeaderCore {
  /// The log has what was handed to it, up to `index`: now it counts.
  mutating func applyEntries(through index: LogIndex) -> [LeaderEffect] {
    var effects: [LeaderEffect] = []
    var touched = SortedSet<NodeName>()
    var acknowledged = SortedSet<NodeName>()
    if durableUnderWay <= index { durableIndex = max(durableIndex, durableUnderWay) }
    while state.index < index, !underWay.isEmpty {
      let position = state.index + 1
      let outcomes = state.apply(underWay.removeFirst(), at: position)
      for outcome in outcomes {
        effects += perform(outcome, touched: &touched, acknowledged: &acknowledged)
      }
    }
    for node in acknowledged {
      guard let id = session(of: node), let last = state.nodes[node]?.acknowledged else { continue }
      effects.append(.send(id, [.acknowledged(sequence: last)]))
    }
    for node in touched {
      if let id = session(of: node) { effects += configure(id, resending: false) }
    }
    return effects
  }

  private mutating func perform(
    _ outcome: LeaderState.Outcome, touched: inout SortedSet<NodeName>, acknowledged: inout SortedSet<NodeName>
  ) -> [LeaderEffect] {
    switch outcome {
    case .stored(let changes, let index):
      touched.formUnion(changes.compactMap { try? NodeName(String($0.path.top)) })
      return [.store(changes, index: index)]
    case .decided(let changes):
      touched.formUnion(changes.compactMap { try? NodeName(String($0.path.top)) })
      return []
    case .admitted(let node):
      touched.insert(node)
      return admit(node)
    case .acknowledged(let node):
      acknowledged.insert(node)
      return []
    case .renewed(let nodes):
      return answerHeartbeats(of: nodes)
    case .lost(let node):
      return dismiss(node)
    case .released(let node):
      return [.note(Note(.info, "the loss of a node was handled and its folder is gone", ["node": node.text]))]
    case .activated(let policy, let index):
      let due = activations.filter { $0.index <= index }
      activations.removeAll { $0.index <= index }
      return due.map { .answer($0.request, .activated(policy: policy, index: index)) }
    case .roundBegan(let request):
      return [.startRound(request)]
    case .note(let note):
      return [.note(note)]
    }
  }

  private mutating func admit(_ node: NodeName) -> [LeaderEffect] {
    guard let id = session(of: node), let hello = sessions[id]?.hello else { return [] }
    sessions[id]?.isAdmitted = true
    sessions[id]?.submitted = state.nodes[node]?.acknowledged ?? 0
    return [
      .note(
        Note(.info, "an agent joined", ["node": node.text, "incarnation": String(hello.incarnation)])),
      .send(id, [.welcome(welcome(hello))]),
    ]
  }

  private mutating func answerHeartbeats(of nodes: [NodeName]) -> [LeaderEffect] {
    nodes.compactMap { node in
      guard let id = session(of: node), let session = sessions[id], session.carried > session.answered else {
        return nil
      }
      sessions[id]?.answered = session.carried
      return .send(id, [.answered(heartbeat: session.carried)])
    }
  }

  /// The agent of a lost node, if it still talks, must join anew.
  private mutating func dismiss(_ node: NodeName) -> [LeaderEffect] {
    let note = LeaderEffect.note(Note(.warning, "a node is lost", ["node": node.text]))
    guard let id = session(of: node) else { return [note] }
    sessions[id] = nil
    let refusal = LeaderMessage.refused(
      "node `\(node)` counts as lost; it may join again after that was handled", isFinal: false)
    return [note, .send(id, [refusal]), .close(id)]
  }
}
