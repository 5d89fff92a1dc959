import DMakefile
import Model

extension RoundExecution {
  /// What the round comes to.
  func result() -> RoundResult {
    let handled = settleEvents()
    return RoundResult(
      index: request.index, changes: changes, handled: handled, problems: problems,
      provenance: provenance.values.filter { isChanged($0.value) }, memory: ledger.memory.changes,
      interest: newInterest, passes: pass, local: newLocalFiles, undecided: undecided)
  }

  /// The difference between the trees before and after.
  private var changes: [TreeChange] {
    written.compactMap { path in
      let new = tree[path]?.content
      return request.tree[path]?.content == new ? nil : TreeChange(path, new)
    }
  }

  /// A rule that failed before it ever succeeded says nothing about what it makes, nor do those that wait for it.
  private var undecided: SortedSet<TreePath> {
    if ledger.memory.failures.isEmpty { return [] }
    var paths = Set<TreePath>()
    for vertex in graph.allRules where ledger[rule: vertex] == nil {
      guard let rule = graph.rule(vertex), !rule.isPhony else { continue }
      let outputs = rule.assigned.union([rule.output?.path].compactMap { $0 })
      paths.formUnion(outputs.filter { $0.nodeFile != nil })
    }
    return SortedSet(paths.sorted())
  }

  private func isChanged(_ value: ValueReference) -> Bool {
    request.tree[value.path]?.content != tree[value.path]?.content
  }

  private var problems: [RuleProblem] {
    let standing = ledger.memory.failures.compactMap { target in
      ledger[failure: target]?.problem(of: HiddenSpace.shown(target))
    }
    let findings = ledger.memory.findings.compactMap { target in
      ledger[finding: target]?.problem(of: HiddenSpace.shown(target))
    }
    return (standing + findings).sorted { ($0.target, $0.kind.rawValue) < ($1.target, $1.kind.rawValue) }
  }

  /// Nil where it is what it was, as in every round with the rules of the one before.
  private var newInterest: Interest? {
    guard workshop.lastInterestKey != workshop.graph?.key else { return nil }
    workshop.lastInterestKey = workshop.graph?.key
    let interest = interest
    defer { workshop.lastInterest = interest }
    return interest == workshop.lastInterest ? nil : interest
  }

  /// What the policy reads, for the core to start rounds by.
  private var interest: Interest {
    let whole = request.members.map(TreePath.nodeConfig) + policy.includedPaths
    return Interest(
      graph.inputs + whole.map { ValueReference($0) }, isEverything: policy.readsContents,
      readsNames: policy.readsEverything)
  }
}
