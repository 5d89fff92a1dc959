import Model

/// Which rules write what others read, through make's own graph and through values that the wrapper carries from pass
/// to pass. Names are numbered once, so that the checks that walk over the graph compare numbers.
struct DataFlow {
  /// What a goal needs, as numbers of names.
  private struct Needs {
    let reads: [Int]
    /// How many of them are prerequisites; the others are values that the recipe reads by tag.
    let prerequisiteCount: Int
  }

  let goals: [Goal]
  /// make's spelling of all that goals make and read.
  let names: [String]
  /// By the number of a name; nil if it is nothing of the tree.
  let references: [ValueReference?]
  /// By the number of a name: the goals that make or write what it stands for.
  let writers: [[Int]]
  private let needs: [Needs]
  /// By the number of a name: the goal with this target.
  private let makers: [Int?]

  init(_ goals: [Goal], _ owners: SortedMap<TreePath, [Owner]>) {
    self.goals = goals
    var numbering = Numbering()
    let targets = goals.map { numbering.number($0.target) }
    let groups = goals.map { $0.alsoMakes.map { numbering.number($0) } }
    needs = goals.map { goal in
      Needs(
        reads: Self.reads(goal).map { numbering.number($0) },
        prerequisiteCount: goal.prerequisites.count + goal.orderOnly.count)
    }
    names = numbering.names
    references = names.map { HiddenSpace.name($0)?.reference }
    var makers = [Int?](repeating: nil, count: names.count)
    var groupMakers = makers
    for (goal, target) in targets.enumerated() {
      makers[target] = goal
      for name in [target] + groups[goal] where groupMakers[name] == nil { groupMakers[name] = goal }
    }
    self.makers = makers
    var search = WriterSearch(owners, SortedMap(goals.enumerated().map { ($1.target, $0) }))
    writers = zip(groupMakers, references).map { maker, reference in
      if let maker { return [maker] }
      return reference.map { search.writers(of: $0) } ?? []
    }
  }

  /// All names that a goal reads, in make's spelling.
  private static func reads(_ goal: Goal) -> [String] { goal.prerequisites + goal.orderOnly + goal.recipeReads }

  /// The numbers of all names that a goal reads.
  func reads(of goal: Int) -> [Int] { needs[goal].reads }

  /// Those of its prerequisites, order-only ones among them.
  func prerequisites(of goal: Int) -> ArraySlice<Int> {
    needs[goal].reads.prefix(needs[goal].prerequisiteCount)
  }

  /// The goals that write what a goal reads.
  func writers(readBy goal: Int) -> [Int] { needs[goal].reads.flatMap { writers[$0] } }

  /// The goal whose target a name is.
  func goal(making name: Int) -> Int? { makers[name] }

  /// What a goal reads of the tree.
  func referencesRead(by goal: Int) -> [ValueReference] { needs[goal].reads.compactMap { references[$0] } }
}

/// Numbers names in the order in which they come.
private struct Numbering {
  private(set) var names: [String] = []
  private var numbers = SortedMap<String, Int>()

  mutating func number(_ name: String) -> Int {
    if let known = numbers[name] { return known }
    numbers[name] = names.count
    names.append(name)
    return names.count - 1
  }
}

/// Finds who writes values that no target of make stands for.
private struct WriterSearch {
  /// What is written of a file.
  private struct File {
    var whole: [Int] = []
    var byTag = SortedMap<String, [Int]>()
    var index = TagPathIndex([])
  }

  private var files = SortedMap<TreePath, File>()

  init(_ owners: SortedMap<TreePath, [Owner]>, _ goals: SortedMap<String, Int>) {
    for (path, owners) in owners {
      var file = File()
      for owner in owners {
        guard let goal = goals[owner.target] else { continue }
        if let tag = owner.reference.tag {
          file.byTag[tag, default: []].append(goal)
        } else {
          file.whole.append(goal)
        }
      }
      file.index = TagPathIndex(file.byTag.keys)
      files[path] = file
    }
  }

  mutating func writers(of reference: ValueReference) -> [Int] {
    guard let file = files[reference.path] else { return [] }
    guard let tag = reference.tag else {
      return SortedSet(file.whole + file.byTag.values.flatMap { $0 }).elements
    }
    let found = file.whole + (file.byTag[tag] ?? [])
    if !found.isEmpty { return SortedSet(found).elements }
    let positions = files[reference.path]?.index.written(readBy: tag) ?? []
    if positions.isEmpty { return [] }
    let lists = file.byTag.values
    return SortedSet(positions.flatMap { lists[$0] }).elements
  }
}
