import DMakefile
import FileTree
import Linux
import Model

extension RoundExecution {
  /// Notes that a rule did not do its work in this pass.
  func fail(_ target: String, _ fault: RuleFault) {
    let vertex = graph.vertex(of: target).flatMap { graph.isRule($0) ? $0 : nil }
    ledger[failure: target] = .after(
      before.policy == ledger.policy ? before[failure: target] : nil,
      fault.at(vertex.flatMap(graph.rule)?.place),
      inputs: vertex.map { digests.ofEverything(of: $0) } ?? Digest(of: []), tick: request.tick,
      // Of a makefile that is missing, say, make tells whenever it runs.
      isRetried: vertex != nil)
    if let vertex { done.remove(vertex) }
  }

  /// Gives failed rules another time that were due and did not run, since something that they need must wait. What
  /// stays due would begin the next round at once, and all that follow.
  func postponeFailures() {
    for target in ledger.memory.failures {
      guard let failure = ledger[failure: target], failure.isOverdue(at: request.tick) else { continue }
      ledger[failure: target] = failure.postponed(at: request.tick)
    }
  }

  /// Stops rules that would run for ever: they keep what they had when the round began, and do not run until an
  /// input from outside changes, a new policy comes or an operator lifts it (dmakefile(5), Failure).
  func quarantine(_ ending: PassHistory.Endless) throws(RoundFailure) {
    try revert(ending.targets.map { ($0, fault(of: $0, ending)) })
  }

  /// Refuses what rules have set in this round where others set another value for the same tag, in whatever passes they
  /// ran. Answers whether there was such a tag.
  func refuseConflicts() throws(RoundFailure) -> Bool {
    var faults = SortedMap<String, RuleFault>()
    // What was refused counts as long as its rule has not run again: else the one that runs alone would win.
    let refused = ledger.memory.refused.filter { ledger[failure: $0]?.kind == .conflict }
    for path in assignedPaths.sorted() {
      let assigners = workshop.assigners.targets(of: path)
      if assigners.count < 2, refused.isEmpty { continue }
      var records = SortedMap<String, AssignedValues>()
      for target in assigners { records[target] = ledger[assignments: target] }
      for target in refused {
        guard let values = ledger[refused: target], values.values.keys.contains(where: { $0.path == path })
        else { continue }
        records[target] = values
      }
      for conflict in AssignmentTable.conflicts(records) {
        for target in [conflict.first.target, conflict.second.target] {
          if graph.vertex(of: target).map(done.contains) ?? false { faults[target] = fault(of: conflict) }
        }
      }
    }
    if faults.isEmpty { return false }
    for target in faults.keys { ledger[refused: target] = ledger[assignments: target] }
    try revert(faults.map { ($0, $1) })
    return true
  }

  /// Gives rules back what they had made when the round began.
  func revert(_ faults: [(target: String, fault: RuleFault)]) throws(RoundFailure) {
    var paths: Set<TreePath> = []
    do throws(SystemError) {
      for (target, fault) in faults {
        fail(target, fault)
        ledger[rule: target] = before[rule: target]
        // What it made of them is taken back, so it has yet to handle them.
        ledger[handled: target] = before[handled: target]
        for record in [ledger[assignments: target], before[assignments: target]] {
          paths.formUnion(record?.values.keys.map(\.path) ?? [])
        }
        workshop.setAssignments(target, before[assignments: target])
        guard let rule = graph.vertex(of: target) else { continue }
        try restoreStart(of: rule)
        candidates.formUnion(graph.readers(of: rule))
      }
    } catch { throw .file(error) }
    try assemble(paths.sorted(), isOfStart: true)
  }

  /// Names the rules with their places, and the values between which they move.
  private func fault(of target: String, _ ending: PassHistory.Endless) -> RuleFault {
    let details = ending.targets.flatMap { outputs.values(of: $0) }.map {
      RuleProblem.Detail(reference: $0.reference, texts: $0.texts)
    }
    let rules = ending.targets.map { target in
      let place = graph.rule(named: target).map { " (\($0.place))" } ?? ""
      return "`\(HiddenSpace.shown(target))`\(place)"
    }
    let verb = ending.isRepeating ? "alternate" : "take new values without end"
    let message =
      rules.count == 1
      ? "the rule for \(rules[0]) changes what it reads, so its values \(verb); let it read something else"
      : "the rules for \(rules.joined(separator: ", ")) change each other's inputs, so their values \(verb); break the circle between them"
    return RuleFault(ending.isRepeating ? .oscillation : .unsettled, message, details: details)
  }

  private func restoreStart(of vertex: Vertex) throws(SystemError) {
    let stamp = LogicalStamp.input(request.index, pass: pass + 1)
    guard let rule = graph.rule(vertex), let output = rule.output else { return }
    let target = rule.target
    provenance[output] = nil
    let values = ledger[assignments: vertex]?.values[output]
    if output.tag != nil {
      if let values, !rule.onlyAssigns {
        try root.write(target, TagValues.content(of: values), stamp)
      } else {
        try root.remove(target)
      }
    } else if ledger[assignments: vertex] == nil || request.tree[output.path] != nil {
      let old = request.tree[output.path]?.content
      guard tree[output.path]?.content != old else { return }
      try put(output.path, old, stamp)
      ledger[assembled: output.path] = InputRecord(stamp: stamp, content: old)
    }
  }

  /// Lets quarantined rules try again whose outside inputs have changed, directly or through other rules.
  func liftQuarantines() {
    let quarantined = ledger.memory.failures.filter { ledger[failure: $0]?.kind.isQuarantine ?? false }
    guard !quarantined.isEmpty else { return }
    let reached = reach(of: VertexSet(changedInputs.keys))
    let isPolicyPartChanged = quarantined.contains { target in
      guard let rule = graph.rule(named: target) else { return true }
      return ledger[rule: target].map { $0.signature != rule.signature } ?? false
    }
    for target in quarantined {
      let isReached = graph.vertex(of: target).map(reached.contains) ?? false
      if isReached || isPolicyPartChanged || request.lifted.contains(HiddenSpace.shown(target)) {
        release(target)
      }
    }
  }

  /// All rules that the inputs lead to, through targets and through assigned values.
  private func reach(of inputs: VertexSet) -> VertexSet {
    var found = graph.closure(of: inputs)
    var next = Array(found)
    while let vertex = next.popLast() {
      guard let rule = graph.rule(vertex) else { continue }
      // A rule in quarantine may never have set anything: what it says that it sets counts too.
      let set = ledger[assignments: vertex]?.values.keys ?? []
      let said = [rule.output].compactMap { $0 } + (rule.goal?.assigned ?? [])
      let read = Set((set + said).map(\.path)).flatMap { graph.inputs(of: $0) }
      for further in graph.closure(of: read) where found.insert(further) { next.append(further) }
    }
    return found
  }
}
