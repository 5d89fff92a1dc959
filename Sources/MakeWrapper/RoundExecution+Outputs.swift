import DMakefile
import FileTree
import Linux
import Model

extension RoundExecution {
  /// Takes over what a run of make left: outputs of the rules that succeeded become part of the tree, everything
  /// else is as it was. Answers which rules succeeded.
  func take(_ report: MakeReport, of ready: [Vertex]) throws(RoundFailure) -> VertexSet {
    do throws(SystemError) {
      var written = SortedSet(
        try root.foreignChanges(hidden: hiddenFiles(of: ready), isVisibleKnown: isMakeAlone(in: ready)))
      var ran = report.ran
      ran.formUnion(siblings(of: ran))
      var failures = report.failures
      let assigned = try readAssignments(of: ran, &failures)
      let outputs = try outputFailures(of: ran, written, assigned, among: failures)
      for (rule, fault) in outputs { failures[graph.name(of: rule)] = fault }
      let unheard = VertexSet(ready).subtracting(ran).subtracting(spoilt(by: failures))
      for rule in unheard where !hasEmptyRecipe(rule) {
        failures[graph.name(of: rule)] = try silence(of: graph.name(of: rule))
      }
      // What was made out of something that is refused is not taken either, and it is no failure of its own.
      let spoilt = spoilt(by: failures)
      let failed = graph.vertices(of: failures.keys)
      let consequences = graph.reach(from: failed.flatMap(graph.successors), graph.successors)
      for rule in failed.intersection(consequences) where !failed.subtracting(consequences).isEmpty {
        failures[graph.name(of: rule)] = nil
      }
      let empty = unheard.subtracting(spoilt)
      var changes = empty.map { ($0, LogicalStamp.output(request.index, pass: pass)) }
      let taken = ran.subtracting(spoilt)
      for rule in taken {
        let target = graph.name(of: rule)
        // A rule that only assigns starts no program, so what stands there was written by another one's recipe.
        let isWritten = written.contains(target) && !onlyAssigns(rule)
        let isSet = isSet(rule, bySiblingsIn: assigned)
        changes.append((rule, try accept(rule, isWritten: isWritten, isSetBySibling: isSet, assigned[rule])))
        if isWritten { written.remove(target) }
      }
      for (target, failure) in failures { fail(target, failure) }
      for (rule, changed) in changes { noteSuccess(of: rule, changed) }
      for path in written { try restore(path) }
      reportStray(
        written.filter { path in
          !failures.contains(path) && !HiddenFiles.isHidden(path)
            && graph.vertex(of: path).map { !spoilt.contains($0) } ?? true
        }, ran: ran)
      return empty.union(taken)
    } catch { throw .file(error) }
  }

  /// The rules that failed, and those that need what these make.
  private func spoilt(by failures: SortedMap<String, RuleFault>) -> VertexSet {
    let failed = graph.vertices(of: failures.keys)
    return graph.reach(from: failed.flatMap(graph.successors), graph.successors).union(failed)
  }

  /// Why make has run nothing for a rule that had a reason.
  private func silence(of target: String) throws(SystemError) -> RuleFault {
    let unrun = RuleFault(.failed, "make did not run the recipe, although there was a reason to")
    guard try root.directory.status(target)?.kind == .folder else { return unrun }
    let inner =
      graph.rules.first { $0.target.hasPrefix(target + "/") }.map { "`\($0.target)`" }
      ?? tree.files.first { $0.path.text.hasPrefix(target + "/") }.map { "`\($0.path)`" }
    guard let inner else { return unrun }
    return RuleFault(
      .failed, "`\(target)` is the folder of \(inner), so it cannot be a file: give one of them another name")
  }

  func onlyAssigns(_ rule: Vertex) -> Bool { graph.rule(rule)?.onlyAssigns ?? false }

  /// Whether the wave started no program, so that nothing was written but what make writes for assignments.
  func isMakeAlone(in ready: [Vertex]) -> Bool {
    !policy.runsFunctions && ready.allSatisfy(onlyAssigns)
  }

  /// Hidden files that recipes of the wave may have written: what they make, what they read, and what make reads.
  func hiddenFiles(of ready: [Vertex]) -> Set<String> {
    var names = Set(HiddenFiles.own)
    if isMakeAlone(in: ready) { return names }
    for rule in ready.compactMap(graph.rule) {
      names.formUnion(([rule.target] + rule.alsoMakes).filter(HiddenFiles.isHidden))
      let texts = rule.goal?.textReads.map(HiddenSpace.text) ?? []
      for name in rule.prerequisites + rule.orderOnly + (rule.goal?.recipeReads ?? []) + texts {
        if HiddenFiles.isHidden(name) {
          names.insert(name)
        } else if let path = graph.input(named: name)?.path {
          names.insert(HiddenFiles.standIn(for: path))
        }
      }
    }
    return names
  }

