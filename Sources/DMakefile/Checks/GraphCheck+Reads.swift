import Model

extension GraphCheck {
  /// Files and values that rules read and nothing writes: neither agents and applications, nor a rule, nor a template
  /// of the bundle.
  var unwrittenFindings: [Diagnostic] {
    let isUnwritten = zip(flow.references, flow.names).enumerated().map { number, entry in
      guard flow.writers[number].isEmpty, let reference = entry.0 else { return false }
      return mustBeWritten(reference, entry.1)
    }
    let found = goals.indices.flatMap { number in
      flow.reads(of: number).filter { isUnwritten[$0] }.map { (goal: number, name: $0) }
    }
    return found.enumerated().compactMap { position, found in
      guard let reference = flow.references[found.name] else { return nil }
      // The first ones are enough to see what is the matter with all.
      let nearest = position < Self.nearestLimit ? nearest(to: reference) : nil
      return unwritten(reference, flow.names[found.name], goals[found.goal], nearest)
    }
  }

  private static let nearestLimit = 100

  private func mustBeWritten(_ reference: ValueReference, _ name: String) -> Bool {
    let path = reference.path
    if let file = path.nodeFile, file.process != nil, text.watchedFiles.contains(file.name) { return false }
    if path.isWrittenByAgents || isWrittenByPrograms(reference) || hasTemplate(path) { return false }
    // A rule without a recipe says that the target is nothing to be made; one below an absent node waits for it.
    return !declared.contains(name) && index.pattern(of: name) == nil
  }

  /// Whether a program may set it by way of `$DMAKE_ASSIGN`, or an assignment whose X is known to make alone.
  private func isWrittenByPrograms(_ reference: ValueReference) -> Bool {
    reference.path.text.hasSuffix(".xml") && (text.assignsByPrograms || hasUnknownAssignments)
  }

  private func hasTemplate(_ path: TreePath) -> Bool { Template.content(for: path, in: text.bundle) != nil }

  private func unwritten(
    _ reference: ValueReference, _ name: String, _ goal: Goal, _ nearest: ValueReference?
  ) -> Diagnostic {
    let shown = HiddenSpace.shown(name)
    let isInBundle = text.bundle[reference.path.text] != nil
    let hint =
      isInBundle
      ? "the bundle's file is `$(DMAKE_BUNDLE)/\(reference.path)`"
      : nearest.map { "is `\($0)` meant?" } ?? "write a rule that makes it, or correct its name"
    return finding(
      .nothingWrites, .warning, goal.place, target: goal.target, prerequisite: name,
      "nothing writes `\(shown)`",
      note: "what is absent reads as empty, so the rule works on nothing", hint: hint)
  }

  /// What is written and has almost the same name.
  private func nearest(to reference: ValueReference) -> ValueReference? {
    let sameFile = (owners[reference.path] ?? []).map(\.reference)
    let candidates = sameFile.isEmpty ? owners.keys.map { ValueReference($0, tag: reference.tag) } : sameFile
    let wanted = Array(reference.description.utf8)
    let distances = candidates.prefix(500).map { ($0, Self.distance(wanted, Array($0.description.utf8))) }
    return distances.filter { $0.1 <= min(3, wanted.count / 3) }.min { $0.1 < $1.1 }?.0
  }

  /// How many letters must be put in, taken out or exchanged (Levenshtein); neighbours that changed places are two.
  static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    if abs(left.count - right.count) > 3 { return 4 }
    var row = Array(0...right.count)
    for (i, byte) in left.enumerated() {
      var previous = row[0]
      row[0] = i + 1
      for (j, other) in right.enumerated() {
        let substituted = previous + (byte == other ? 0 : 1)
        previous = row[j + 1]
        row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[right.count]
  }

  /// Intermediate results that no rule, no invariant and no delivered file needs.
  var unreadFindings: [Diagnostic] {
    let intermediates = owners.filter { path, _ in !path.isOfNode }
    // Of a policy that delivers nothing yet nobody can say what is needed.
    if intermediates.isEmpty || intermediates.count == owners.count { return [] }
    var read = SortedMap<TreePath, [String?]>()
    for number in SortedSet(goals.indices.flatMap(flow.reads)) {
      guard let reference = flow.references[number], intermediates[reference.path] != nil else { continue }
      read[reference.path, default: []].append(reference.tag)
    }
    let suspects = intermediates.flatMap { path, owners in
      let tags = read[path] ?? []
      if tags.contains(nil) { return [Owner]() }
      var index = TagPathIndex(tags.compactMap { $0 })
      return owners.filter { owner in
        let isRead = owner.reference.tag.map { index.isRead($0) } ?? !tags.isEmpty
        return !isRead && !isInInvariant(owner.reference)
      }
    }
    if suspects.isEmpty { return [] }
    let mentions = Mentions(text, of: suspects.map(\.reference.path))
    let makers = SortedMap(goals.map { ($0.target, $0) })
    return suspects.compactMap { owner in
      guard let goal = makers[owner.target], goal.recipe != nil, let place = goal.place,
        let site = text.rule(at: place), !mentions.contains(owner.reference.path, outside: site)
      else { return nil }
      let isMark =
        owner.reference == goal.output?.reference && (!goal.assigned.isEmpty || assignsByProgram(goal))
      return isMark ? nil : unread(owner, goal)
    }
  }

  private func unread(_ owner: Owner, _ goal: Goal) -> Diagnostic {
    finding(
      .nobodyReads, .warning, goal.place, target: goal.target, "nobody reads `\(owner.reference)`",
      note: "it is in no node's folder, so it is delivered to nobody, and no rule needs it",
      hint: "let a rule read it, give it a path below `NODE/PROC/`, or remove the rule")
  }

  /// Whether a program that the recipe runs may set values, so that the target is only a mark that it ran.
  private func assignsByProgram(_ goal: Goal) -> Bool {
    guard let recipe = goal.recipe else { return false }
    if recipe.contains("DMAKE_ASSIGN") { return true }
    return text.assignsByPrograms
      && (recipe.contains("DMAKE_BUNDLE") || text.namesProgram(recipe))
  }

  private func isInInvariant(_ reference: ValueReference) -> Bool {
    let words = reference.path.text.split(separator: "/").map { $0.hasSuffix(".xml") ? $0.dropLast(4) : $0 }
    return graph.translation.annotations.contains { annotation in
      switch annotation.kind {
      case .always(let text), .eventually(let text):
        words.last.map { text.contains($0) } == true
          || reference.tag.map { tag in tag.split { "/[]@='\"".contains($0) }.contains { text.contains($0) } }
            == true
      case .local, .leader: false
      }
    }
  }
}
