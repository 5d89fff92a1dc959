import Model

extension RoundExecution {
  /// Inputs listed for one value; an aggregate over thousands of nodes is told by what changed.
  private static let inputLimit = 32

  /// Notes why a file that a rule has made is what it is.
  func note(_ output: ValueReference, by target: String, reason: String, old: Content?, new: Content?) {
    guard let rule = graph.rules[target], old != new else { return }
    provenance[output] = Provenance(
      value: output, place: rule.place, reason: reason, inputs: inputs(of: rule), old: old.map(Excerpt.text),
      new: new.map(Excerpt.text))
  }

  /// Notes why the tags of an assembled file are what they are, those whose values change with it.
  func note(
    _ path: TreePath, _ content: Content?, _ assignments: SortedMap<String, AssignmentTable.Assignment>
  ) {
    let before = request.tree[path]?.content
    for (tag, assignment) in assignments {
      let old = before.map { values.content(of: tag, in: path, $0) }
      let new = content == nil ? nil : TagValues.content(of: assignment.values)
      note(
        ValueReference(path, tag: tag), by: assignment.target, reason: reasons[assignment.target] ?? "",
        old: old, new: new)
    }
  }

  private func inputs(of rule: RuleGraph.Rule) -> [Provenance.Input] {
    let all = rule.prerequisites.map { name in
      let reference = graph.inputs[name] ?? graph.rules[name]?.output
      let (old, new) = texts(of: name, reference)
      return Provenance.Input(reference: reference?.description ?? name, old: old, new: new)
    }
    let changed = all.filter { $0.old != $0.new }
    return Array((changed + all.filter { $0.old == $0.new }).prefix(Self.inputLimit))
  }

  private func texts(of name: String, _ reference: ValueReference?) -> (old: String?, new: String?) {
    if let change = changedInputs[name] { return (change.old, change.new) }
    guard let reference else { return (nil, nil) }
    if graph.inputs.contains(name) {
      let text = memory[input: reference]?.text
      return (text, text)
    }
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
