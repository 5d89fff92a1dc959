import Model

/// Processes whose own ends or states make a rule restart them.
extension LeaderCore {
  /// From so many starts in a row on.
  static let loopStarts = 2
  /// Where nobody knows whether it goes on, it is told of for so long.
  static let recentMilliseconds: Int64 = 60_000

  /// Of each process that is started again and again for another configuration: what goes round.
  var restartLoops: [RuleProblem] {
    let hasty = state.members.flatMap { node -> [HastyProcess] in
      let processes = sessions.admitted(of: node).flatMap { sessions[$0]?.processes } ?? []
      return processes.filter { $0.hastyStarts >= Self.loopStarts }.map { HastyProcess(node, $0) }
    }
    return hasty.compactMap { restartLoop(of: $0, among: hasty) }
  }

  private struct HastyProcess {
    let node: NodeName
    let report: ProcessReport
    var name: String { "\(node)/\(report.name)" }
    init(_ node: NodeName, _ report: ProcessReport) {
      self.node = node
      self.report = report
    }
  }

  private func restartLoop(of process: HastyProcess, among others: [HastyProcess]) -> RuleProblem? {
    let count = process.report.hastyStarts
    let message =
      "process `\(process.name)` was started \(count) times in a row for another configuration before it had run healthily, and waits longer each time: "
    // Two processes may restart each other as well.
    let names = [process.name] + others.map(\.name).filter { $0 != process.name }
    if let loop = state.restartLoop(of: process.report.name, on: process.node, by: names) {
      let ways = loop.ways.map { "`\($0.value)` (\($0.place))" }
      let way = ways.isEmpty ? "" : ", by way of " + ways.joined(separator: " and ")
      let isOwn = loop.process == process.name
      let who = isOwn ? "the process itself" : "`\(loop.process)`, which is restarted as well,"
      return RuleProblem(
        kind: .restartLoop, place: loop.rule.place, target: loop.rule.value.description,
        message: message + "the rule runs because of `\(loop.source)`, which \(who) brings about\(way)",
        attempts: count, retryAt: nil)
    }
    let isRecent = state.time.milliseconds - process.report.since.milliseconds < Self.recentMilliseconds
    guard isRecent, state.isLocal(.config, of: process.node) else { return nil }
    return RuleProblem(
      kind: .restartLoop, place: nil, target: TreePath.nodeConfig(process.node).text,
      message: message + "a `[local]` rule decides that, perhaps because of the process's own ends",
      attempts: count, retryAt: nil)
  }
}

extension LeaderState {
  /// A rule that changes what a process runs, what it reads that some process brings about, and what lies in between.
  struct RestartLoop {
    let rule: Provenance
    let ways: [Provenance]
    let source: String
    let process: String
  }

  /// Follows the reasons for what the process was last given back to what one of `names`, as a rule the process itself,
  /// brings about. What an earlier policy decided says nothing of the one that is active.
  func restartLoop(of process: ProcessName, on node: NodeName, by names: [String]) -> RestartLoop? {
    for path in [TreePath.nodeConfig(node)] + restartingFiles(of: process, on: node) {
      guard let report = try? explanation(of: ValueReference(path), at: nil) else { continue }
      for explanation in report.explanations where explanation.index > policies.activatedAt {
        for name in names {
          guard let (way, source) = way(from: explanation, to: name + "/") else { continue }
          return RestartLoop(rule: explanation.provenance, ways: way, source: source, process: name)
        }
      }
    }
    return nil
  }

  /// Files whose change may restart the process: none unless the node's configuration has such a rule.
  private func restartingFiles(of process: ProcessName, on node: NodeName) -> [TreePath] {
    let text = tree[.nodeConfig(node)]?.content.text ?? ""
    guard text.contains("\"restart\"") || text.contains("'restart'") else { return [] }
    let folder = "\(node)/\(process)/"
    return tree.files(of: node).keys.filter { $0.text.hasPrefix(folder) }
  }

  private func way(from explanation: Explanation, to folder: String) -> ([Provenance], String)? {
    // To a rule that is another one all that it reads is new.
    if explanation.provenance.reasons.contains(where: { $0 == .new || $0 == .ruleChanged }) { return nil }
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
