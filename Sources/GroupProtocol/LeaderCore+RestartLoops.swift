import Model

/// Processes whose own ends or states make a rule restart them.
extension LeaderCore {
  /// From so many starts in a row on, where the rules that are known tell why, and where they do not.
  static let knownLoopStarts = 2
  static let unknownLoopStarts = 4
  static let recentMilliseconds: Int64 = 60_000

  /// Of each process that is started again and again for another configuration: what goes round.
  var restartLoops: [RuleProblem] {
    state.members.flatMap { node in
      let processes = sessions.admitted(of: node).flatMap { sessions[$0]?.processes } ?? []
      return processes.compactMap { restartLoop(of: $0, on: node) }
    }
  }

  private func restartLoop(of process: ProcessReport, on node: NodeName) -> RuleProblem? {
    guard process.hastyStarts >= Self.knownLoopStarts else { return nil }
    let name = "\(node)/\(process.name)"
    let message =
      "process `\(name)` was started \(process.hastyStarts) times in a row for another configuration before it had run healthily, and waits longer each time: "
    if let loop = state.restartLoop(of: process.name, on: node) {
      let ways = loop.ways.map { "`\($0.value)` (\($0.place))" }
      let way = ways.isEmpty ? "" : ", by way of " + ways.joined(separator: " and ")
      return RuleProblem(
        kind: .restartLoop, place: loop.rule.place, target: loop.rule.value.description,
        message: message
          + "the rule runs because of `\(loop.source)`, which the process itself brings about\(way)",
        attempts: process.hastyStarts, retryAt: nil)
    }
    let isRecent = state.time.milliseconds - process.since.milliseconds < Self.recentMilliseconds
    guard process.hastyStarts >= Self.unknownLoopStarts, isRecent, state.isLocal(.config, of: node) else {
      return nil
    }
    return RuleProblem(
      kind: .restartLoop, place: nil, target: TreePath.nodeConfig(node).text,
      message: message + "a `[local]` rule decides that, perhaps because of the process's own ends",
      attempts: process.hastyStarts, retryAt: nil)
  }
}

extension LeaderState {
  /// A rule that changes what a process runs, what it is that the process brings about, and what lies in between.
  struct RestartLoop {
    let rule: Provenance
    let ways: [Provenance]
    let source: String
  }

  /// Follows the reasons for what the process was last given back to what the process itself tells. What an earlier
  /// policy decided says nothing of the one that is active.
  func restartLoop(of process: ProcessName, on node: NodeName) -> RestartLoop? {
    let folder = "\(node)/\(process)/"
    let given = tree.files(of: node).keys.filter { $0.text.hasPrefix(folder) }
    for path in [TreePath.nodeConfig(node)] + given {
      guard let report = try? explanation(of: ValueReference(path), at: nil) else { continue }
      for explanation in report.explanations where explanation.index > policies.activatedAt {
        guard let (way, source) = way(from: explanation, to: folder) else { continue }
        return RestartLoop(rule: explanation.provenance, ways: way, source: source)
      }
    }
    return nil
  }

  private func way(from explanation: Explanation, to folder: String) -> ([Provenance], String)? {
    for case .changed(let reference) in explanation.provenance.reasons {
      let reasons = explanation.causes.filter { $0.provenance.value.isPart(of: reference) }
      for cause in reasons {
        if let (ways, source) = way(from: cause, to: folder) { return ([cause.provenance] + ways, source) }
      }
      // What no rule has made comes from the node.
      if reasons.isEmpty, reference.hasPrefix(folder) { return ([], reference) }
    }
    return nil
  }
}

extension ValueReference {
  /// Whether the value is the one that is meant, or is one of a file that is.
  fileprivate func isPart(of reference: String) -> Bool {
    description == reference || path.text == reference
      || tag == nil && reference.hasPrefix(path.text + "{")
  }
}
