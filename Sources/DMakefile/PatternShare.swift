import Model

extension Goal {
  /// A pattern with several targets is the only form in which make knows them as made at once with a stem; and of a
  /// pattern without a folder, the stem is no part of the name.
  var isWrittenAsPattern: Bool {
    guard let stem, !pattern.isEmpty else { return false }
    return !alsoMakes.isEmpty || !target.contains(stem)
  }
}

/// Which goals one slice can hold. A pattern stands there without its prerequisites, by which make chooses among those
/// that match a name: so no two may match a name that is to be made.
public struct PatternShare {
  /// The rules that are written as patterns, by their text.
  private var forms = SortedMap<String, Int>()
  private var conflicts = SortedMap<Int, SortedSet<Int>>()
  private var taken: SortedSet<Int> = []

  /// Nil where all goals may stand in one slice.
  public init?(_ goals: [Goal]) {
    let patterns = goals.filter(\.isWrittenAsPattern)
    var targets: [[String]] = []
    for goal in patterns where forms[Self.form(goal)] == nil {
      forms[Self.form(goal)] = targets.count
      targets.append(goal.pattern)
    }
    guard forms.count > 1 else { return nil }
    let index = PatternIndex(targets)
    for goal in patterns {
      guard let own = forms[Self.form(goal)] else { continue }
      for (other, _) in ([goal.target] + goal.alsoMakes).flatMap({ index.matches($0) }) where other != own {
        conflicts[own, default: []].insert(other)
        conflicts[other, default: []].insert(own)
      }
    }
    if conflicts.isEmpty { return nil }
  }

  /// Whether the goal may stand beside those that were taken; then it is one of them.
  public mutating func takes(_ goal: Goal) -> Bool {
    guard goal.isWrittenAsPattern, let form = forms[Self.form(goal)] else { return true }
    if conflicts[form]?.contains(where: taken.contains) == true { return false }
    taken.insert(form)
    return true
  }

  private static func form(_ goal: Goal) -> String {
    goal.pattern.joined(separator: " ") + "\n" + (goal.recipe ?? "")
  }
}