  /// Whether the recipe has assigned the rule's value in the name of another of its targets.
  private func isSet(_ rule: Vertex, bySiblingsIn assigned: [Vertex: AssignedValues]) -> Bool {
    guard let rule = graph.rule(rule), !rule.alsoMakes.isEmpty, let output = rule.output else { return false }
    return graph.vertices(of: rule.alsoMakes).contains { assigned[$0]?.values[output] != nil }
  }

  /// Further targets of a recipe that makes several files at once: make names only one of them.
  func siblings(of ran: VertexSet) -> VertexSet {
    graph.vertices(of: ran.flatMap { graph.rule($0)?.alsoMakes ?? [] }).filter(graph.isRule)
  }

  /// Whether make has nothing to run for the rule, and so says nothing of it (GNU make manual, 5.9). Every other rule
  /// that is to run must be heard of: silence is no success.
  func hasEmptyRecipe(_ rule: Vertex) -> Bool {
    graph.rule(rule)?.goal?.recipe?.utf8.allSatisfy { " \t\r\n-@+".utf8.contains($0) } ?? true
  }

  func fault(of conflict: AssignmentTable.Conflict) -> RuleFault {
    let parts = [conflict.first, conflict.second].map { assignment in
      let place = graph.rule(named: assignment.target).map { "\($0.place)" } ?? "?"
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

  private func outputFailures(
    of ran: VertexSet, _ written: SortedSet<String>, _ assigned: [Vertex: AssignedValues],
    among failures: SortedMap<String, RuleFault>
  ) throws(SystemError) -> [(Vertex, RuleFault)] {
    var faults: [(Vertex, RuleFault)] = []
    for vertex in ran {
      guard let rule = graph.rule(vertex), failures.isEmpty || !failures.contains(rule.target) else { continue }
      if let fault = try outputFailure(of: vertex, rule, written, assigned) { faults.append((vertex, fault)) }
    }
    return faults
  }

  /// Why what a recipe left cannot be taken, or nil.
  private func outputFailure(
    of vertex: Vertex, _ rule: RuleGraph.Rule, _ written: SortedSet<String>,
    _ assigned: [Vertex: AssignedValues]
  ) throws(SystemError) -> RuleFault? {
    guard let output = rule.output else { return nil }
    let target = rule.target
    guard let content = try rule.onlyAssigns && output.tag != nil ? nil : root.readPlain(target) else {
      // The recipe set the file by its tags, or the value by an assignment; for the targets of one run make names one.
      let others = rule.alsoMakes.isEmpty ? [] : graph.vertices(of: rule.alsoMakes)
      let set = others.union([vertex]).contains { vertex in
        assigned[vertex]?.values.contains { $0.0.path == output.path } ?? false
      }
      if set { return nil }
      return RuleFault(
        .missingOutput,
        "the recipe succeeded without making `\(output)`; write to `$@` or assign `\(output.path){tag}`")
    }
    guard written.contains(target) else { return nil }
    guard output.tag == nil else {
      let isText = String(validating: content.bytes, as: UTF8.self) != nil
      return isText ? nil : RuleFault(.badOutput, "the recipe's `\(output)` is not UTF-8")
    }
    if let excess = excess(of: content, at: output.path) {
      return RuleFault(.badOutput, "the recipe's `\(target)` \(excess)")
    }
    let defect =
      target.hasSuffix(".xml")
      ? Assembly.defect(in: content).map { "is not XML: \($0)" } ?? validate(output.path, content) : nil
    return defect.map {
      RuleFault(.badOutput, "the recipe's `\(target)` \($0)")
    }
  }

  /// Why a file is too large to become part of the tree; where it is not, its room in the round's result is taken.
  func excess(of content: Content, at path: TreePath) -> String? {
    let size = content.bytes.count
    if size > Content.sizeLimitBytes {
      return
        "has \(size) bytes, and a file may have \(Content.sizeLimitBytes): have the rule make a smaller one, and keep large data on the machines that need it"
    }
    if tree[path]?.content == content { return nil }
    if size > roomBytes {
      return
        "does not fit into this round, which changes files of \(Self.changeLimitBytes) bytes at most; it is made in a later one"
    }
    roomBytes -= size
    return nil
  }

  /// Makes what a successful rule left part of the tree. Answers when its output was last another than before.
  private func accept(
    _ vertex: Vertex, isWritten: Bool, isSetBySibling: Bool, _ assigned: AssignedValues?
  ) throws(SystemError) -> LogicalStamp {
    guard let rule = graph.rule(vertex) else { return .never }
    let target = rule.target
    let stamp = LogicalStamp.output(request.index, pass: pass)
    var changed = ledger[rule: vertex]?.changed ?? (rule.output == nil ? stamp : .never)
    var assigned = assigned?.values ?? [:]
    if let output = rule.output, output.tag == nil {
      if isWritten, let content = try root.readPlain(target) {
        changed = try acceptFile(vertex, output, content, stamp, else: changed)
      } else {
        try root.setStamp(of: target, changed)
      }
    } else if let output = rule.output {
      // A value that the rule assigned is also what its own file must hold.
      var values = assigned[output] ?? ledger[assignments: vertex]?.values[output] ?? []
      if isWritten, let content = try root.readPlain(target) {
        values = TagValues.values(in: content)
        root.forget(target)
      }
      if !isSetBySibling { assigned[output] = values }
      changed = stamp
      // Nobody reads the file of a rule that only assigns.
      if !rule.onlyAssigns, !isSetBySibling {
        try root.write(target, TagValues.content(of: values), stamp)
      } else if root.digest(of: target) != nil {
        try root.remove(target)
      }
    } else {
      changed = stamp
    }
    acceptAssignments(of: vertex, assigned, stamp)
    return changed
  }

  /// Notes that the rule did its work, when all that the wave has made is in the tree, so that what the rule read can
  /// be looked at.
  private func noteSuccess(of vertex: Vertex, _ changed: LogicalStamp) {
    guard let rule = graph.rule(vertex) else { return }
    forgetFindings(of: vertex, isNewRule: ledger[rule: vertex]?.signature != rule.signature)
    release(vertex)
    let stamp = LogicalStamp.output(request.index, pass: pass)
    ledger[rule: vertex] = RuleRecord(
      stamp: stamp, changed: changed, signature: rule.signature, read: digests.ofReasons(of: vertex))
    ledger[refused: vertex] = nil
    done.insert(vertex)
    if !rule.orderOnly.isEmpty { orders[vertex] = digests.ofOrder(of: vertex) }
    if changed == stamp { candidates.formUnion(graph.successors(of: vertex)) }
  }

  /// Answers when the file was last changed, which may be now. One that was made again the same keeps its time.
  private func acceptFile(
    _ rule: Vertex, _ output: ValueReference, _ content: Content, _ stamp: LogicalStamp,
    else unchanged: LogicalStamp
  ) throws(SystemError) -> LogicalStamp {
    let target = graph.name(of: rule)
    let old = tree[output.path]?.content
    let changed = old == content && unchanged != .never ? unchanged : stamp
    note(output, by: rule, old: request.tree[output.path]?.content, new: content)
    outputs.note(target, output, old: old, new: content)
    workshop.record(TreeChange(output.path, content), at: request.index)
    written.insert(output.path)
    // Tags go over what a recipe writes, whether their rules have run or not.
    if workshop.assigners.contains(output.path) { touched.insert(output.path) }
    try root.adopt(target, content, changed)
    return changed
  }

  private func acceptAssignments(
    of rule: Vertex, _ values: SortedMap<ValueReference, [String]>, _ stamp: LogicalStamp
  ) {
    let old = ledger[assignments: rule]
    if let old, old.values == values {
      // Most rules that run again make the same again. Where that stands in a file there is nothing to assemble.
      for (reference, _) in values {
        assignedPaths.insert(reference.path)
        if tree[reference.path] == nil { touched.insert(reference.path) }
      }
    } else {
      for reference in SortedSet((old?.values.keys ?? []) + values.keys) {
        touched.insert(reference.path)
        outputs.note(
          graph.name(of: rule), reference, old: old?.values[reference].map(TagValues.content),
          new: values[reference].map(TagValues.content))
      }
    }
    workshop.setAssignments(rule, values.isEmpty ? nil : AssignedValues(stamp: stamp, values: values))
  }

  /// Brings a file back that was written by a recipe that failed, or by one that had no business with it.
  func restore(_ path: String) throws(SystemError) {
    root.forget(path)
    let rule = graph.vertex(of: path).flatMap { graph.isRule($0) ? $0 : nil }
    let changed = ledger[rule: path]?.changed
    if let tracked = try? TreePath(path), let file = tree[tracked] {
      try root.write(path, file.content, changed ?? .input(file.index, pass: 0))
    } else if let rule, !onlyAssigns(rule),
      let values = graph.rule(rule)?.output.flatMap({ ledger[assignments: rule]?.values[$0] })
    {
      try root.write(path, TagValues.content(of: values), changed ?? .never)
    } else {
      try root.remove(path)
    }
  }
}
