import GroupProtocol
import Model

/// `dmake apply`: which policy is active now, since when, and what is wrong with it.
public struct ActivationView: View {
  let policy: Digest
  let index: LogIndex
  /// After `--wait`.
  let report: StatusReport?

  public init(policy: Digest, index: LogIndex, report: StatusReport? = nil) {
    self.policy = policy
    self.index = index
    self.report = report
  }

  public func text(_ style: Style) -> String {
    let head = "policy \(policy) is active since log index \(index)"
    guard let report else { return head + "\n" }
    let present = report.nodes.count { $0.phase == .present }
    let problems = ProblemList(report: report).text(style)
    return head + ", applied by \(counted(present, "node"))\n" + (problems.isEmpty ? "" : "\n" + problems)
  }

  public var json: JSON {
    .document(
      kind: "activation",
      [
        "policy": .string(policy.hex), "index": JSON(number: index),
        "problems": .array((report?.problems ?? []).map(\.json)),
      ])
  }

  /// Whether a rule failed or a node could not apply what it was given.
  public var hasProblems: Bool {
    report.map { !$0.problems.isEmpty || $0.nodes.contains { !$0.problems.isEmpty } } ?? false
  }
}
