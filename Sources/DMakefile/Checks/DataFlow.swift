import Model

/// Which rules write what others read, through make's own graph and through values that the wrapper carries from pass
/// to pass.
struct DataFlow {
  let goals: [Goal]
  private let owners: SortedMap<TreePath, [Owner]>
  private var makers = SortedMap<String, Int>()
  private var known = SortedMap<ValueReference, [Int]>()

  init(_ goals: [Goal], _ owners: SortedMap<TreePath, [Owner]>) {
    self.goals = goals
    self.owners = owners
    for (number, goal) in goals.enumerated() {
      for name in [goal.target] + goal.alsoMakes where makers[name] == nil { makers[name] = number }
    }
  }

  /// All names that a goal reads, in make's spelling.
  static func reads(_ goal: Goal) -> [String] { goal.prerequisites + goal.orderOnly + goal.recipeReads }

  /// The goals that make or write what a name stands for.
  mutating func writers(of name: String) -> [Int] {
    if let maker = makers[name] { return [maker] }
    guard let reference = HiddenSpace.name(name)?.reference else { return [] }
    if let found = known[reference] { return found }
    let all = owners[reference.path] ?? []
    var found = all.filter { $0.reference.tag == nil || $0.reference == reference }
    if found.isEmpty || reference.tag == nil {
      found = all.filter { owner in
        guard let read = reference.tag, let write = owner.reference.tag else { return true }
        return TagPaths.overlap(read: read, write: write)
      }
    }
    let numbers = SortedSet(found.compactMap { makers[$0.target] }).elements
    known[reference] = numbers
    return numbers
  }
}
