import Model

extension AgentCore {
  /// Begins a local round where something that a local rule reads has changed, or a failed rule's back-off has ended;
  /// delivers again what could not be written.
  mutating func progressLocal(at now: Instant) -> [AgentEffect] {
    guard mode == .working else { return [] }
    var effects: [AgentEffect] = []
    if let due = local.redeliverAt, due <= now {
      local.redeliverAt = nil
      let lost = local.record.pending.filter { file in
        pending[file.file]?.contains { $0.stamp == file.stamp } != true
      }
      if !lost.isEmpty { effects.append(deliverLocal(lost)) }
    }
    guard let policy = local.record.part.policy else {
      local.news = []
      return effects
    }
    // While a round runs, changes wait (the paper's lock): what it says is read decides whether they are looked at.
    guard local.running == nil else { return effects }
    takeLocalNews()
    let tick = local.tick(at: now)
    let isRetryDue = local.problems.contains { $0.retryAt.map { $0 <= tick } ?? false }
    guard local.isDirty || isRetryDue else { return effects }
    showLocalEvents()
    let index = local.record.index + 1
    local.running = LocalRules.Running(index: index, part: local.record.part.digest, node: record.node)
    local.isDirty = false
    let changed = local.changed
    local.changed = []
    return effects + [
      .runLocal(
        RoundRequest(
          index: index, tick: tick, policy: policy, members: [record.node], changed: changed, tree: local.tree,
          events: local.record.events, memory: local.record.memory))
    ]
  }

  /// Brings the node's folder in the tree to what stands on the node.
  private mutating func takeLocalNews() {
    let news = local.news
    local.news = []
    for file in news {
      // What local rules decided is there already, and may be on its way to the disk.
      if isLocal(file), let last = pending[file]?.last, last.stamp.epoch == 0 { continue }
      let content = files[file]?.content ?? observed[file]
      let path = TreePath(record.node, file)
      let comesOrGoes = content == nil || local.tree[path] == nil
      guard local.tree.apply(TreeChange(path, content), at: local.record.index + 1) else { continue }
      local.changed.insert(path)
      if isReadLocally(file, path, content, comesOrGoes: comesOrGoes) { local.isDirty = true }
    }
  }

  /// Whether local rules read what has changed of a file.
  private mutating func isReadLocally(
    _ file: NodeFile, _ path: TreePath, _ content: Content?, comesOrGoes: Bool
  ) -> Bool {
    guard local.interest.contains(path, comesOrGoes: comesOrGoes) else { return false }
    guard case .tags(let tags)? = local.interest.files[path], !local.interest.isEverything, let content else {
      return true
    }
    let part = valuesDigest(content, tags)
    defer { local.parts[file] = part }
    return comesOrGoes || local.parts[file] != part
  }

  /// A local round has ended. What was asked for another part, or another name, does not count.
  mutating func finishLocal(_ result: RoundResult, at now: Instant) -> [AgentEffect] {
    guard let running = local.running, running.index == result.index else { return [] }
    local.running = nil
    guard running.part == local.record.part.digest, running.node == record.node else {
      local.isDirty = true
      return []
    }
    local.record.index = result.index
    local.record.tick = local.tick(at: now)
    local.isRecordChanged = true
    for change in result.memory { local.record.memory[change.key] = change.value }
    if let interest = result.interest, interest != local.interest {
      local.interest = interest
      local.parts = [:]
    }
    if local.problems != result.problems {
      local.problems = result.problems
      local.isReportDue = true
    }
    handleLocal(result.handled)
    return commitLocal(result)
  }

  private mutating func handleLocal(_ handled: [EventIdentity]) {
    if handled.isEmpty { return }
    let handled = SortedSet(handled)
    local.staleEvents.formUnion(
      local.record.events.filter { handled.contains($0.identity) }.map(\.path))
    local.record.events.removeAll { handled.contains($0.identity) }
  }

  /// Makes a local round's files the node's own. What no rule makes any more is left to the leader, which has heard
  /// from the policy, or hears from the node's configuration, that it has lost its owner.
  private mutating func commitLocal(_ result: RoundResult) -> [AgentEffect] {
    var due: [Configuration.File] = []
    var effects: [AgentEffect] = []
    for change in result.changes {
      guard let file = change.path.nodeFile, change.path.top == record.node.text, isLocallyWritable(file) else {
        local.news.formUnion(change.path.nodeFile.map { [$0] } ?? [])
        effects.append(
          note(.error, "a local rule made a file that is not the node's to make", ["path": change.path.text]))
        continue
      }
      guard let content = change.content else {
        effects += releaseAfterRound(file)
        continue
      }
      local.tree.apply(change, at: result.index)
      local.owns(file, true)
      due.append(
        Configuration.File(file: file, stamp: Stamp(epoch: 0, index: result.index), content: content))
    }
    guard !due.isEmpty else { return effects }
    local.record.pending.removeAll { old in due.contains { $0.file == old.file } }
    local.record.pending += due
    return effects + [deliverLocal(due)]
  }

  /// Not what a leader has given the node, unless it says that the file is local now.
  private func isLocallyWritable(_ file: NodeFile) -> Bool {
    if file.isState || file.name == TreePath.stopProcFile { return false }
    return isLocal(file) || local.record.part.files.contains(file) || files[file]?.content == nil
  }
}
