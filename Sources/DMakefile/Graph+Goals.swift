import Model

extension Graph {
  /// What a round with these members makes, in the order of the targets' names.
  ///
  /// Every explicit target, and every pattern of `NODE/PROC/FILE` or `NODE/DMake/FILE` instantiated for each member
  /// and each process in its configuration. Targets in the folder of an absent node are left out until it joins;
  /// phony targets and patterns of other files are goals only if a goal needs them.
  ///
  /// - Parameter exists: whether a file is there, which decides where several patterns match a name as well.
  public func goals(
    members: [NodeName], exists: (String) -> Bool = { _ in false }, processes: (NodeName) -> [ProcessName]
  ) -> [Goal] {
    withoutActuallyEscaping(exists) { exists in
      goals(RuleIndex(self, exists: exists), members: members, processes: processes)
    }
  }

  private func goals(
    _ index: RuleIndex, members: [NodeName], processes: (NodeName) -> [ProcessName]
  ) -> [Goal] {
    let present = SortedSet(members)
    let folders = present.elements.flatMap { node in
      [(node: node.text, folder: TreePath.nodeFolder)]
        + SortedSet(processes(node)).map { (node: node.text, folder: $0.text) }
    }
    var waiting: [String] = index.explicitTargets.filter { target in
      !index.rules(of: target).contains(where: \.isPhony) && !isUnderAbsentNode(target, present)
    }
    for pattern in index.patternTargets { waiting += names(pattern, folders, present) }
    let wanted = SortedSet(waiting)
    var found: [Goal] = []
    var seen: SortedSet<String> = []
    var recipes = SortedMap<String, RecipeText>()
    while let target = waiting.popLast() {
      guard !seen.contains(target) else { continue }
      // What nothing makes is not looked for again either, for thousands of rules may need it.
      seen.insert(target)
      let isWanted = wanted.contains(target)
      guard isWanted || !isUnderAbsentNode(target, present),
        let goal = goal(target, index, isWanted: isWanted, &recipes)
      else { continue }
      found.append(goal)
      waiting += goal.prerequisites + goal.orderOnly + goal.alsoMakes
    }
    return Inheritance(self, found).goals.sorted { $0.target < $1.target }
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
  private func isUnderAbsentNode(_ target: String, _ present: SortedSet<NodeName>) -> Bool {
    guard let path = HiddenSpace.name(target)?.reference.path else { return false }
    guard path.isOfNode, let node = try? NodeName(String(path.top)) else { return false }
    return !present.contains(node) && !plainFolders.contains(node.text)
  }

  /// The goal for a name; nil if no rule makes it. `isWanted`: the policy names it, it is not only needed.
  private func goal(
    _ target: String, _ index: RuleIndex, isWanted: Bool, _ recipes: inout SortedMap<String, RecipeText>
  ) -> Goal? {
    let explicit = index.rules(of: target)
    let name = HiddenSpace.name(target)
    var rule = explicit.first { $0.recipe != nil } ?? explicit.first
    var stem = rule?.stem
    var places = explicit.map(\.place)
    var prerequisites = explicit.flatMap { $0.completed($0.prerequisites) }
    var orderOnly = explicit.flatMap { $0.completed($0.orderOnly) }
    var alsoMakes = explicit.flatMap(\.alsoMakes)
    var pattern: [String] = []
    let isPhony = explicit.contains(where: \.isPhony)
    if rule?.recipe == nil, !isPhony, isWanted || !isOfAgents(name),
      let (implicit, match) = index.pattern(of: target)
    {
      rule = implicit
      stem = match.stem
      places.append(implicit.place)
      prerequisites = implicit.prerequisites.map(match.apply) + prerequisites
      orderOnly = implicit.orderOnly.map(match.apply) + orderOnly
      alsoMakes = implicit.targets.map(match.apply).filter { $0 != target }
      pattern = implicit.targets
    }
    guard let rule else { return nil }
    let recipe = explicit.count > 1 ? explicit.compactMap(\.recipe).joined(separator: "\n") : rule.recipe
    let text: RecipeText
    if let known = recipes[recipe ?? ""] {
      text = known
    } else {
      text = RecipeText(recipe ?? "", self)
      recipes[recipe ?? ""] = text
    }
    let draft = GoalDraft(
      graph: self, target: target, recipe: text, stem: stem, prerequisites: prerequisites, orderOnly: orderOnly,
      variables: index.variables(of: target) + patternVariables(of: target) + values(for: text))
    return Goal(
      target: target, output: name, place: rule.place, recipe: recipe, stem: stem,
      prerequisites: draft.prerequisites, orderOnly: draft.orderOnly, recipeReads: draft.recipeReads,
      assigned: draft.assigned, isPhony: isPhony, alsoMakes: alsoMakes, signature: draft.signature,
      assignsOnly: text.assignsOnly, pattern: pattern,
      annotations: annotations(ofRulesAt: places.compactMap { $0 }))
  }

  /// The variables of patterns that hold values for a recipe that `$(eval …)` made.
  private func values(for recipe: RecipeText) -> [TargetVariable] {
    if recipe.templateVariables.isEmpty { return [] }
    return database.patternVariables.filter { recipe.templateVariables.contains($0.name) }.map(targetVariable)
  }

  private func annotations(ofRulesAt places: [SourcePlace]) -> [Annotation] {
    translation.annotations.filter { annotation in places.contains(where: annotation.isAbout) }
  }

  /// Files that agents and DMake write: no pattern makes them because it happens to match.
  private func isOfAgents(_ name: HiddenName?) -> Bool {
    if case .value = name { return true }
    return name?.reference.path.isWrittenByAgents ?? false
  }
}

extension DatabaseRule {
  /// Names of a static pattern rule with the stem wherever `%` stands.
  fileprivate func completed(_ names: [String]) -> [String] {
    guard let stem else { return names }
    return names.map { Pattern.Match.complete($0, stem) }
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
  var isWrittenByAgents: Bool {
    guard isOfNode else { return false }
    guard let file = nodeFile else { return true }
    return file.isState || (file.process != nil && file.name == Self.stopProcFile)
  }
}
