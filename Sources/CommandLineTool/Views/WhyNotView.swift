import GroupProtocol
import Model

/// `dmake status --why-not`: why a rule did not run.
public struct WhyNotView: View {
  let report: WhyNotReport

  public init(_ report: WhyNotReport) { self.report = report }

  public func text(_ style: Style) -> String {
    var text = style.paint(report.target.visible, .bold) + "\n"
    if let account = report.account {
      text += "  rule   \(account.place.file.visible):\(account.place.line)"
      text += account.target == report.target ? "\n" : " for \(account.target.visible)\n"
    }
    for (position, cause) in report.causes.enumerated() {
      let lines = sentence(of: cause).split(separator: "\n")
      for (line, sentence) in lines.enumerated() {
        text += (position == 0 && line == 0 ? "  why    " : "         ") + sentence + "\n"
      }
    }
    for input in report.account?.inputs ?? [] {
      text += "  input  \(input.reference.visible)\n         \(history(of: input))\n"
    }
    return text
  }

  private func sentence(of cause: WhyNotReport.Cause) -> String {
    switch cause {
    case .noRule(let nearest, let isFileThere):
      let names = nearest.map { "`\($0.visible)`" }.joined(separator: ", ")
      return "no rule of the policy makes it for the nodes and processes that are there"
        + (isFileThere ? "; the file is there and is no goal: its node wrote it, or it is an event" : "")
        + (names.isEmpty ? "" : "; there is one for \(names)")
    case .absentNode(let node): return "node `\(node)` is not present; the rule runs when it joins"
    case .failed(let problem):
      return "it " + Self.state(of: problem) + "\n" + indented(problem.message)
    case .needsFailed(let way, let problem):
      let names = way.map { "`\($0.visible)`" }.joined(separator: ", which needs ")
      let state =
        problem.map { ": that " + Self.state(of: $0) + "\n" + indented($0.message) } ?? ", which failed"
      return "it waits, for it needs \(names)\(state)"
    case .unchanged(let round): return "nothing that it reads has changed since it ran in round \(round)"
    case .madeSame(let round):
      return "it ran in round \(round) and made the same as before, which starts nothing and is no change"
    case .didRun(let round): return "it did run, in round \(round): `--why` explains what it made"
    case .neverRan:
      return "it has never run: its first round is still to come, or it is phony and nothing needs it"
    case .due(let inputs):
      let names = inputs.prefix(8).map { "`\($0.visible)`" }.joined(separator: ", ")
      return "it is due: \(names) changed since it ran, and the next round runs it"
    }
  }

  private static func state(of problem: RuleProblem) -> String {
    let kind = problem.kind.rawValue
    if problem.kind.isQuarantine {
      return "is quarantined (\(kind)) until an outside input or the policy changes, or `dmake apply --lift`"
    }
    let times = problem.attempts > 1 ? " \(problem.attempts) times in a row" : ""
    let next =
      problem.retryAt.map { "is tried again at tick \($0), or when an input changes" }
      ?? "is not tried again until an input or the policy changes"
    return "failed\(times) (\(kind)) and \(next)"
  }

  private func history(of input: RuleAccount.Input) -> String {
    let change = input.changedAt.map { "last changed in round \($0)" } ?? "never changed"
    guard let madeAt = input.madeAt, madeAt != input.changedAt else { return change }
    return change + "; its rule ran in round \(madeAt) and made the same"
  }

  public var json: JSON {
    .document(
      kind: "why-not",
      [
        "target": .string(report.target), "since": JSON(number: report.since),
        "causes": .array(report.causes.map(\.json)), "rule": report.account?.json ?? .null,
      ])
  }
}

extension WhyNotReport.Cause {
  var json: JSON {
    switch self {
    case .noRule(let nearest, let isFileThere):
      [
        "kind": "no-rule", "nearest": .array(nearest.map { .string($0) }), "isFileThere": .bool(isFileThere),
      ]
    case .absentNode(let node): ["kind": "absent-node", "node": JSON(node)]
    case .failed(let problem): ["kind": "failed", "problem": problem.json]
    case .needsFailed(let way, let problem):
      [
        "kind": "needs-failed", "needs": .array(way.map { .string($0) }), "problem": problem?.json ?? .null,
      ]
    case .unchanged(let round): ["kind": "unchanged", "round": JSON(number: round)]
    case .madeSame(let round): ["kind": "made-same", "round": JSON(number: round)]
    case .didRun(let round): ["kind": "did-run", "round": JSON(number: round)]
    case .neverRan: ["kind": "never-ran"]
    case .due(let inputs): ["kind": "due", "inputs": .array(inputs.map { .string($0) })]
    }
  }
}

extension RuleAccount {
  var json: JSON {
    [
      "target": .string(target), "file": .string(place.file), "line": JSON(number: place.line),
      "ranAt": JSON(number: ranAt), "changedAt": JSON(number: changedAt),
      "inputs": .array(
        inputs.map {
          [
            "reference": .string($0.reference), "changedAt": JSON(number: $0.changedAt),
            "madeAt": JSON(number: $0.madeAt),
          ]
        }),
    ]
  }
}
