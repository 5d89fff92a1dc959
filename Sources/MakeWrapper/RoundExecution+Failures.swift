import DMakefile
import FileTree
import Linux
import Model

extension RoundExecution {
  /// Notes that a rule did not do its work in this pass.
  func fail(_ target: String, _ fault: RuleFault) {
    let rule = graph.rules[target]
    memory[failure: target] = .after(
      before.policy == memory.policy ? before[failure: target] : nil, fault.at(rule?.place),
      inputs: rule.map { digests.ofEverything(of: $0) } ?? Digest(of: []), tick: request.tick,
      // Of a makefile that is missing, say, make tells whenever it runs.
      isRetried: rule != nil)
    done.remove(target)
  }

  /// Gives failed rules another time that were due and did not run, since something that they need must wait. What
  /// stays due would begin the next round at once, and all that follow.
  func postponeFailures() {
    for target in memory.failures {
      guard let failure = memory[failure: target], failure.isOverdue(at: request.tick) else { continue }
      memory[failure: target] = failure.postponed(at: request.tick)
    }
  }

  /// Stops rules that would run for ever: they keep what they had when the round began, and do not run until an
  /// input from outside changes, a new policy comes or an operator lifts it (DESIGN 3b, rule 7).
  func quarantine(_ ending: PassHistory.Endless) throws(RoundFailure) {
    try revert(ending.targets.map { ($0, fault(of: $0, ending)) })
  }

  /// Refuses what rules have set in this round where others set another value for the same tag, in whatever passes they
  /// ran. Answers whether there was such a tag.
  func refuseConflicts() throws(RoundFailure) -> Bool {
    var faults = SortedMap<String, RuleFault>()
    // What was refused counts as long as its rule has not run again: else the one that runs alone would win.
    let refused = memory.refused.filter { memory[failure: $0]?.kind == .conflict }
    for path in assembledPaths {
      var records = SortedMap<String, AssignedValues>()
      for target in workshop.assigners.targets(of: path) { records[target] = memory[assignments: target] }
      for target in refused {
        guard let values = memory[refused: target], values.values.keys.contains(where: { $0.path == path })
        else { continue }
        records[target] = values
      }
      for conflict in AssignmentTable.conflicts(records) {
        for target in [conflict.first.target, conflict.second.target] where done.contains(target) {
          faults[target] = fault(of: conflict)
        }
      }
    }
    if faults.isEmpty { return false }
    for target in faults.keys { memory[refused: target] = memory[assignments: target] }
    try revert(faults.map { ($0, $1) })
    return true
  }

  /// Gives rules back what they had made when the round began.
  private func revert(_ faults: [(target: String, fault: RuleFault)]) throws(RoundFailure) {
    var assembled = SortedSet<TreePath>()
    do throws(SystemError) {
      for (target, fault) in faults {
        fail(target, fault)
        memory[rule: target] = before[rule: target]
        // What it made of them is taken back, so it has yet to handle them.
        memory[handled: target] = before[handled: target]
        for record in [memory[assignments: target], before[assignments: target]] {
          assembled.formUnion(record?.values.keys.map(\.path) ?? [])
        }
        workshop.setAssignments(target, before[assignments: target])
        try restoreStart(of: target)
        candidates.formUnion(graph.readers(of: target))
      }
    } catch { throw .file(error) }
    try assemble(assembled)
  }

  /// Names the rules with their places, and the values between which they move.
  private func fault(of target: String, _ ending: PassHistory.Endless) -> RuleFault {
    let details = ending.targets.flatMap { outputs.values(of: $0) }.map {
      RuleProblem.Detail(reference: $0.reference, texts: $0.texts)
    }
    let rules = ending.targets.map { target in
      let place = graph.rules[target].map { " (\($0.place))" } ?? ""
      return "`\(HiddenSpace.shown(target))`\(place)"
    }
    let verb = ending.isRepeating ? "alternate" : "take new values without end"
    let message =
      rules.count == 1
      ? "the rule for \(rules[0]) changes what it reads, so its values \(verb); let it read something else"
      : "the rules for \(rules.joined(separator: ", ")) change each other's inputs, so their values \(verb); break the circle between them"
    return RuleFault(ending.isRepeating ? .oscillation : .unsettled, message, details: details)
  }

  private func restoreStart(of target: String) throws(SystemError) {
    let stamp = LogicalStamp.input(request.index, pass: pass + 1)
    guard let output = graph.rules[target]?.output else { return }
    provenance[output] = nil
    if output.tag != nil {
      let values = memory[assignments: target]?.values[output]
      if let values, !onlyAssigns(target) {
        try root.write(target, TagValues.content(of: values), stamp)
      } else {
        try root.remove(target)
      }
    } else if memory[assignments: target] == nil || request.tree[output.path] != nil {
      let old = request.tree[output.path]?.content
      guard tree[output.path]?.content != old else { return }
      try put(output.path, old, stamp)
      memory[input: ValueReference(output.path)] = InputRecord(stamp: stamp, content: old)
    }
  }

  /// Lets quarantined rules try again whose outside inputs have changed, directly or through other rules.
  func liftQuarantines() {
    let quarantined = memory.failures.filter { memory[failure: $0]?.kind.isQuarantine ?? false }
    guard !quarantined.isEmpty else { return }
    let reached = reach(of: changedInputs.keys.sorted())
    let changedRules = quarantined.filter { target in
      graph.rules[target].map { $0.signature != memory[rule: target]?.signature && memory[rule: target] != nil }
        ?? true
    }
    let isPolicyPartChanged = !changedRules.isEmpty
    for target in quarantined
    where reached.contains(target) || isPolicyPartChanged || request.lifted.contains(HiddenSpace.shown(target))
    {
      release(target)
    }
  }

  /// All rules that the names lead to, through targets and through assigned values.
  private func reach(of names: [String]) -> Set<String> {
    var found = graph.closure(of: names)
    var next = Array(found)
    while let name = next.popLast() {
      guard let rule = graph.rules[name] else { continue }
      // A rule in quarantine may never have set anything: what it says that it sets counts too.
      let set = memory[assignments: name]?.values.keys ?? []
      let said = [rule.output].compactMap { $0 } + (rule.goal?.assigned ?? [])
      let read = Set((set + said).map(\.path)).flatMap { graph.inputNames(of: $0) }
      for further in graph.closure(of: read) where found.insert(further).inserted { next.append(further) }
    }
    return found
  }
}
