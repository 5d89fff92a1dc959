import Model

extension GraphCheck {
  /// Rules that start a process anew because it ended, which ends it: no round ever is the last.
  var restartFindings: [Diagnostic] {
    goals.indices.compactMap { number in
      let goal = goals[number]
      guard setsGeneration(goal), let node = goal.output?.reference.path.top, !neverRestarts(goal),
        let event = event(readBy: number, of: node)
      else { return nil }
      return finding(
        .restartLoop, .warning, goal.place, target: goal.target,
        "the rule sets a `generation` by way of `\(event)`: each restart of the process makes one more",
        note: "a restart is an end, too; such starts wait longer each time and never come to rest",
        hint:
          "let an agent start it again (`restart=\"always\"`), or count only what no generation brings about"
      )
    }
  }

  private func setsGeneration(_ goal: Goal) -> Bool {
    guard let path = goal.output?.reference.path, path.nodeFile == .config else { return false }
    if goal.output?.reference.tag?.hasSuffix("@generation") == true { return true }
    return goal.recipe?.contains("generation=") == true
      || goal.assigned.contains { $0.tag?.hasSuffix("@generation") == true }
  }

  /// Whether an agent leaves ended processes alone, so that the policy has to start them. A file of the bundle may say
  /// so of the rest of the configuration.
  private func neverRestarts(_ goal: Goal) -> Bool {
    func says(_ text: String) -> Bool { text.contains("\"never\"") || text.contains("'never'") }
    return says(goal.recipe ?? "") || text.bundle.files.contains { says($0.content.text) }
  }

  /// The event of a process of this node's own that a goal depends on.
  private func event(readBy start: Int, of node: Substring) -> TreePath? {
    var seen: SortedSet<Int> = [start]
    var waiting = [start]
    while let number = waiting.popLast(), seen.count < 1000 {
      for name in flow.reads(of: number) {
        if let path = flow.references[name]?.path, path.top == node,
          path.nodeFile?.name == TreePath.stopProcFile
        {
          return path
        }
        for writer in flow.writers[name] where !seen.contains(writer) {
          seen.insert(writer)
          waiting.append(writer)
        }
      }
    }
    return nil
  }

  /// Tags of a file, of different rules, that name the same element or elements within one another.
  var overlapFindings: [Diagnostic] {
    owners.flatMap { path, owners -> [Diagnostic] in
      let literal = owners.filter { owner in
        owner.reference.tag.map { !$0.contains("@") && !$0.contains("[") && !$0.contains("%") } ?? false
      }
      guard literal.count > 1 else { return [] }
      var index = TagPathIndex(literal.compactMap(\.reference.tag))
      return literal.flatMap { owner -> [Diagnostic] in
        guard let tag = owner.reference.tag else { return [] }
        return index.written(readBy: tag).map { literal[$0] }
          .filter { $0.reference.tag != tag && $0.target != owner.target }.prefix(1)
          .map { overlap(owner, $0, path) }
      }
    }
  }

  private func overlap(_ owner: Owner, _ other: Owner, _ path: TreePath) -> Diagnostic {
    finding(
      .overlappingTags, .warning, owner.place, target: owner.target,
      "`\(owner.reference)` may name the element, or one around it, that another rule sets as `\(other.reference)`",
      note: "where they meet, a round refuses what both rules set",
      hint: "write the whole path of each, so that neither finds the other's")
  }

  /// Variables that a recipe uses, and that it inherits with different values from several targets that need its
  /// target: make takes those of whichever it makes first, DMake those of the first by name.
  var inheritanceFindings: [Diagnostic] {
    var own = SortedMap<String, [TargetVariable]>()
    for rule in graph.database.rules {
      let variables = rule.variables.filter { !$0.isPrivate && !$0.name.hasPrefix("DMAKE_") }
      if !variables.isEmpty { own[rule.target, default: []] += variables }
    }
    if own.isEmpty { return [] }
    var inherited = SortedMap<Int, SortedMap<String, String>>()
    var conflicts = SortedMap<Int, String>()
    for (number, goal) in goals.enumerated() {
      guard let variables = own[goal.target] else { continue }
      for need in needs(of: number) {
        for variable in variables {
          let known = inherited[need]?[variable.name]
          if let known, known != variable.definition { conflicts[need] = variable.name }
          inherited[need, default: [:]][variable.name] = variable.definition
        }
      }
    }
    return conflicts.compactMap { number, name in
      let goal = goals[number]
      guard own[goal.target]?.contains(where: { $0.name == name }) != true, let recipe = goal.recipe,
        ["$(\(name))", "${\(name)}"].contains(where: recipe.contains)
      else { return nil }
      return finding(
        .severalInherited, .warning, goal.place, target: goal.target,
        "`\(HiddenSpace.shown(goal.target))` inherits `\(name)` from several targets, with different values",
        note: "the first of them by name counts, whichever of them is made",
        hint: "make a target for each value, or define the variable for this rule itself")
    }
  }

  /// All goals that a goal needs, directly or through others.
  private func needs(of start: Int) -> [Int] {
    var seen: SortedSet<Int> = [start]
    var waiting = [start]
    var result: [Int] = []
    while let number = waiting.popLast(), seen.count < 1000 {
      for next in flow.prerequisites(of: number).compactMap(flow.goal(making:)) where !seen.contains(next) {
        seen.insert(next)
        waiting.append(next)
        result.append(next)
      }
    }
    return result
  }
}
