import Model

extension Graph {
  /// Files and values that the goals need and that no rule makes, in make's names, sorted. Where one is absent the
  /// wrapper gives make a stand-in, since make would stop at a prerequisite that nothing makes.
  public func leaves(of goals: [Goal]) -> SortedSet<String> {
    let made = SortedSet(goals.flatMap { [$0.target] + $0.alsoMakes })
    return SortedSet(goals.flatMap(Self.needs).filter { !made.contains($0) })
  }

  /// The files of the tree that the goals read, whole or by tag, for agents to send. Where the policy looks for
  /// files by itself (`$(wildcard …)`, `$(shell …)`, `!=`), every file counts.
  public func reads(of goals: [Goal]) -> Interest {
    if searchesFiles { return .everything }
    let made = SortedSet(goals.map(\.target))
    let read = goals.flatMap(Self.needs).filter { !made.contains($0) }
    return Interest((leaves(of: goals).elements + read).compactMap { HiddenSpace.name($0)?.reference })
  }

  private static func needs(_ goal: Goal) -> [String] { goal.prerequisites + goal.orderOnly + goal.recipeReads }

  private var searchesFiles: Bool {
    translation.files.contains { file in
      let source = SourceText(file: file.path, bytes: file.bytes)
      let text = file.bytes.text
      if ["(wildcard ", "{wildcard ", "(shell ", "{shell "].contains(where: text.contains) { return true }
      return Scanner.scan(source).contains { line in
        line.kind == .variable && file.bytes[line.range].text.contains("!=")
      }
    }
  }

  /// All that the goals own (rule 8 of ownership): what the tree holds of a policy and no goal owns any more is
  /// removed. Phony targets own nothing; a rule that only assigns owns what it assigns.
  public func owned(by goals: [Goal]) -> [Owner] {
    let targets = SortedSet(goals.map(\.target))
    return goals.flatMap { goal -> [Owner] in
      guard !goal.isPhony else { return [] }
      // Of goals that one run of a recipe makes, the first owns what it assigns, and each its own file.
      let siblings = goal.alsoMakes.filter(targets.contains)
      var references = siblings.contains { $0 < goal.target } ? [] : goal.assigned
      if let output = goal.output?.reference, !(goal.assignsOnly && output.tag == nil) {
        references.append(output)
      }
      for other in goal.alsoMakes where !targets.contains(other) {
        references += HiddenSpace.name(other).map { [$0.reference] } ?? []
      }
      return SortedSet(references).map { Owner(reference: $0, target: goal.target, place: goal.place) }
    }.sorted { ($0.reference, $0.target) < ($1.reference, $1.target) }
  }

  /// Who writes the file or the tag. A tag's owner may be the rule that makes the whole file; a whole file's may be
  /// one that writes a tag of it.
  public func owner(of reference: ValueReference, goals: [Goal]) -> Owner? {
    let owned = owned(by: goals).filter { $0.reference.path == reference.path }
    return owned.first { $0.reference == reference } ?? owned.first { $0.reference.tag == nil }
      ?? (reference.tag == nil ? owned.first : nil)
  }

  /// Hidden folders that must exist before make runs the goals: for each, the one for its assignments, and that of
  /// its output file if it is a tag target. make and recipes write files there and make no folders.
  public func folders(of goals: [Goal]) -> SortedSet<String> {
    SortedSet(
      goals.flatMap { goal -> [String] in
        let targets = [goal.target] + goal.alsoMakes
        return targets.map(HiddenSpace.assignmentFolder)
          + targets.filter { $0.hasPrefix(HiddenSpace.folder) }
          .compactMap { target in target.lastIndex(of: "/").map { String(target[..<$0]) } }
      })
  }
}
