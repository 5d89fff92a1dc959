import GroupProtocol
import Model

/// What is wrong, by rule and by node.
struct ProblemList {
  let rules: [RuleProblem]
  let nodes: [StatusReport.Node]
  let tick: Tick?
  let tickDuration: Duration

  init(report: StatusReport) {
    rules = report.problems
    nodes = report.nodes
    tick = report.tick
    tickDuration = report.timing.tick
  }

  /// Problems of a trial, which has no time.
  init(rules: [RuleProblem]) {
    self.rules = rules
    nodes = []
    tick = nil
    tickDuration = .zero
  }

  func text(_ style: Style) -> String {
    let rules = rules.map { line(of: $0, style) }
    let nodes = nodes.flatMap { node in
      node.problems.map { file in
        "\(node.name)/\(file.file): " + style.paint("cannot be applied", .red) + "\n"
          + indented(file.problem ?? "")
      }
    }
    return rules.isEmpty && nodes.isEmpty
      ? "" : style.paint("PROBLEMS", .faint) + "\n" + (rules + nodes).joined()
  }

  private func line(of problem: RuleProblem, _ style: Style) -> String {
    let place = problem.place.map { "\($0.file.visible):\($0.line): " } ?? ""
    var notes: [String] = []
    if problem.attempts > 1 { notes.append("\(problem.attempts) times in a row") }
    if let tick, let retry = problem.retryAt {
      // Ticks by their length are a time that can be told only below some number of them, whatever a leader says.
      let ticks = min(retry > tick ? retry - tick : 0, 1_000_000)
      notes.append("again in \(DurationArgument(tickDuration * Int(ticks)))")
    } else if tick != nil, problem.kind.isQuarantine {
      notes.append("quarantined until an outside input or the policy changes, or `dmake apply --lift`")
    } else if tick != nil, !problem.kind.isFinding {
      notes.append("not tried again until an input or the policy changes")
    }
    let suffix = notes.isEmpty ? "" : " (\(notes.joined(separator: ", ")))"
    return place + style.paint(problem.kind.rawValue, .red) + " \(problem.target.visible)\(suffix)\n"
      + indented(problem.message) + problem.details.map(line(of:)).joined()
  }

  /// A value with the texts that it takes in turn. They are quoted, so that nothing in them is taken for DMake's.
  private func line(of detail: RuleProblem.Detail) -> String {
    let texts = detail.texts.map { $0?.quoted ?? "absent" }
    let list = texts.isEmpty ? "" : ": " + texts.joined(separator: " and ")
    return "    \(detail.reference.visible)\(list)\n"
  }
}

/// The lines of a text that somebody else wrote, four spaces in, with what could harm a terminal escaped.
func indented(_ text: String) -> String {
  var lines = text.visibleLines.split(separator: "\n", omittingEmptySubsequences: false)
  if lines.last == "" { lines.removeLast() }
  return lines.map { $0.isEmpty ? "\n" : "    \($0)\n" }.joined()
}
