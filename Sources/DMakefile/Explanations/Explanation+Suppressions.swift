extension Explanation {
  /// DM8xx: comments that suppress findings.
  static let ofSuppressions: [(DiagnosticCode, Explanation)] = [
    (
      .badSuppression,
      Explanation(
        "a suppression is not understood or has no reason",
        what: "A comment begins with `dmake:` and is not of the form `# dmake: allow CODE because REASON`.",
        why: """
          It suppresses nothing. A reason is asked for because whoever reads the policy next must know whether the \
          exception still holds.
          """,
        how:
          "Write one code or several, with commas between them, then `because` and why the finding is no mistake.",
        wrong: """
          # dmake: allow DM207
          parts/%: n1/web/state.xml{load}
          \tcp $< $@
          """,
        right: """
          # dmake: allow DM207 because an operator asks make for them by hand
          parts/%: n1/web/state.xml{load}
          \tcp $< $@
          """)
    ),
    (
      .uselessSuppression,
      Explanation(
        "a suppression suppresses nothing",
        what: "There is no finding with this code where the comment holds.",
        why:
          "The finding is gone, or the comment is at the wrong place. Left there it would hide a later mistake.",
        how: """
          Remove it. Or put it on the line of the finding, alone above the rule that has it, or, for a whole file, \
          among the comments at its top with an empty line below them.
          """,
        wrong: """
          # dmake: allow DM114 because the load is only printed
          n1/web/text: n1/web/state.xml{load}
          \tcp $< $@
          """,
        right: """
          n1/web/text: n1/web/state.xml{load}
          \tcp $< $@
          """)
    ),
    (
      .refusedSuppression,
      Explanation(
        "an error cannot be suppressed",
        what: "The finding that the comment names is an error at this place.",
        why:
          "A leader refuses a policy with errors, so a check that hid them would promise what does not hold.",
        how: "Mend the error and remove the comment.",
        wrong: """
          a: b
          \tcp $< $@
          # dmake: allow DM205 because make drops one of them
          b: a
          \tcp $< $@
          """,
        right: """
          a: n1/web/state.xml{load}
          \tcp $< $@
          b: a
          \tcp $< $@
          """)
    ),
  ]
}
