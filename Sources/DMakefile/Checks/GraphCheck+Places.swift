import Model

/// Who runs a rule: the leader, one group of leaders, or its node.
extension GraphCheck {
  /// `[local]` rules that a node alone cannot run, and rules that it could.
  var localFindings: [Diagnostic] {
    goals.indices.flatMap { goals[$0].isLocal ? foreignNeeds($0) : couldBeLocal($0) }
  }

  private func foreignNeeds(_ number: Int) -> [Diagnostic] {
    let goal = goals[number]
    guard let own = goal.output?.reference.path, own.isOfNode else {
      return [
        finding(
          .localRule, .error, goal.place, target: goal.target,
          "a `[local]` rule makes `\(HiddenSpace.shown(goal.target))`, which is in no node's folder",
          note: "a node owns nothing but the files below its name",
          hint: "give it a target below `%/PROC/`, or remove `[local]`")
      ]
    }
    return foreignAssignments(goal, own) + foreignReads(number, own)
  }

  private func foreignAssignments(_ goal: Goal, _ own: TreePath) -> [Diagnostic] {
    goal.assigned.filter { !$0.path.isOfNode || $0.path.top != own.top }.map { reference in
      let what = reference.path.isOfNode ? "a file of another node" : "which is in no node's folder"
      return finding(
        .localRule, .error, goal.place, target: goal.target, "a `[local]` rule sets `\(reference)`, \(what)",
        note: "a node owns nothing but the files below its name",
        hint: "set a value below `%/PROC/`, or remove `[local]`")
    }
  }

  private func foreignReads(_ number: Int, _ own: TreePath) -> [Diagnostic] {
    let goal = goals[number]
    return flow.reads(of: number).compactMap { read in
      guard let path = flow.references[read]?.path else { return nil }
      let name = flow.names[read]
      if path.nodeFile != nil, path.top == own.top { return nil }
      if path.isOfNode, path.top == own.top {
        return finding(
          .localRule, .error, goal.place, target: goal.target, prerequisite: name,
          "a `[local]` rule needs `\(HiddenSpace.shown(name))`, an event that the leader alone sees",
          note: "a node does not see itself join, nor get lost",
          hint: "read `%/PROC/stop-proc` or states, or remove `[local]`")
      }
      let what = path.isOfNode ? "a file of another node" : "an intermediate result of the leader"
      return finding(
        .localRule, .error, goal.place, target: goal.target, prerequisite: name,
        "a `[local]` rule needs `\(HiddenSpace.shown(name))`, \(what)",
        note: "the rule runs on its node, which has its own files alone",
        hint: "let a rule of the leader write what it needs into the node's folder, or remove `[local]`")
    }
  }

  /// A rule that makes a file of a process from states and events of the same node alone.
  private func couldBeLocal(_ number: Int) -> [Diagnostic] {
    let goal = goals[number]
    guard goal.stem != nil, goal.leader == nil, isPatternRule(goal) else { return [] }
    let reads = flow.referencesRead(by: number).map(\.path)
    guard !reads.isEmpty, let own = goal.output?.reference.path,
      own.nodeFile?.process != nil, reads.allSatisfy({ $0.isWrittenByAgents && $0.top == own.top }),
      reads.contains(where: { $0.nodeFile?.isState == true }),
      goal.assigned.allSatisfy({ $0.path.top == own.top && $0.path.nodeFile?.process != nil }),
      goal.recipe?.contains("DMAKE_NODES") == false, goal.recipe?.contains("DMAKE_PROCS") == false
    else { return [] }
    return [
      finding(
        .couldBeLocal, .info, goal.place, target: goal.target,
        "the rule reads nothing but its own node's states, so it could be `[local]`",
        note: "a node's agent runs a local rule at once, without the way to the leader and back",
        hint: "put `[local]` on the line above it")
    ]
  }

  /// Not one with a list of targets, which are nodes that somebody chose.
  private func isPatternRule(_ goal: Goal) -> Bool {
    goal.place.flatMap { text.rule(at: $0) }.map { !$0.isStaticPattern } ?? false
  }

  /// Rules of different groups of leaders that depend on each other, or on a common rule.
  var leaderFindings: [Diagnostic] {
    guard goals.contains(where: { $0.leader != nil }) else { return [] }
    var search = LeaderSearch(flow)
    return search.run().map { way, first, second in
      let goal = goals[way[0]]
      let names = way.map { "`\(HiddenSpace.shown(goals[$0].target))`" }.joined(separator: " – ")
      return finding(
        .joinedLeaders, .warning, goal.place, target: goal.target,
        "the leaders `\(first)` and `\(second)` are not disjoint: \(names)",
        note: "groups of leaders decide each for itself; neither would know what the other has made",
        hint: "give the rules of the way one leader, or let each group read states only")
    }
  }
}

/// Looks for ways from the rules of one group to those of another, over what rules make and read, in both directions.
private struct LeaderSearch {
  private let goals: [Goal]
  private var neighbours: [[Int]]

  init(_ flow: DataFlow) {
    goals = flow.goals
    neighbours = Array(repeating: [], count: goals.count)
    for number in goals.indices {
      for writer in SortedSet(flow.writers(readBy: number)) where writer != number {
        neighbours[number].append(writer)
        neighbours[writer].append(number)
      }
    }
  }

  /// A shortest way for each two groups that have one; over rules without a group in between.
  mutating func run() -> [(way: [Int], first: String, second: String)] {
    let groups = SortedSet(goals.compactMap(\.leader)).elements
    var found: [(way: [Int], first: String, second: String)] = []
    for (number, group) in groups.enumerated() {
      var others = SortedSet(groups[(number + 1)...])
      for way in ways(from: group) {
        guard let last = way.last, let other = goals[last].leader, others.contains(other) else { continue }
        others.remove(other)
        found.append((way, group, other))
      }
    }
    return found
  }

  private func ways(from group: String) -> [[Int]] {
    var previous = Array(repeating: -1, count: goals.count)
    var queue = goals.indices.filter { goals[$0].leader == group }
    for start in queue { previous[start] = start }
    var ends: [Int] = []
    var next = 0
    while next < queue.count {
      let number = queue[next]
      next += 1
      if let leader = goals[number].leader, leader != group {
        ends.append(number)
        continue
      }
      for other in neighbours[number] where previous[other] < 0 {
        previous[other] = number
        queue.append(other)
      }
    }
    return ends.map { end in
      var way = [end]
      while let last = way.last, previous[last] != last { way.append(previous[last]) }
      return way.reversed()
    }
  }
}
