import DMakefile
import FileTree
import Linux
import Model

extension RoundExecution {
  /// Takes over what a run of make left: outputs of the rules that succeeded become part of the tree, everything
  /// else is as it was. Answers which rules succeeded.
  func take(_ report: MakeReport, of ready: [String]) throws(RoundFailure) -> SortedSet<String> {
    do throws(SystemError) {
      var written = SortedSet(
        try root.foreignChanges(hidden: hiddenFiles(of: ready), isVisibleKnown: isMakeAlone(in: ready)))
      var ran = SortedSet(report.ran)
      ran.formUnion(siblings(of: ran, among: written))
      var failures = report.failures
      let assigned = try readAssignments(of: ran, &failures)
      for conflict in AssignmentTable.conflicts(assigned) {
        for target in [conflict.first.target, conflict.second.target] where !failures.contains(target) {
          failures[target] = failure(of: conflict)
        }
      }
      for target in ran where !failures.contains(target) {
        failures[target] = try outputFailure(of: target, written, assigned[target])
      }
      var succeeded = SortedSet<String>()
      for target in ran where !failures.contains(target) {
        // A rule that only assigns starts no program, so what stands there was written by another one's recipe.
        let isWritten = written.contains(target) && !onlyAssigns(target)
        try accept(target, isWritten: isWritten, assigned[target])
        if isWritten { written.remove(target) }
        succeeded.insert(target)
      }
      for (target, failure) in failures {
        fail(target, failure)
      }
      acceptSilent(ready, ran, failures)
      var stray: [String] = []
      for path in written { if try restore(path, failures) { stray.append(path) } }
      reportStray(stray, ran: ran)
      return succeeded
    } catch { throw .file(error) }
  }

  func onlyAssigns(_ target: String) -> Bool { graph.rules[target]?.goal?.assignsOnly == true }

  /// Whether the wave started no program, so that nothing was written but what make writes for assignments.
  private func isMakeAlone(in ready: [String]) -> Bool {
    !policy.runsFunctions && ready.allSatisfy(onlyAssigns)
  }

  /// Hidden files that recipes of the wave may have written: what they make, what they read, and what make reads.
  func hiddenFiles(of ready: [String]) -> Set<String> {
    var names = Set(HiddenFiles.own)
    if isMakeAlone(in: ready) { return names }
    for rule in ready.compactMap({ graph.rules[$0] }) {
      names.formUnion(([rule.target] + rule.alsoMakes).filter(HiddenFiles.isHidden))
      for name in rule.prerequisites + rule.orderOnly + (rule.goal?.recipeReads ?? []) {
        if HiddenFiles.isHidden(name) {
          names.insert(name)
        } else if let path = graph.inputs[name]?.path {
          names.insert(HiddenFiles.standIn(for: path))
        }
      }
    }
    return names
  }

  /// Further targets of a recipe that makes several files at once: make names only one of them.
  private func siblings(of ran: SortedSet<String>, among written: SortedSet<String>) -> [String] {
    ran.flatMap { graph.rules[$0]?.alsoMakes ?? [] }.filter { graph.contains($0) && written.contains($0) }
  }

  private func failure(of conflict: AssignmentTable.Conflict) -> RuleFault {
    let parts = [conflict.first, conflict.second].map { assignment in
      let place = graph.rules[assignment.target].map { "\($0.place)" } ?? "?"
      return
        "the rule for `\(HiddenSpace.shown(assignment.target))` (\(place)) sets `\(assignment.values.joined(separator: ", "))`"
    }
    return RuleFault(
      .conflict,
      "`\(conflict.reference)` gets two values in one pass: \(parts[0]), \(parts[1]); let one rule set it",
      details: [
        RuleProblem.Detail(
          reference: "\(conflict.reference)",
          texts: [conflict.first, conflict.second].map { Excerpt.text(of: TagValues.content(of: $0.values)) })
      ])
  }

  /// Why what a recipe left cannot be taken, or nil.
  private func outputFailure(
    of target: String, _ written: SortedSet<String>, _ assigned: AssignedValues?
  ) throws(SystemError) -> RuleFault? {
    guard let output = graph.rules[target]?.output else { return nil }
    guard let content = try onlyAssigns(target) && output.tag != nil ? nil : root.readPlain(target) else {
      // The recipe set the file by its tags, or the value by an assignment.
      if let assigned, assigned.values.keys.contains(where: { $0.path == output.path }) { return nil }
      return RuleFault(
        .missingOutput,
        "the recipe succeeded without making `\(output)`; write to `$@` or assign `\(output.path){tag}`")
    }
    guard written.contains(target), output.tag == nil else { return nil }
    let defect =
      target.hasSuffix(".xml")
      ? Assembly.defect(in: content).map { "is not XML: \($0)" } ?? validate(output.path, content) : nil
    return defect.map {
      RuleFault(.badOutput, "the recipe's `\(target)` \($0)")
    }
  }

