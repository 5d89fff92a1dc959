import DMakefile
import Model

extension RoundExecution {
  /// Inputs listed for one value; an aggregate over thousands of nodes is told by what changed.
  private static let inputLimit = 32

  /// Notes why a file that a rule has made is what it is.
  func note(_ output: ValueReference, by target: String, old: Content?, new: Content?) {
    guard let rule = graph.rules[target], old != new else { return }
    provenance[output] = Provenance(
      value: output, place: rule.place, index: request.index, reasons: reasons[target] ?? [],
      inputs: inputs(of: rule), old: old.map(Excerpt.text), new: new.map(Excerpt.text),
      isCut: !Excerpt.isWhole(old) || !Excerpt.isWhole(new))
  }

  /// Notes why the tags of an assembled file are what they are, those whose values change with it.
  func note(
    _ path: TreePath, _ content: Content?, _ assignments: SortedMap<String, AssignmentTable.Assignment>
  ) {
    let before = request.tree[path]?.content
    for (tag, assignment) in assignments {
      let old = before.map { workshop.values.content(of: tag, in: path, $0) }
      let new = content == nil ? nil : TagValues.content(of: assignment.values)
      note(
        ValueReference(path, tag: tag), by: assignment.target, old: old, new: new)
    }
  }

  /// All reasons that the rule has to run now.
  func reasons(of target: String, _ state: RuleState) -> [RunReason] {
    guard let rule = graph.rules[target] else { return [] }
    var reasons: [RunReason] = []
    if let record = memory[rule: target] {
      if record.signature != rule.signature { reasons.append(.ruleChanged) }
      let newer = state.newer(rule)
      // What was away and came back as it is may have any time.
      let isOther = newer.isEmpty && record.read != state.digests.ofReasons(of: rule)
      reasons += (isOther ? rule.prerequisites : newer).map {
        .changed((graph.inputs[$0] ?? graph.rules[$0]?.output)?.description ?? $0)
      }
      if rule.output != nil, !state.exists(target) { reasons.append(.missingOutput) }
    } else {
      // What it reads is all new to it.
      reasons.append(.new)
    }
    if let failure = before[failure: target], failure.isOverdue(at: request.tick) {
      reasons.append(.retry(after: failure.kind, attempts: failure.attempts))
    }
    if rule.isAlwaysDue { reasons.append(.always) }
    if request.lifted.contains(HiddenSpace.shown(target)) { reasons.append(.lifted) }
    return reasons
  }

  private func lastChange(of name: String, _ reference: ValueReference?) -> LogIndex? {
    let stamp = reference.flatMap { memory[input: $0]?.stamp } ?? memory[rule: name]?.changed
    return stamp?.index
  }

  private func inputs(of rule: RuleGraph.Rule) -> [Provenance.Input] {
    let all = rule.prerequisites.map { name in
      if let reference = graph.inputs[name] { return input(name, reference) }
      let reference = graph.rules[name]?.output
      let (old, new) = texts(of: name, reference)
      return Provenance.Input(
        reference: reference?.description ?? name, old: old, new: new,
        changedAt: lastChange(of: name, reference), isCut: isCut(name, reference))
    }
    let changed = all.filter { $0.old != $0.new }
    return Array((changed + all.filter { $0.old == $0.new }).prefix(Self.inputLimit))
  }

  /// What no rule makes; its record is read once, for a rule may run for each of thousands.
  private func input(_ name: String, _ reference: ValueReference) -> Provenance.Input {
    let now = memory[input: reference]
    let change = changedInputs[name] ?? InputChange(old: now?.text, new: now?.text)
    let past = changedInputs[name] == nil ? nil : before[input: reference]
    return Provenance.Input(
      reference: reference.description, old: change.old, new: change.new, changedAt: now?.stamp.index,
      isCut: [past, now].contains { $0.map { !$0.isWhole } ?? false })
  }

  /// Whether ``texts(of:_:)`` are not the whole values.
  private func isCut(_ name: String, _ reference: ValueReference?) -> Bool {
    guard let reference else { return false }
    if reference.tag == nil {
      return [request.tree, tree].contains { !Excerpt.isWhole($0[reference.path]?.content) }
    }
    return [before, memory].contains {
      !Excerpt.isWhole($0[assignments: name]?.values[reference].map { TagValues.content(of: $0) })
    }
  }

  private func texts(of name: String, _ reference: ValueReference?) -> (old: String?, new: String?) {
    guard let reference else { return (nil, nil) }
    if reference.tag != nil {
      return (
        before[assignments: name]?.values[reference].map { Excerpt.text(of: TagValues.content(of: $0)) },
        memory[assignments: name]?.values[reference].map { Excerpt.text(of: TagValues.content(of: $0)) }
      )
    }
    return (
      request.tree[reference.path].map { Excerpt.text(of: $0.content) },
      tree[reference.path].map { Excerpt.text(of: $0.content) }
    )
  }
}
