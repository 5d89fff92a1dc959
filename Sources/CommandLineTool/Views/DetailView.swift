import GroupProtocol
import Model

/// `dmake status NODE` and `dmake status NODE/PROC`: one node or one process with its files.
public struct DetailView: View {
  let report: StatusReport
  let node: StatusReport.Node
  /// `PROC` or `DMake`; nil for the whole node.
  let folder: String?

  /// Fails where the leader knows no such node or process.
  public init(_ report: StatusReport, node name: NodeName, folder: String?) throws(CommandFailure) {
    guard let node = report.nodes.first(where: { $0.name == name }) else {
      let known = report.nodes.map(\.name.text).joined(separator: " ")
      throw CommandFailure(
        .badInput, "no node `\(name)` has joined; known: \(known.isEmpty ? "none" : known)")
    }
    if let folder, !node.processes.contains(where: { $0.name.text == folder }), report.files.isEmpty {
      let known = node.processes.map(\.name.text).joined(separator: " ")
      throw CommandFailure(
        .badInput, "node `\(name)` has no process `\(folder)`; known: \(known.isEmpty ? "none" : known)")
    }
    self.report = report
    self.node = node
    self.folder = folder
  }

  private var processes: [ProcessReport] {
    folder.map { folder in node.processes.filter { $0.name.text == folder } } ?? node.processes
  }

  public func text(_ style: Style) -> String {
    var parts = [head(style)]
    if !processes.isEmpty {
      var table = TextTable("PROCESS", "PHASE", "PID", "STARTS", "SINCE", "DETAIL")
      for process in processes { table.add(process, of: node.name, at: report.time) }
      parts.append(table.text(style))
    }
    if !report.files.isEmpty { parts.append(files(style)) }
    if folder != nil { parts += report.files.map { content(of: $0, style) } }
    let problems = ProblemList(report: own).text(style)
    return (problems.isEmpty ? parts : parts + [problems]).joined(separator: "\n")
  }

  private func head(_ style: Style) -> String {
    let phase = style.paint(node.phaseText, node.isWell ? .green : .red)
    let lease = DurationArgument(report.timing.tick * Int(node.leaseTicksLeft))
    let agent = [node.agentVersion, node.groups].filter { !$0.isEmpty }.joined(separator: ", ")
    return """
      node    \(node.name), \(phase), lease \(lease), incarnation \(node.incarnation)
      \(agent.isEmpty ? "" : "agent   \(agent.visible)\n")files   \(node.fileText)

      """
  }

  private func files(_ style: Style) -> String {
    var table = TextTable("FILE", "STAMP", "BYTES", "DIGEST")
    for file in report.files {
      table.add(
        .init(file.path.text), .init("\(Stamp(epoch: report.epoch, index: file.index))"),
        .init("\(file.content.bytes.count)"), .init("\(file.content.digest)"))
    }
    return table.text(style)
  }

  private func content(of file: StatusReport.File, _ style: Style) -> String {
    style.paint(file.path.text, .bold) + "\n"
      + (file.content.isText
        ? indented(file.content.text) : "    (\(file.content.bytes.count) bytes, not UTF-8)\n")
  }

  /// The report cut to the node: problems of rules whose targets are in its folder, its files.
  private var own: StatusReport {
    let prefix = [node.name.text, folder].compactMap { $0 }.joined(separator: "/")
    let files = node.problems.filter { folder == nil || $0.file.folder == folder }
    return StatusReport(
      epoch: report.epoch, index: report.index, tick: report.tick, timing: report.timing, time: report.time,
      policy: report.policy, lastRound: report.lastRound, rounds: report.rounds,
      isRoundRunning: report.isRoundRunning,
      nodes: [
        StatusReport.Node(
          name: node.name, phase: node.phase, incarnation: node.incarnation, isConnected: node.isConnected,
          agentVersion: node.agentVersion, groups: node.groups, leaseTicksLeft: node.leaseTicksLeft,
          outdatedFiles: node.outdatedFiles, problems: files,
          processes: processes)
      ], problems: report.problems.filter { $0.target.hasPrefix(prefix + "/") }, files: report.files)
  }

  /// The same document as for everything, with one node in it.
  public var json: JSON { StatusView(own).json }
}
