import Model

extension GraphCheck {
  /// Goals that depend on themselves, each circle once, at the prerequisite that closes it.
  ///
  /// make tells of a circle only when it makes one of its targets, which a check does not. An implicit rule that
  /// names its own target is no circle: make does not choose it.
  var cycleFindings: [Diagnostic] {
    var search = CycleSearch(goals)
    return search.run().map { goal, prerequisite in
      let target = HiddenSpace.shown(goal.target)
      let isItself = goal.target == prerequisite
      return finding(
        .circularDependency, .error, goal.place, target: goal.target, prerequisite: prerequisite,
        isItself
          ? "`\(target)` depends on itself"
          : "`\(target)` depends on itself by way of `\(HiddenSpace.shown(prerequisite))`",
        note: "make drops one of the dependencies and goes on, with a result that nobody wrote down",
        hint: "remove one of the prerequisites; what a rule made earlier is read by its tag, `X{tag}`")
    }
  }
}

/// A depth-first search that keeps its own stack: chains of rules may be longer than a thread's.
private struct CycleSearch {
  private enum Mark { case open, done }

  private struct Step {
    let goal: Goal
    var rest: ArraySlice<String>
  }

  private var goals = SortedMap<String, Goal>()
  private var marks = SortedMap<String, Mark>()
  private var stack: [Step] = []
  private var closing: [(goal: Goal, prerequisite: String)] = []

  init(_ goals: [Goal]) {
    for goal in goals { self.goals[goal.target] = goal }
  }

  mutating func run() -> [(goal: Goal, prerequisite: String)] {
    for goal in goals.values where marks[goal.target] == nil {
      open(goal)
      while !stack.isEmpty { step() }
    }
    return closing
  }

  private mutating func open(_ goal: Goal) {
    marks[goal.target] = .open
    stack.append(Step(goal: goal, rest: (goal.prerequisites + goal.orderOnly)[...]))
  }

  private mutating func step() {
    let goal = stack[stack.count - 1].goal
    guard let name = stack[stack.count - 1].rest.popFirst() else {
      marks[goal.target] = .done
      stack.removeLast()
      return
    }
    guard let next = goals[name] else { return }
    switch marks[name] {
    case nil: open(next)
    case .open where !(name == goal.target && goal.stem != nil): closing.append((goal, name))
    default: break
    }
  }
}
