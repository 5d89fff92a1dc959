import Model

extension LeaderCore {
  /// What `dmake status` shows. `files` is a folder of the tree to list: a node, `NODE/PROC`, or none.
  public func statusReport(files folder: String?) -> StatusReport {
    let listed = folder.map { folder in
      state.tree.files.filter { $0.path.text == folder || $0.path.text.hasPrefix(folder + "/") }
    }
    return StatusReport(
      epoch: state.epoch, index: state.index, tick: state.tick, timing: state.timing, time: state.time,
      policy: state.policies.listing.first, lastRound: state.lastRound, rounds: state.rounds,
      isRoundRunning: state.running != nil, nodes: state.nodes.map { report(on: $0, $1) },
      problems: state.problems,
      files: (listed ?? []).map {
        StatusReport.File(path: $0.path, index: $0.file.index, content: $0.file.content)
      })
  }

  private func report(on name: NodeName, _ node: LeaderState.Node) -> StatusReport.Node {
    let session = session(of: name).flatMap { sessions[$0] }
    let applied = session?.applied ?? [:]
    let wanted = state.delivered(to: name)
    let differing = wanted.filter { file, version in applied[file]?.digest != version.content.digest }
    let surplus = applied.filter { file, held in held.digest != nil && !wanted.contains(file) }
    return StatusReport.Node(
      name: name, phase: node.phase, incarnation: node.incarnation, isConnected: session?.isAdmitted ?? false,
      leaseTicksLeft: node.leaseEnd > state.tick ? node.leaseEnd - state.tick : 0,
      outdatedFiles: differing.count + surplus.count,
      problems: applied.values.filter { $0.problem != nil }, processes: session?.processes ?? [])
  }

  /// Why a value is what it is, newest first. A file without a tag is explained by its own rule, or else by those
  /// of the tags that were set in it.
  public func explanations(of value: ValueReference) -> [Explanation] {
    if let exact = state.provenance[value] { return exact }
    if value.tag != nil { return [] }
    return state.provenance.filter { reference, _ in reference.path == value.path }.values.compactMap(\.first)
  }
}
