import Model

extension GraphCheck {
  /// Pattern rules that another rule always takes the place of.
  var unreachableFindings: [Diagnostic] { replacedFindings + shadowedFindings }

  /// make forgets a pattern rule when a later one has the same targets and prerequisites.
  private var replacedFindings: [Diagnostic] {
    let places = SortedSet(graph.database.patterns.compactMap(\.place))
    return text.rules.compactMap { site in
      guard !site.line.isConditional, !site.isStaticPattern, let first = site.targets.first,
        site.targets.allSatisfy({ isPlainPattern(site.text($0)) }),
        site.recipe.contains(where: { !site.source.bytes[$0].trimmed.isEmpty }),
        !site.lines.contains(where: { places.contains(SourcePlace(file: site.source.file, line: $0)) })
      else { return nil }
      return Diagnostic(
        .unreachableRule, .warning, in: site.source, at: first,
        message: "a later rule with the same targets and prerequisites replaces this one",
        note: "its recipe never runs", hint: "remove one of the two")
    }
  }

  private func isPlainPattern(_ word: String) -> Bool { word.contains("%") && !word.contains("$") }

  /// Patterns that stand behind one with the same target: make takes the first.
  private var shadowedFindings: [Diagnostic] {
    let used = SortedSet(goals.compactMap(\.place))
    var first = SortedMap<String, SourcePlace>()
    for rule in graph.database.patterns {
      guard let place = rule.place, used.contains(place) else { continue }
      for target in rule.targets where first[target] == nil { first[target] = place }
    }
    return graph.database.patterns.compactMap { rule in
      guard rule.recipe != nil, let place = rule.place, !used.contains(place) else { return nil }
      guard let otherPlace = rule.targets.lazy.compactMap({ first[$0] }).first else { return nil }
      let shown = text.rule(at: otherPlace)?.place ?? otherPlace
      return finding(
        .unreachableRule, .warning, place, target: rule.target,
        "another rule (\(shown)) always makes what `\(HiddenSpace.shown(rule.target))` would make",
        note: "of patterns that match a name equally well make takes the first",
        hint: "remove one of the two rules, or let their patterns differ")
    }
  }
}
