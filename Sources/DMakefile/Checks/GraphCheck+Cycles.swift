import Model

extension GraphCheck {
  /// Goals that depend on themselves, each circle once, at the prerequisite that closes it.
  ///
  /// make tells of a circle only when it makes one of its targets, which a check does not. An implicit rule that
  /// names its own target is no circle: make does not choose it.
  var cycleFindings: [Diagnostic] {
    var search = CycleSearch(flow)
    return search.run().map { number, name in
      let goal = goals[number]
      let prerequisite = flow.names[name]
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
  private enum Mark { case new, open, done }

  private struct Step {
    let goal: Int
    var rest: ArraySlice<Int>
  }

  private let flow: DataFlow
  private var marks: [Mark]
  private var stack: [Step] = []
  private var closing: [(goal: Int, prerequisite: Int)] = []

  init(_ flow: DataFlow) {
    self.flow = flow
    marks = Array(repeating: .new, count: flow.goals.count)
  }

  /// Goals, and the names of prerequisites that lead back to them.
  mutating func run() -> [(goal: Int, prerequisite: Int)] {
    for goal in flow.goals.indices where marks[goal] == .new {
      open(goal)
      while !stack.isEmpty { step() }
    }
    return closing
  }

  private mutating func open(_ goal: Int) {
    marks[goal] = .open
    stack.append(Step(goal: goal, rest: flow.prerequisites(of: goal)))
  }

  private mutating func step() {
    let goal = stack[stack.count - 1].goal
    guard let name = stack[stack.count - 1].rest.popFirst() else {
      marks[goal] = .done
      stack.removeLast()
      return
    }
    guard let next = flow.goal(making: name) else { return }
    switch marks[next] {
    case .new: open(next)
    case .open where !(next == goal && flow.goals[goal].stem != nil): closing.append((goal, name))
    default: break
    }
  }
}
