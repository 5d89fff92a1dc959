import Model

extension Graph {
  /// What a round with these members makes, in the order of the targets' names.
  ///
  /// Every explicit target, and every pattern of `NODE/PROC/FILE` or `NODE/DMake/FILE` instantiated for each member
  /// and each process in its configuration. Targets in the folder of an absent node are left out until it joins;
  /// phony targets and patterns of other files are goals only if a goal needs them. A node whose configuration is its
  /// own rules' to make, and is not there yet, counts as having all processes that patterns name.
  ///
  /// - Parameters:
  ///   - steps: how much work that may be, see ``AnalysisBudget``.
  ///   - exists: whether a file is there, which decides where several patterns match a name as well.
  public func goals(
    members: [NodeName], steps: Int? = nil, exists: (String) -> Bool = { _ in false },
    processes: (NodeName) -> [ProcessName]
  ) throws(AnalysisLimit) -> [Goal] {
    let budget = AnalysisBudget(steps: steps ?? AnalysisBudget.standardSteps)
    return try withoutActuallyEscaping(exists) { exists throws(AnalysisLimit) in
      let index = RuleIndex(self, budget: budget, exists: exists)
      let goals = try goals(index, budget, members: members, processes: processes)
      let undecided = undecidedNodes(goals, exists: exists, processes: processes)
      if undecided.isEmpty { return goals }
      let named = namedProcesses(index)
      return try self.goals(index, budget, members: members) { undecided.contains($0) ? named : processes($0) }
    }
  }

  /// Nodes that will say by rules of their own which processes they have, and have not yet. What such a process needs
  /// must be there before its node starts it.
  private func undecidedNodes(
    _ goals: [Goal], exists: (String) -> Bool, processes: (NodeName) -> [ProcessName]
  ) -> SortedSet<NodeName> {
    let paths = SortedSet(goals.filter(\.isLocal).compactMap { $0.output?.reference.path })
    let nodes = paths.filter { $0.nodeFile == .config && !exists($0.text) }.compactMap {
      try? NodeName(String($0.top))
    }
    return SortedSet(nodes.filter { processes($0).isEmpty })
  }

  /// The processes whose files patterns make, by name.
  private func namedProcesses(_ index: RuleIndex) -> [ProcessName] {
    index.patternTargets.compactMap { pattern in
      let parts = (HiddenSpace.split(pattern)?.path ?? pattern).split(separator: "/")
      return parts.count == 3 && parts[0] == "%" ? try? ProcessName(String(parts[1])) : nil
    }
  }

  private func goals(
    _ index: RuleIndex, _ budget: AnalysisBudget, members: [NodeName], processes: (NodeName) -> [ProcessName]
  ) throws(AnalysisLimit) -> [Goal] {
    let present = SortedSet(members)
    let folders = present.elements.flatMap { node in
      [(node: node.text, folder: TreePath.nodeFolder)]
        + SortedSet(processes(node)).map { (node: node.text, folder: $0.text) }
    }
    var waiting: [String] = index.explicitTargets.filter { target in
      !index.rules(of: target).contains(where: \.isPhony) && !isUnderAbsentNode(target, present)
    }
    for pattern in index.patternTargets {
      budget.spend(folders.count)
      let names = names(pattern, folders, present)
      guard budget.spend(names: names) else {
        throw AnalysisLimit(place: nil, target: HiddenSpace.shown(pattern))
      }
      waiting += names
    }
    var search = GoalSearch(self, index, wanted: SortedSet(waiting), present: present, budget: budget)
    let found = try search.run()
    var inheritance = Inheritance(self, found, budget)
    let goals = try inheritance.goals { search.recipeText($0.recipe ?? "") }
    return goals.sorted { $0.target < $1.target }
  }

  private func names(
    _ pattern: String, _ folders: [(node: String, folder: String)], _ present: SortedSet<NodeName>
  ) -> [String] {
    guard let (_, path, tag) = HiddenSpace.split(pattern) else {
      return Pattern.names(pattern, folders: folders)
    }
    // `plan.xml{node[@name='%']}`: a node's part of a file.
    if !path.contains("%") {
      return present.elements.map { pattern.replacing("%", with: $0.text, maxReplacements: 1) }
    }
    let suffix = "/~\(HiddenSpace.encoded(tag))"
    return Pattern.names(path, folders: folders).map { "\(HiddenSpace.outputs)/\($0)\(suffix)" }
  }

  /// Whether the name has the form of figure 5 below a node that is not there.
  func isUnderAbsentNode(_ target: String, _ present: SortedSet<NodeName>) -> Bool {
    guard let path = HiddenSpace.name(target)?.reference.path else { return false }
    guard path.isOfNode, let node = try? NodeName(String(path.top)) else { return false }
    return !present.contains(node) && !plainFolders.contains(node.text)
  }
}

extension TreePath {
  /// Whether it is one of the places below a node (figure 5); other files are intermediate results of policies.
  var isOfNode: Bool {
    if nodeFile != nil { return true }
    let components = self.components
    return components.count == 2
      && (components[1] == Self.newNodeFile || components[1] == Self.failNodeFile)
  }

  /// States and events: agents and DMake write them, policies only read them.
  public var isWrittenByAgents: Bool {
    guard isOfNode else { return false }
    guard let file = nodeFile else { return true }
    return file.isState || (file.process != nil && file.name == Self.stopProcFile)
  }
}
