import GroupProtocol
import Model

/// `dmake status`: the leader, the nodes, their processes, what is wrong.
public struct StatusView: View {
  let report: StatusReport

  public init(_ report: StatusReport) { self.report = report }

  public func text(_ style: Style) -> String {
    var text = head(style)
    text += "\n" + nodes(style)
    if report.nodes.contains(where: { !$0.processes.isEmpty }) { text += "\n" + processes(style) }
    let problems = ProblemList(report: report).text(style)
    return problems.isEmpty ? text : text + "\n" + problems
  }

  private func head(_ style: Style) -> String {
    let round = report.isRoundRunning ? "one is running" : "the last at \(report.lastRound)"
    var lines = [
      "leader  epoch \(report.epoch), log at \(report.index), \(counted(report.rounds, "round")), \(round)"
    ]
    if let policy = report.policy {
      lines.append("policy  \(policy.policy) since \(policy.time) by \(policy.author.visible)")
    } else {
      lines.append("policy  " + style.paint("none: `dmake apply` activates one", .yellow))
    }
    lines.append(
      "lease   \(DurationArgument(report.timing.lease)), heartbeat \(DurationArgument(report.timing.heartbeat)), fence \(DurationArgument(report.timing.fence)), then \(DurationArgument(report.timing.stopGrace)) to stop; on isolation: \(Isolation.rule) the processes"
    )
    return lines.map { $0 + "\n" }.joined()
  }

  private func nodes(_ style: Style) -> String {
    if report.nodes.isEmpty { return "no node has joined: start `dmake agent` on one\n" }
    var table = TextTable("NODE", "PHASE", "LEASE", "PROCESSES", "FILES")
    for node in report.nodes {
      let isCurrent = node.outdatedFiles == 0 && node.problems.isEmpty
      let lease = DurationArgument(report.timing.tick * Int(node.leaseTicksLeft))
      table.add(
        .init(node.name.text), .init(node.phaseText, node.isWell ? .green : .red),
        .init(node.phase == .present ? "\(lease)" : "-"),
        .init(node.processText, node.isEveryProcessRunning ? .none : .yellow),
        .init(node.fileText, isCurrent ? .none : .yellow))
    }
    return table.text(style)
  }

  private func processes(_ style: Style) -> String {
    var table = TextTable("PROCESS", "PHASE", "PID", "STARTS", "SINCE", "DETAIL")
    for node in report.nodes {
      for process in node.processes { table.add(process, of: node.name, at: report.time) }
    }
    return table.text(style)
  }
}

extension TextTable {
  /// A process: the same columns in every view.
  mutating func add(_ process: ProcessReport, of node: NodeName, at time: WallTime) {
    let age = Duration.milliseconds(time.milliseconds - process.since.milliseconds).age
    add(
      .init("\(node)/\(process.name)"), .init(process.phase.rawValue, process.phase.emphasis),
      .init(process.pid.map(String.init) ?? "-"), .init(String(process.starts)), .init(age),
      .init(process.detail))
  }
}

extension ProcessReport.Phase {
  var emphasis: Emphasis {
    switch self {
    case .running, .ready: .green
    case .starting, .stopping, .stopped: .yellow
    case .backOff, .failed: .red
    }
  }
}

extension StatusReport.Node {
  var isWell: Bool { phase == .present && isConnected }

  var phaseText: String {
    switch phase {
    case .present: isConnected ? "present" : "present, not connected"
    case .lost: "lost"
    }
  }

  var isEveryProcessRunning: Bool { processes.allSatisfy { $0.phase == .running } }

  var processText: String {
    if processes.isEmpty { return "-" }
    return "\(processes.filter { $0.phase == .running }.count)/\(processes.count) running"
  }

  var fileText: String {
    if phase == .lost { return "-" }
    let parts =
      (outdatedFiles == 0 ? [] : ["\(outdatedFiles) outdated"])
      + (problems.isEmpty ? [] : [counted(problems.count, "problem")])
    return parts.isEmpty ? "current" : parts.joined(separator: ", ")
  }
}

/// What becomes of the processes of a node that cannot reach a leader, unless its configuration says otherwise.
enum Isolation {
  /// Where a configuration says nothing else. The embedded engine has one leader, whose upgrade must not stop the
  /// application.
  static let rule = "keep"
}

/// `1 round`, `2 rounds`.
func counted(_ count: some BinaryInteger, _ noun: String) -> String {
  "\(count) \(noun)\(count == 1 ? "" : "s")"
}
