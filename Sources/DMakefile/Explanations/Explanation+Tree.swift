extension Explanation {
  /// DM5xx: what a leader's tree shows.
  static let ofTree: [(DiagnosticCode, Explanation)] = [
    (
      .notReported,
      Explanation(
        "a rule reads a file that nobody writes now",
        what: "A rule reads a file of a present node, and neither a process there nor a rule has written it.",
        why: """
          It reads as empty until somebody writes it. That is as it should be for a process that the policy itself \
          is about to start, and a mistake in the name otherwise.
          """,
        how: "Compare the name with the processes that `dmake status` lists, and with the files of one of them."
      )
    ),
    (
      .absentValue,
      Explanation(
        "a rule reads a value that its file does not have",
        what: "The file is there, and no element of it matches the tag.",
        why: "The value reads as empty, so the rule works on nothing, as if the application had not reported.",
        how: "Compare the tag with the file, which `dmake status NODE/PROC` shows.")
    ),
    (
      .absentNode,
      Explanation(
        "a rule is about a node that is not there",
        what: "A rule makes or reads a file of a node that is not a member now.",
        why: "The target is made when the node joins; until then the rule does nothing.",
        how: "Correct the name if it is mistyped, or start an agent of that name.")
    ),
    (
      .trialProblem,
      Explanation(
        "a rule fails over the leader's tree",
        what:
          "The leader ran a trial round of the policy over a copy of its tree, and this rule had a problem.",
        why: "Activated, the policy would have the same problem; the rule's last output would be kept.",
        how: "Read what the recipe printed. `dmake apply --dry-run` shows the whole trial.")
    ),
  ]
}
