import Model

extension LeaderCore {
  /// What `dmake status` shows. `files` is a folder of the tree to list: a node, `NODE/PROC`, or none.
  public func statusReport(files folder: String?) -> StatusReport {
    let listed = folder.map { folder in
      (state.tree.folders[String(folder.prefix { $0 != "/" })] ?? [:]).filter { path, _ in
        path.text == folder || path.text.hasPrefix(folder + "/")
      }
    }
    return StatusReport(
      epoch: state.epoch, index: state.index, tick: state.tick, timing: state.timing, time: state.time,
      policy: state.policies.listing.first, lastRound: state.lastRound, rounds: state.rounds,
      isRoundRunning: state.running != nil, nodes: state.nodes.map { report(on: $0, $1) },
      problems: state.problems + localProblems + restartLoops,
      files: (listed ?? [:]).map { StatusReport.File(path: $0, index: $1.index, content: $1.content) })
  }

  private func report(on name: NodeName, _ node: LeaderState.Node) -> StatusReport.Node {
    let session = sessions.admitted(of: name).flatMap { sessions[$0] }
    return StatusReport.Node(
      name: name, phase: node.phase, incarnation: node.incarnation, isConnected: session?.isAdmitted ?? false,
      agentVersion: session?.hello?.version ?? "", groups: session?.hello?.groups ?? "",
      leaseTicksLeft: node.leaseEnd > state.tick ? node.leaseEnd - state.tick : 0,
      outdatedFiles: outdatedFiles(of: name, session) + outdatedLocalFiles(of: name, session),
      problems: (session?.applied ?? [:]).values.filter { $0.problem != nil },
      processes: session?.processes ?? [])
  }

  /// How many files differ from what the agent says it has.
  private func outdatedFiles(of name: NodeName, _ session: Session?) -> Int {
    guard let session else { return state.delivered(to: name).count }
    var suspects = session.doubtful
    suspects.formUnion(session.sent.names)
    return suspects.count { state.delivered($0, to: name)?.content.digest != session.applied[$0]?.digest }
  }
}
