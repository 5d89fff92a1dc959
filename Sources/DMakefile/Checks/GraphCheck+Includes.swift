import Model

extension GraphCheck {
  /// Included makefiles that a rule of the policy makes: make makes them while it reads, and reads everything again.
  var includeFindings: [Diagnostic] {
    text.files.flatMap { file in
      file.lines.filter { $0.kind == .include }.flatMap { line in
        MakeText.wordRanges(file.source.bytes, line.range).dropFirst().flatMap { word in
          includeFindings(file.source, word)
        }
      }
    }
  }

  private func includeFindings(_ source: SourceText, _ word: Range<Int>) -> [Diagnostic] {
    let expander = Expander(
      database: graph.database, target: "", stem: "", prerequisites: [], budget: AnalysisBudget())
    return (expander.words(source.bytes[word].text) ?? []).compactMap { name in
      guard let rule = rule(making: name) else { return nil }
      let isAlways = isAlwaysMade(rule)
      return Diagnostic(
        .remadeInclude, isAlways ? .error : .warning, in: source, at: word,
        message: "the included makefile `\(name)` is made by a rule of the policy",
        note: isAlways
          ? "the rule runs whenever make looks, and make begins anew after it: this never ends"
          : "make makes it while it reads, outside of the round's passes, and then begins anew",
        hint: "let the rule make data, and read values by tags or prerequisites")
    }
  }

  private func rule(making name: String) -> DatabaseRule? {
    if let rule = graph.database.rules.first(where: { $0.target == name && $0.recipe != nil }) { return rule }
    return name.contains("/") ? index.pattern(of: name)?.rule : nil
  }

  /// Whether a prerequisite is one that is never up to date, so that the rule runs again each time.
  private func isAlwaysMade(_ rule: DatabaseRule) -> Bool {
    rule.isPhony || rule.isDoubleColon && rule.prerequisites.isEmpty
      || rule.prerequisites.contains { name in
        graph.database.rules.contains {
          $0.target == name && $0.isTarget && ($0.isPhony || $0.recipe == nil && $0.prerequisites.isEmpty)
        }
      }
  }
}