  /// Makes what a successful rule left part of the tree and of the memory.
  private func accept(_ target: String, isWritten: Bool, _ assigned: AssignedValues?) throws(SystemError) {
    guard let rule = graph.rules[target] else { return }
    let stamp = LogicalStamp.output(request.index, pass: pass)
    var changed = memory[rule: target]?.changed ?? (rule.output == nil ? stamp : .never)
    var assigned = assigned?.values ?? [:]
    if let output = rule.output, output.tag == nil {
      if isWritten, let content = try root.readPlain(target) {
        changed = try acceptFile(target, output, content, stamp, else: changed)
      } else {
        try root.setStamp(of: target, changed)
      }
    } else if let output = rule.output {
      let old = memory[assignments: target]?.values[output]
      // A value that the rule assigned is also what its own file must hold.
      var values = assigned[output] ?? old ?? []
      if isWritten, let content = try root.readPlain(target) {
        values = TagValues.values(in: content)
        root.forget(target)
      }
      assigned[output] = values
      changed = stamp
      // Nobody reads the file of a rule that only assigns.
      if rule.goal?.assignsOnly != true {
        try root.write(target, TagValues.content(of: values), stamp)
      } else if root.digest(of: target) != nil {
        try root.remove(target)
      }
    } else {
      changed = stamp
    }
    forgetFindings(of: target, isNewRule: memory[rule: target]?.signature != rule.signature)
    memory[failure: target] = nil
    memory[rule: target] = RuleRecord(stamp: stamp, changed: changed, signature: rule.signature)
    done.insert(target)
    if changed == stamp { candidates.formUnion(graph.readers(of: target)) }
    acceptAssignments(of: target, assigned, stamp)
  }

  /// Answers when the file was last changed, which may be now. One that was made again the same keeps its time.
  private func acceptFile(
    _ target: String, _ output: ValueReference, _ content: Content, _ stamp: LogicalStamp,
    else unchanged: LogicalStamp
  ) throws(SystemError) -> LogicalStamp {
    let old = tree[output.path]?.content
    let changed = old == content && unchanged != .never ? unchanged : stamp
    note(output, by: target, old: request.tree[output.path]?.content, new: content)
    outputs.note(target, output, old: old, new: content)
    workshop.record(TreeChange(output.path, content), at: request.index)
    written.insert(output.path)
    try root.adopt(target, content, changed)
    return changed
  }

  private func acceptAssignments(
    of target: String, _ values: SortedMap<ValueReference, [String]>, _ stamp: LogicalStamp
  ) {
    let old = memory[assignments: target]
    for reference in SortedSet((old?.values.keys ?? []) + values.keys) {
      touched.insert(reference.path)
      let (before, now) = (old?.values[reference], values[reference])
      // Most rules that run again make the same again.
      if before == now { continue }
      outputs.note(target, reference, old: before.map(TagValues.content), new: now.map(TagValues.content))
    }
    workshop.setAssignments(target, values.isEmpty ? nil : AssignedValues(stamp: stamp, values: values))
  }

  /// Rules that had to run and of which make said nothing have an empty recipe: they are done.
  private func acceptSilent(
    _ ready: [String], _ ran: SortedSet<String>, _ failures: SortedMap<String, RuleFault>
  ) {
    let stale = graph.closure(of: failures.keys)
    let stamp = LogicalStamp.output(request.index, pass: pass)
    for target in ready where !ran.contains(target) && !stale.contains(target) {
      guard let rule = graph.rules[target] else { continue }
      memory[failure: target] = nil
      memory[rule: target] = RuleRecord(stamp: stamp, changed: stamp, signature: rule.signature)
      done.insert(target)
      candidates.formUnion(graph.readers(of: target))
    }
  }

  /// Brings a file back that was written by a recipe that failed, or by one that had no business with it. Answers
  /// whether it was such a one.
  func restore(_ path: String, _ failures: SortedMap<String, RuleFault>) throws(SystemError) -> Bool {
    root.forget(path)
    if let tracked = try? TreePath(path), let file = tree[tracked] {
      try root.write(path, file.content, memory[rule: path]?.changed ?? .input(file.index, pass: 0))
    } else if !onlyAssigns(path),
      let values = graph.rules[path]?.output.flatMap({ memory[assignments: path]?.values[$0] })
    {
      try root.write(path, TagValues.content(of: values), memory[rule: path]?.changed ?? .never)
    } else {
      try root.remove(path)
    }
    return !failures.contains(path) && !HiddenFiles.isHidden(path)
  }
}
