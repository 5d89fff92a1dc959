import Model

extension LeaderState {
  /// Begins a round where something that a rule reads has changed, or a failed rule's back-off has ended.
  mutating func beginRoundIfDue() -> [Outcome] {
    guard running == nil, policies.active != nil, tick >= quietUntil, isDirty || isRetryDue else { return [] }
    let shown = showEvents()
    running = RunningRound(index: index, tick: tick, members: members, changed: changed)
    changed = []
    isDirty = false
    return shown + (request.map { [.roundBegan($0)] } ?? [])
  }

  private var isRetryDue: Bool { problems.contains { $0.retryAt.map { $0 <= tick } ?? false } }

  /// Makes a round's result part of the tree. The position of its entry is the version of what it wrote.
  mutating func commit(_ result: RoundResult) -> [Outcome] {
    rounds += 1
    lastRound = result.index
    // Before what was written counts: a file that local rules make no more may be the leader's from here on.
    let parts = result.local.map { assign($0) } ?? []
    for change in result.changes where change.content != nil { takeOver(change.path) }
    let decided = result.changes.filter { isWritable($0.path) && tree.apply($0, at: index) }
    for change in result.memory { memory[change.key] = change.value }
    problems = result.problems
    // A round that could not even begin has lifted nothing, and decided nothing.
    if result.passes > 0 {
      lifted = []
      lastDecided = result.index
      undecided = result.undecided
      adopted = []
    }
    let isInterestNew = result.interest.map { $0 != interest } ?? false
    if let interest = result.interest { self.interest = interest }
    for change in decided where change.content == nil {
      provenance.remove(change.path, at: index, tick: tick, time: time)
    }
    for item in result.provenance {
      provenance.add(
        ProvenanceHistory.Record(index: index, tick: tick, time: time, provenance: item), of: item.value)
    }
    forgetProvenance()
    let news: [Outcome] = isInterestNew ? [.interestChanged] : []
    return parts + news + (decided.isEmpty ? [] : [.decided(decided)]) + handle(result.handled, at: index)
  }

  /// Targets of rules that stand still until something lifts their quarantine.
  public var quarantined: [String] { problems.filter(\.kind.isQuarantine).map(\.target) }

  mutating func forgetProvenance() {
    provenance.forget(before: tick < timing.provenanceTicks ? nil : tick - timing.provenanceTicks)
  }

  /// What a rule makes is the policy's, also where a node that came back has reported it as its own before.
  private mutating func takeOver(_ path: TreePath) {
    guard let file = path.nodeFile, !file.isState, let name = try? NodeName(String(path.top)) else { return }
    nodes[name]?.owned.remove(file)
  }

  /// A policy cannot write what a node owns, nor event files.
  private func isWritable(_ path: TreePath) -> Bool {
    guard let name = try? NodeName(String(path.top)), let node = nodes[name] else { return true }
    guard let file = path.nodeFile else { return false }
    return !node.owns(file) && !file.isState && file.name != TreePath.stopProcFile
  }

  /// Whether a policy has seen the node since it joined. Until then the tree has nothing for it, and what it holds
  /// from an earlier time (its processes run by it) is not taken away.
  public func isSettled(_ name: NodeName) -> Bool {
    lastDecided > 0 && nodes[name].map { lastDecided >= $0.joinedAt } ?? false
  }

  /// What a node's agent must have on disk: the files in its folder that it does not own and that are no events.
  public func delivered(to name: NodeName) -> SortedMap<NodeFile, TreeFile> {
    guard let node = nodes[name], node.phase == .present else { return [:] }
    var files = SortedMap<NodeFile, TreeFile>()
    for (path, file) in tree.files(of: name) {
      if let place = path.nodeFile, node.isDelivered(place) { files[place] = file }
    }
    return files
  }

  /// One of ``delivered(to:)``.
  public func delivered(_ place: NodeFile, to name: NodeName) -> TreeFile? {
    guard let node = nodes[name], node.phase == .present, node.isDelivered(place) else { return nil }
    return tree[TreePath(name, place)]
  }
}

extension LeaderState.Node {
  /// Whether a file in the node's folder is for the node, and neither its own nor an event.
  fileprivate func isDelivered(_ place: NodeFile) -> Bool {
    !owns(place) && !place.isState && place.name != TreePath.stopProcFile
  }
}
