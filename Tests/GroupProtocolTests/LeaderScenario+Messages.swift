import GroupProtocol
import Model

extension LeaderScenario {
  /// What an agent says, from the command of that name.
  func message(_ command: ScenarioWords) throws -> AgentMessage {
    switch command.name {
    case "hello":
      return .hello(
        Hello(
          node: try NodeName(command.word(1)), instance: command["instance"] ?? "a",
          incarnation: try command.number("inc", default: 1),
          stamp: try ScenarioWords.stamp(command["stamp"] ?? "0.0"),
          applied: try command.appliedFiles(from: 2), version: "1"))
    case "heartbeat": return .heartbeat(number: try command.number(1))
    case "applied": return .applied(try command.appliedFiles(from: 1))
    case "goodbye": return .goodbye
    case "local":
      // What the leader would have it go by, or nothing.
      let part = core.state.nodes[try NodeName(command.word(1))]?.local ?? .none
      let isGone = command.words.contains("none")
      let problems = try command["problem"].map { text in
        RuleProblem(
          kind: .failed, place: nil, target: try command.word(1), message: text, attempts: 1, retryAt: 3)
      }
      return .local(
        LocalReport(
          part: (isGone ? LocalPart.none : part).digest, policy: isGone ? nil : part.policy,
          problems: problems.map { [$0] } ?? [], tick: problems == nil ? nil : 1))
    case "interested":
      let interest = try NodeInterest(
        files: SortedMap(
          command.words.dropFirst().map { word in
            let (path, interest) = try ScenarioWords.interest(word)
            return (try NodeFile(path), interest)
          }))
      return .interested(interest.digest)
    case "report", "stopped", "held", "in-force":
      let sequence = try command.number(1)
      return .report(
        Report(
          sequence: sequence, previous: try command.number("after", default: sequence - 1),
          body: try body(command)))
    default: throw ScenarioWords.Problem(description: "there is no command `\(command.name)`")
    }
  }

  private func body(_ command: ScenarioWords) throws -> Report.Body {
    switch command.name {
    case "report": return .state(try NodeFile(command.word(2)), try command.content(3))
    case "in-force":
      let words = command.words.dropFirst(2)
      return .inForce(
        InForce(
          processes: try words.map { try ProcessName($0.filter { $0 != "!" }) },
          fenced: try words.filter { $0.hasSuffix("!") }.map { try ProcessName(String($0.dropLast())) }))
    case "held":
      return .held(
        try NodeFile(command.word(2)), try ScenarioWords.stamp(command.word(3)),
        try command.content(4) ?? Content(""))
    default:
      return .stopped(
        try ProcessName(command.word(2)), try ScenarioWords.end(command.word(3)),
        WallTime(milliseconds: time))
    }
  }

  /// `finish [round=N] [write PATH "TEXT"]… [remove PATH]… [handled all] [quarantine TARGET]… [reads PATH]…
  /// [retry=TICK] [passes=N]`. Without `round`, the one
  /// that runs is meant.
  func result(_ command: ScenarioWords) throws -> RoundResult {
    let running = core.state.running?.index ?? 0
    var changes: [TreeChange] = []
    var handled: [EventIdentity] = []
    var quarantined: [String] = []
    var position = 0
    var reads: [(TreePath, FileInterest)] = []
    var local: SortedMap<NodeName, SortedSet<NodeFile>>?
    while position < command.words.count {
      switch try command.word(position) {
      case "local":
        let file = try TreePath(command.word(position + 1))
        guard let place = file.nodeFile else {
          throw ScenarioWords.Problem(description: "`\(file)` is no node's")
        }
        local = local ?? [:]
        local?[try NodeName(String(file.top)), default: []].insert(place)
        position += 2
      case "nothing-local":
        local = [:]
        position += 1
      case "write":
        changes.append(
          TreeChange(try TreePath(command.word(position + 1)), try command.content(position + 2)))
        position += 3
      case "remove":
        changes.append(TreeChange(try TreePath(command.word(position + 1)), nil))
        position += 2
      case "reads":
        let (path, interest) = try ScenarioWords.interest(command.word(position + 1))
        reads.append((try TreePath(path), interest))
        position += 2
      case "handled":
        let wanted = try command.word(position + 1)
        handled += core.state.events.filter { wanted == "all" || $0.path.text == wanted }.map(\.identity)
        position += 2
      case "quarantine":
        quarantined.append(try command.word(position + 1))
        position += 2
      case let word: throw ScenarioWords.Problem(description: "`\(word)` is no part of a result")
      }
    }
    let problems = try command["retry"].map { _ in
      RuleProblem(
        kind: .failed, place: nil, target: "web", message: "it failed", attempts: 1,
        retryAt: try command.number("retry", default: 0))
    }
    let standing = quarantined.map {
      RuleProblem(
        kind: .oscillation, place: nil, target: $0, message: "it alternates", attempts: 1, retryAt: nil)
    }
    return RoundResult(
      index: try command.number("round", default: running), changes: changes, handled: handled,
      problems: standing + (problems.map { [$0] } ?? []), provenance: [], memory: [],
      interest: reads.isEmpty ? nil : Interest(files: SortedMap(reads)),
      passes: Int(try command.number("passes", default: 1)), local: local)
  }
}
