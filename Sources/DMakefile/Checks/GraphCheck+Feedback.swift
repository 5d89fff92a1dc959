import Model

extension GraphCheck {
  /// Rules that set each other's inputs by way of values: no circle for make, which sees a pass, but from pass to pass
  /// they may alternate for ever. A rule that reads what it wrote itself remembers, which is no fault.
  var feedbackFindings: [Diagnostic] {
    var search = ComponentSearch(flow)
    return search.run().compactMap { members in
      let places = SortedSet(members.compactMap { goals[$0].place })
      guard places.count > 1, !isCircleOfMake(members), let first = places.elements.first,
        let start = members.first(where: { goals[$0].place == first }),
        let ring = ring(from: start, in: SortedSet(members))
      else { return nil }
      let goal = goals[start]
      let names = ring.map { "`\(HiddenSpace.shown(goals[$0].target))`" }
      return finding(
        .feedback, .warning, goal.place, target: goal.target,
        "rules read each other's results: \(names.joined(separator: " ← ")) ← \(names[0])",
        note:
          "each pass sees what the one before set; unless they agree on a value, the round ends in quarantine",
        hint: "compute the values in one rule, or from states alone")
    }
  }

  /// Whether prerequisites alone close a circle among the goals, which is reported as such.
  private func isCircleOfMake(_ members: [Int]) -> Bool {
    let circle = SortedSet(members)
    var open: SortedSet<Int> = []
    var done: SortedSet<Int> = []
    func visit(_ number: Int) -> Bool {
      if open.contains(number) { return true }
      if done.contains(number) { return false }
      open.insert(number)
      defer {
        open.remove(number)
        done.insert(number)
      }
      return flow.prerequisites(of: number).compactMap(flow.goal(making:)).contains {
        circle.contains($0) && visit($0)
      }
    }
    return members.count < 1000 && members.contains(where: visit)
  }

  /// The shortest way from a goal to what it reads and back to itself.
  private func ring(from start: Int, in members: SortedSet<Int>) -> [Int]? {
    var previous = SortedMap<Int, Int>()
    var queue = [start][...]
    while let number = queue.popFirst() {
      for writer in flow.writers(readBy: number) where members.contains(writer) {
        if writer == start, number != start {
          var way = [number]
          while let last = way.last, last != start, let next = previous[last] { way.append(next) }
          return way.reversed()
        }
        guard writer != start, previous[writer] == nil else { continue }
        previous[writer] = number
        queue.append(writer)
      }
    }
    return nil
  }
}

/// Finds goals that reach each other (Tarjan's strongly connected components), with a stack of its own.
private struct ComponentSearch {
  private struct Frame {
    let node: Int
    var rest: ArraySlice<Int>
  }

  private let flow: DataFlow
  private var order: [Int]
  private var low: [Int]
  private var isOnStack: [Bool]
  private var stack: [Int] = []
  private var frames: [Frame] = []
  private var count = 0
  private var components: [[Int]] = []

  init(_ flow: DataFlow) {
    self.flow = flow
    order = Array(repeating: -1, count: flow.goals.count)
    low = order
    isOnStack = Array(repeating: false, count: flow.goals.count)
  }

  /// Components of two goals or more, each in the order of the goals.
  mutating func run() -> [[Int]] {
    for node in flow.goals.indices where order[node] < 0 {
      open(node)
      while !frames.isEmpty { step() }
    }
    return components
  }

  private mutating func open(_ node: Int) {
    order[node] = count
    low[node] = count
    count += 1
    stack.append(node)
    isOnStack[node] = true
    frames.append(Frame(node: node, rest: flow.writers(readBy: node)[...]))
  }

  private mutating func step() {
    let last = frames.count - 1
    let node = frames[last].node
    if let next = frames[last].rest.popFirst() {
      if order[next] < 0 {
        open(next)
      } else if isOnStack[next] {
        low[node] = min(low[node], order[next])
      }
      return
    }
    frames.removeLast()
    if let parent = frames.last?.node { low[parent] = min(low[parent], low[node]) }
    guard low[node] == order[node] else { return }
    var members: [Int] = []
    while let member = stack.popLast() {
      isOnStack[member] = false
      members.append(member)
      if member == node { break }
    }
    if members.count > 1 { components.append(members.sorted()) }
  }
}
