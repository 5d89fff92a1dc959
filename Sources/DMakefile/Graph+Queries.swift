import Model

extension Graph {
  /// Files and values that the goals need and that no rule makes, in make's names, sorted. Where one is absent the
  /// wrapper gives make a stand-in, since make would stop at a prerequisite that nothing makes.
  public func leaves(of goals: [Goal]) -> SortedSet<String> {
    let made = SortedSet(goals.flatMap { [$0.target] + $0.alsoMakes })
    return SortedSet(goals.flatMap(Self.needs).filter { !made.contains($0) })
  }

  private static func needs(_ goal: Goal) -> [String] { goal.prerequisites + goal.orderOnly + goal.recipeReads }

  /// All that the goals own (dmakefile(5), Ownership): what the tree holds of a policy and no goal owns any more is
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
}
