import DMakefile
import Model

extension RoundExecution {
  /// What the round comes to.
  func result() -> RoundResult {
    RoundResult(
      index: request.index, changes: changes, handled: handledEvents, problems: problems,
      provenance: provenance.values.filter { isChanged($0.value) }, memory: memory.changes,
      interest: interest == lastInterest ? nil : interest, passes: pass)
  }

  /// The difference between the trees before and after.
  private var changes: [TreeChange] {
    var changes: [TreeChange] = []
    let tops = SortedSet(request.tree.folders.keys + tree.folders.keys)
    for top in tops {
      let old = request.tree.folders[top] ?? [:]
      let new = tree.folders[top] ?? [:]
      for (path, file) in new where old[path]?.content != file.content {
        changes.append(TreeChange(path, file.content))
      }
      for path in old.keys where !new.contains(path) { changes.append(TreeChange(path, nil)) }
    }
    return changes.sorted { $0.path < $1.path }
  }

  private func isChanged(_ value: ValueReference) -> Bool {
    request.tree[value.path]?.content != tree[value.path]?.content
  }

  private var problems: [RuleProblem] {
    let standing = memory.failures.compactMap { target in
      memory[failure: target]?.problem(of: HiddenSpace.shown(target))
    }
    let stray = undeclared.map { path in
      RuleProblem(
        kind: .badOutput, place: nil, target: path,
        message:
          "a recipe wrote `\(path)`, which no rule that ran makes; it was taken away: declare it as a target",
        attempts: 1, retryAt: nil)
    }
    return (standing + stray).sorted { $0.target < $1.target }
  }

  /// An occurrence has been handled when every rule that reads its file has seen it and succeeded, or when none
  /// reads it.
  private var handledEvents: [EventIdentity] {
    if request.events.isEmpty { return [] }
    let stamps = StampTable(graph: graph, memory: memory)
    var readers: [TreePath: [String]] = [:]
    for (name, reference) in graph.inputs {
      readers[reference.path, default: []] += graph.readers(of: name)
    }
    let open = Set(
      readers.filter { _, targets in targets.contains { isBehind($0, stamps) } }.map(\.key))
    return request.events.filter { !open.contains($0.path) }.map(\.identity)
  }

  /// Whether a rule has still to take in what it reads.
  private func isBehind(_ target: String, _ stamps: StampTable) -> Bool {
    guard let rule = graph.rules[target] else { return false }
    guard memory[failure: target] == nil, let record = memory[rule: target] else { return true }
    return rule.prerequisites.contains { stamps[$0] > max(record.stamp, stamps[target]) }
  }

  /// What the policy reads, for the core to start rounds by.
  var interest: Interest {
    Interest(
      paths: SortedSet(
        graph.inputs.values.map(\.path) + request.members.map(TreePath.nodeConfig) + policy.includedPaths),
      isEverything: policy.readsEverything)
  }
}
