import DMakefile
import Model

extension RoundExecution {
  /// Inputs listed for one value; an aggregate over thousands of nodes is told by what changed.
  private static let inputLimit = 32

  /// Notes why a file that a rule has made is what it is.
  func note(_ output: ValueReference, by vertex: Vertex, old: Content?, new: Content?) {
    guard old != new, let rule = graph.rule(vertex) else { return }
    provenance[output] = Provenance(
      value: output, place: rule.place, index: request.index, reasons: reasons[vertex] ?? [],
      inputs: inputs(of: vertex), old: old.map(Excerpt.text), new: new.map(Excerpt.text),
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
      guard let rule = graph.vertex(of: assignment.target) else { continue }
      note(ValueReference(path, tag: tag), by: rule, old: old, new: new)
    }
  }

  /// All reasons that the rule has to run now.
  func reasons(of vertex: Vertex, _ state: RuleState) -> [RunReason] {
    guard let rule = graph.rule(vertex) else { return [] }
    let target = rule.target
    var reasons: [RunReason] = []
    if let record = ledger[rule: vertex] {
      if record.signature != rule.signature { reasons.append(.ruleChanged) }
      let newer = state.newer(vertex)
      // What was away and came back as it is may have any time.
      let isOther = newer.isEmpty && record.read != state.digests.ofReasons(of: vertex)
      reasons += (isOther ? graph.needs(of: vertex) : newer).map {
        .changed(reference(of: $0)?.description ?? graph.name(of: $0))
      }
      if rule.output != nil, !state.exists(vertex) { reasons.append(.missingOutput) }
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

  /// The file or value that a vertex stands for.
  private func reference(of vertex: Vertex) -> ValueReference? {
    graph.input(vertex) ?? graph.rule(vertex)?.output
  }

  private func inputs(of rule: Vertex) -> [Provenance.Input] {
    let all = graph.needs(of: rule).map { graph.input($0) == nil ? made($0) : input($0) }
    let changed = all.filter { $0.old != $0.new }
    return Array((changed + all.filter { $0.old == $0.new }).prefix(Self.inputLimit))
  }

  /// What no rule makes.
  private func input(_ vertex: Vertex) -> Provenance.Input {
    let now = ledger[input: vertex]
    let change = changedInputs[vertex]
    let past = change == nil ? nil : graph.input(vertex).flatMap { before[input: $0] }
    return Provenance.Input(
      reference: graph.input(vertex)?.description ?? graph.name(of: vertex),
      old: change == nil ? now?.text : change?.old, new: change == nil ? now?.text : change?.new,
      changedAt: now?.stamp.index, isCut: [past, now].contains { $0.map { !$0.isWhole } ?? false })
  }

  /// What another rule makes.
  private func made(_ vertex: Vertex) -> Provenance.Input {
    let name = graph.name(of: vertex)
    let reference = graph.rule(vertex)?.output
    let (old, new) = contents(of: vertex, reference)
    let stamp = reference.flatMap { ledger.memory[input: $0]?.stamp } ?? ledger[rule: name]?.changed
    return Provenance.Input(
      reference: reference?.description ?? name, old: old.map(Excerpt.text), new: new.map(Excerpt.text),
      changedAt: stamp?.index, isCut: ![old, new].allSatisfy(Excerpt.isWhole))
  }

  /// What the rule had made when the round began, and what it has now.
  private func contents(of rule: Vertex, _ reference: ValueReference?) -> (old: Content?, new: Content?) {
    guard let reference else { return (nil, nil) }
    if reference.tag == nil {
      return (request.tree[reference.path]?.content, tree[reference.path]?.content)
    }
    let (old, new) = (before[assignments: graph.name(of: rule)], ledger[assignments: rule])
    return (
      old?.values[reference].map { TagValues.content(of: $0) },
      new?.values[reference].map { TagValues.content(of: $0) }
    )
  }
}
