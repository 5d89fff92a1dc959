extension Explanation {
  /// DM14x: texts in a policy that are XML's.
  static let ofDocuments: [(DiagnosticCode, Explanation)] = [
    (
      .badConfiguration,
      Explanation(
        "the configuration of a node is refused",
        what:
          "A rule copies a file of the bundle to a node's `DMake/config.xml`, and the schema refuses the file.",
        why:
          "An agent that is sent it goes on with the configuration before, and nothing of the new one starts.",
        how: "Correct the file; `dmake lint --config FILE` checks it alone, and dmake-config(5) describes it.")
    )
  ]
}
