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
      ran.formUnion(siblings(of: ran))
      var failures = report.failures
      let assigned = try readAssignments(of: ran, &failures)
      for target in ran where !failures.contains(target) {
        failures[target] = try outputFailure(of: target, written, assigned)
      }
      // What was made out of something that is refused is not taken either.
      let spoilt = graph.reach(from: failures.keys.flatMap(graph.successors), graph.successors)
      let silent = ready.filter { !ran.contains($0) && !spoilt.contains($0) && !failures.contains($0) }
      for target in silent where !hasEmptyRecipe(target) {
        failures[target] = RuleFault(.failed, "make did not run the recipe, although there was a reason to")
      }
      var succeeded = SortedSet(silent.filter(hasEmptyRecipe))
      var changed = SortedMap<String, LogicalStamp>()
      for target in succeeded { changed[target] = .output(request.index, pass: pass) }
      for target in ran where !failures.contains(target) && !spoilt.contains(target) {
        // A rule that only assigns starts no program, so what stands there was written by another one's recipe.
        let isWritten = written.contains(target) && !onlyAssigns(target)
        changed[target] = try accept(target, isWritten: isWritten, assigned[target])
        if isWritten { written.remove(target) }
        succeeded.insert(target)
      }
      for (target, failure) in failures { fail(target, failure) }
      for (target, changed) in changed { noteSuccess(of: target, changed) }
      for path in written { try restore(path) }
      reportStray(
        written.filter { !failures.contains($0) && !spoilt.contains($0) && !HiddenFiles.isHidden($0) }, ran: ran
      )
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
  private func siblings(of ran: SortedSet<String>) -> [String] {
    ran.flatMap { graph.rules[$0]?.alsoMakes ?? [] }.filter(graph.contains)
  }

  /// Whether make has nothing to run for the rule, and so says nothing of it (GNU make manual, 5.9). Every other rule
  /// that is to run must be heard of: silence is no success.
  private func hasEmptyRecipe(_ target: String) -> Bool {
    graph.rules[target]?.goal?.recipe?.utf8.allSatisfy { " \t\r\n-@+".utf8.contains($0) } ?? true
  }

  func fault(of conflict: AssignmentTable.Conflict) -> RuleFault {
    let parts = [conflict.first, conflict.second].map { assignment in
      let place = graph.rules[assignment.target].map { "\($0.place)" } ?? "?"
      return
        "the rule for `\(HiddenSpace.shown(assignment.target))` (\(place)) sets `\(assignment.values.joined(separator: ", "))`"
    }
    return RuleFault(
      .conflict,
      "`\(conflict.reference)` gets two values: \(parts[0]), \(parts[1]); let one rule set it",
      details: [
        RuleProblem.Detail(
          reference: "\(conflict.reference)",
          texts: [conflict.first, conflict.second].map { Excerpt.text(of: TagValues.content(of: $0.values)) })
      ])
  }

  /// Why what a recipe left cannot be taken, or nil.
  private func outputFailure(
    of target: String, _ written: SortedSet<String>, _ assigned: SortedMap<String, AssignedValues>
  ) throws(SystemError) -> RuleFault? {
    guard let rule = graph.rules[target], let output = rule.output else { return nil }
    guard let content = try onlyAssigns(target) && output.tag != nil ? nil : root.readPlain(target) else {
      // The recipe set the file by its tags, or the value by an assignment; for the targets of one run make names one.
      let set = ([target] + rule.alsoMakes).flatMap { assigned[$0]?.values.keys ?? [] }
      if set.contains(where: { $0.path == output.path }) { return nil }
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

  /// Makes what a successful rule left part of the tree. Answers when its output was last another than before.
  private func accept(
    _ target: String, isWritten: Bool, _ assigned: AssignedValues?
  ) throws(SystemError) -> LogicalStamp? {
    guard let rule = graph.rules[target] else { return nil }
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
    acceptAssignments(of: target, assigned, stamp)
    return changed
  }

  /// Notes that the rule did its work, when all that the wave has made is in the tree, so that what the rule read can
  /// be looked at.
  private func noteSuccess(of target: String, _ changed: LogicalStamp) {
    guard let rule = graph.rules[target] else { return }
    forgetFindings(of: target, isNewRule: memory[rule: target]?.signature != rule.signature)
    release(target)
    let stamp = LogicalStamp.output(request.index, pass: pass)
    memory[rule: target] = RuleRecord(
      stamp: stamp, changed: changed, signature: rule.signature, read: digests.ofReasons(of: rule))
    memory[refused: target] = nil
    done.insert(target)
    if !rule.orderOnly.isEmpty { orders[target] = digests.ofOrder(of: rule) }
    if changed == stamp { candidates.formUnion(graph.successors(of: target)) }
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

  /// Brings a file back that was written by a recipe that failed, or by one that had no business with it.
  func restore(_ path: String) throws(SystemError) {
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
  }
}
