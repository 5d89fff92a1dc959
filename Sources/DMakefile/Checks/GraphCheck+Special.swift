import Model

extension GraphCheck {
  /// Special targets and variables of make that mean something else here, and targets with names like theirs.
  var specialFindings: [Diagnostic] {
    graph.database.rules.flatMap { rule in
      rule.isTarget ? findings(ofSpecial: rule) + pathFindings(rule.targets, rule) : []
    } + graph.database.patterns.flatMap { pathFindings($0.targets, $0) } + extraPrerequisites
      + searchPathFindings
  }

  private func findings(ofSpecial rule: DatabaseRule) -> [Diagnostic] {
    switch rule.target {
    case ".DEFAULT" where rule.recipe?.contains { !$0.isWhitespace } == true:
      return [
        special(
          .error, rule, "`.DEFAULT` makes nothing here",
          note: "a file that no rule makes is a state, or is absent and reads as empty",
          hint: "write a pattern rule for the files that are meant, as `results/%:`")
      ]
    case ".INTERMEDIATE" where !rule.prerequisites.isEmpty:
      return [
        special(
          .warning, rule, "what `.INTERMEDIATE` names is kept like any other file",
          note: "a round removes only what no rule makes any more",
          hint: "remove the line; in `NODE/PROC/` a file is delivered, elsewhere it stays with the leader")
      ]
    case ".PRECIOUS" where !rule.prerequisites.isEmpty:
      return [
        special(
          .warning, rule, "what `.PRECIOUS` names is treated like any other file",
          note: "a rule that fails keeps what it made last, and what is made on the way to others is kept",
          hint: "remove the line")
      ]
    default: return []
    }
  }

  private func special(
    _ severity: Diagnostic.Severity, _ rule: DatabaseRule, _ message: String, note: String, hint: String
  ) -> Diagnostic {
    finding(
      .specialTarget, severity, rule.place, target: rule.target, message, note: note, hint: hint)
  }

  /// Targets that no name of the tree can come from, whatever the members are. Those of goals are reported with them.
  private func pathFindings(_ targets: [String], _ rule: DatabaseRule) -> [Diagnostic] {
    targets.compactMap { target in
      guard target.hasPrefix(".") || target.contains("/."), !target.hasPrefix(HiddenSpace.folder + "/"),
        !special.contains(target), !rule.isPhony
      else { return nil }
      let suffixRule = SpecialTargets.pattern(ofSuffixRule: target)
      return finding(
        .badTargetPath, .error, rule.place, target: target,
        "a target is no file of the tree: a part of `\(target)` begins with a dot",
        note: suffixRule == nil
          ? "names with a dot at their beginning are DMake's own, and make's"
          : "make has no suffixes of its own here, so this is no suffix rule",
        hint: suffixRule.map { "write the pattern rule `\($0)`" }
          ?? "give it a name in the tree, or declare it `.PHONY` if it is no file")
    }
  }

  /// Variables of patterns whose text `eval` reads, so that only make knows what their operator was.
  var unclearVariableFindings: [Diagnostic] {
    graph.unclearVariables.map { variable in
      finding(
        .unclearOperator, .warning, variable.place,
        "by which operator `\(variable.name)` is defined for `\(variable.pattern)` cannot be told",
        note: "make tells the values of variables of patterns, and not whether they are added to others",
        hint: "write the line outside of `eval`, or its operator and some of its value as they are")
    }
  }

  /// Prerequisites of patterns that only make could expand, with files or programs.
  var expansionFindings: [Diagnostic] {
    goals.compactMap { goal in
      guard let name = (goal.prerequisites + goal.orderOnly).first(where: { $0.contains("$") }) else {
        return nil
      }
      return finding(
        .unknownExpansion, .error, goal.place, target: goal.target,
        "the second expansion of `\(HiddenSpace.shown(name))` cannot be known",
        note: "DMake must know what a rule needs, and knows variables and the functions of names",
        hint: "put what make finds or runs into a variable with `:=`, and refer to that")
    }
  }

  /// `VPATH` and `vpath`: what make finds by them is no input of the rule.
  private var searchPathFindings: [Diagnostic] {
    text.files.flatMap { file in
      file.lines.filter { line in
        let words = MakeText.words(file.source.bytes, line.range)
        switch line.kind {
        case .directive: return words.first == "vpath" && words.count > 2
        case .variable:
          return MakeText.definition(file.source.bytes, line.range).map {
            file.source.bytes[$0.name].elementsEqual("VPATH".utf8) && !$0.value.isEmpty
          } ?? false
        default: return false
        }
      }.map { line in
        Diagnostic(
          .specialTarget, .warning, in: file.source, at: line.range,
          message: "what make finds in other folders is no input of the rules",
          note: "a rule is run for a file under the path by which it names it, and for no other",
          hint: "remove the line, and name files by their paths in the tree")
      }
    }
  }

  private var extraPrerequisites: [Diagnostic] {
    let name = ".EXTRA_PREREQS"
    let database = graph.database
    let ofRules = database.rules.flatMap { rule in rule.variables.filter { $0.name == name }.map(\.place) }
    let places =
      (database.variables[name].map {
        $0.origin == .makefile || $0.origin == .overrideDirective ? [$0.place] : []
      }
        ?? []) + ofRules + database.patternVariables.filter { $0.name == name }.map(\.place)
    return places.map { place in
      finding(
        .specialTarget, .error, place, "`\(name)` is DMake's own variable",
        note: "it is how rules are made to run; what a policy puts there would count as their prerequisite",
        hint: "name the prerequisites in the rules, order-only ones behind `|`")
    }
  }
}
