import Model

extension LeaderCore {
  /// The log has what was handed to it, up to `index`: now it counts.
  mutating func applyEntries(through index: LogIndex) -> [LeaderEffect] {
    var effects: [LeaderEffect] = []
    var touched = SortedSet<NodeName>()
    var acknowledged = SortedSet<NodeName>()
    while state.index < index, !underWay.isEmpty {
      let position = state.index + 1
      let next = underWay.removeFirst()
      let outcomes = state.apply(next.entry, at: position)
      if next.isDurable { durableIndex = position }
      for outcome in outcomes {
        effects += perform(outcome, touched: &touched, acknowledged: &acknowledged)
      }
      if case .joined(let admission) = next.entry { effects += refuseIfNotAdmitted(admission) }
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
      return nodes.flatMap { answerHeartbeats(of: $0) }
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
    guard let booked = state.nodes[node] else { return [] }
    let waiting = sessions.filter {
      $1.hello?.node == node && $1.hello?.instance == booked.instance
        && $1.hello?.incarnation == booked.incarnation
    }
    guard let id = waiting.last?.key, let hello = sessions[id]?.hello else { return [] }
    sessions[id]?.isAdmitted = true
    sessions[id]?.submitted = booked.acknowledged
    return [
      .note(
        Note(.info, "an agent joined", ["node": node.text, "incarnation": String(hello.incarnation)])),
      .send(id, [.welcome(welcome(hello))]),
    ]
  }

  /// Two agents with one name may say hello before the log has either: the first one in the log is the node.
  private mutating func refuseIfNotAdmitted(_ admission: Admission) -> [LeaderEffect] {
    var effects: [LeaderEffect] = []
    for (id, session) in sessions where !session.isAdmitted && session.hello?.node == admission.node {
      guard let hello = session.hello, hello.instance == admission.instance,
        hello.incarnation == admission.incarnation, let refusal = refusal(of: hello)
      else { continue }
      sessions[id] = nil
      effects += [.send(id, [refusal]), .close(id)]
    }
    return effects
  }

  /// Answers what ticks up to the applied one carried; what a later tick carries is not in the log yet.
  private mutating func answerHeartbeats(of node: NodeName) -> [LeaderEffect] {
    guard let id = session(of: node), let session = sessions[id] else { return [] }
    let logged = session.carried.filter { position, _ in position <= state.index }
    guard let last = logged.last?.value else { return [] }
    sessions[id]?.carried.removeAll { position, _ in position <= state.index }
    sessions[id]?.answered = last
    return [.send(id, [.answered(heartbeat: last)])]
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
