import Model

extension LeaderCore {
  /// The log has what was handed to it, up to `index`: now it counts.
  mutating func applyEntries(through index: LogIndex) -> [LeaderEffect] {
    var effects: [LeaderEffect] = []
    var touched = SortedMap<NodeName, [NodeFile]>()
    var acknowledged = SortedSet<NodeName>()
    var isLocalNews = false
    var hasDecided = false
    let count = min(underWay.count, Int(clamping: index - min(index, state.index)))
    let logged = underWay.prefix(count)
    underWay.removeFirst(count)
    for next in logged {
      let position = state.index + 1
      let outcomes = state.apply(next.entry, at: position)
      if next.isDurable { durableIndex = position }
      isLocalNews = isLocalNews || outcomes.contains(.localChanged)
      if case .finished = next.entry { hasDecided = true }
      for outcome in outcomes {
        effects += perform(outcome, touched: &touched, acknowledged: &acknowledged)
      }
      if case .joined(let admission) = next.entry { effects += refuseIfNotAdmitted(admission) }
    }
    for node in acknowledged {
      guard let id = sessions.admitted(of: node), let last = state.nodes[node]?.acknowledged else { continue }
      effects.append(.send(id, [.acknowledged(sequence: last)]))
    }
    for (node, files) in touched {
      guard let id = sessions.admitted(of: node) else { continue }
      sessions[id]?.doubtful.formUnion(files)
      effects += configure(id) + tellSettled(id)
    }
    // What local rules read has gone out before.
    if isLocalNews { for (id, _) in sessions { effects += tellLocal(id) } }
    if hasDecided { for (id, _) in sessions { effects += tellSettled(id) } }
    return effects
  }

  private mutating func perform(
    _ outcome: LeaderState.Outcome, touched: inout SortedMap<NodeName, [NodeFile]>,
    acknowledged: inout SortedSet<NodeName>
  ) -> [LeaderEffect] {
    switch outcome {
    case .stored(let changes, let index):
      Self.note(changes, &touched)
      return [.store(changes, index: index)]
    case .decided(let changes):
      Self.note(changes, &touched)
      return []
    case .admitted(let node):
      touched[node, default: []] += []
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
      return answer(.activated(policy: policy, index: index), at: index)
    case .lifted(let targets, let index):
      return answer(.lifted(targets, index: index), at: index)
    case .roundBegan(let request):
      return [.startRound(request)]
    case .interestChanged:
      var effects: [LeaderEffect] = []
      for (id, _) in sessions { effects += tellInterest(id) }
      return effects
    case .localChanged: return []
    case .note(let note):
      return [.note(note)]
    }
  }

  private static func note(_ changes: [TreeChange], _ touched: inout SortedMap<NodeName, [NodeFile]>) {
    for change in changes {
      guard let file = change.path.nodeFile, let node = try? NodeName(String(change.path.top)) else { continue }
      touched[node, default: []].append(file)
    }
  }

  /// Answers the operator whose request stands at this position.
  private mutating func answer(_ answer: OperatorAnswer, at index: LogIndex) -> [LeaderEffect] {
    let due = pending.filter { $0.index == index }
    pending.removeAll { $0.index <= index }
    return due.map { .answer($0.request, answer) }
  }

  private mutating func admit(_ node: NodeName) -> [LeaderEffect] {
    guard let booked = state.nodes[node] else { return [] }
    let waiting = sessions.ids(of: node).last {
      let hello = sessions[$0]?.hello
      return hello?.instance == booked.instance && hello?.incarnation == booked.incarnation
    }
    guard let id = waiting, let hello = sessions[id]?.hello else { return [] }
    sessions[id]?.isAdmitted = true
    sessions[id]?.submitted = booked.acknowledged
    sessions[id]?.reported = booked.owned
    doubtAll(id)
    let welcome = welcome(hello, id)
    sessions[id]?.isToldSettled = welcome.isSettled
    return [
      .note(
        Note(.info, "an agent joined", ["node": node.text, "incarnation": String(hello.incarnation)])),
      .send(id, [.welcome(welcome)]),
    ] + tellInterest(id) + configure(id) + tellLocal(id)
  }

  /// Two agents with one name may say hello before the log has either: the first one in the log is the node.
  private mutating func refuseIfNotAdmitted(_ admission: Admission) -> [LeaderEffect] {
    var effects: [LeaderEffect] = []
    for id in sessions.ids(of: admission.node) where sessions[id]?.isAdmitted == false {
      guard let hello = sessions[id]?.hello, hello.instance == admission.instance,
        hello.incarnation == admission.incarnation, let refusal = refusal(of: hello)
      else { continue }
      sessions[id] = nil
      effects += [.send(id, [refusal]), .close(id)]
    }
    return effects
  }

  /// Answers what ticks up to the applied one carried; what a later tick carries is not in the log yet.
  private mutating func answerHeartbeats(of node: NodeName) -> [LeaderEffect] {
    guard let id = sessions.admitted(of: node), let session = sessions[id] else { return [] }
    let logged = session.carried.filter { position, _ in position <= state.index }
    guard let last = logged.last?.value else { return [] }
    sessions[id]?.carried.removeAll { position, _ in position <= state.index }
    sessions[id]?.answered = last
    return [.send(id, [.answered(heartbeat: last, isSettled: isSettled(id))])]
  }

  /// The agent of a lost node, if it still talks, must join anew.
  private mutating func dismiss(_ node: NodeName) -> [LeaderEffect] {
    let note = LeaderEffect.note(Note(.warning, "a node is lost", ["node": node.text]))
    guard let id = sessions.admitted(of: node) else { return [note] }
    sessions[id] = nil
    let refusal = LeaderMessage.refused(
      "node `\(node)` counts as lost; it may join again after that was handled", isFinal: false)
    return [note, .send(id, [refusal]), .close(id)]
  }
}
