import Linux
import Model

extension RoundExecution {
  /// Takes away what no rule owns any more: outputs and assigned values of rules that a new policy, or a process
  /// that is gone, took away (DESIGN 3b, rule 8). A failed rule still is a rule, so its outputs stay.
  func removeOrphans() throws(RoundFailure) {
    let presence = presence
    do throws(SystemError) {
      for target in memory.rules where !graph.rules.contains(target) {
        memory[rule: target] = nil
        try removeOutput(target, presence)
      }
      for target in memory.failures where !graph.rules.contains(target) { memory[failure: target] = nil }
      var orphaned: [TreePath] = []
      for target in memory.assigners where !graph.rules.contains(target) {
        orphaned += memory[assignments: target]?.values.keys.map(\.path) ?? []
        memory[assignments: target] = nil
      }
      try assemble(SortedSet(orphaned))
    } catch { throw .file(error) }
  }

  /// The folder of an absent node is not touched: the core removes it as a whole once `fail-node` was handled.
  private func removeOutput(_ target: String, _ presence: Presence) throws(SystemError) {
    if HiddenFiles.isHidden(target) {
      try root.remove(target)
      return
    }
    guard let path = try? TreePath(target), !presence.isNodeAbsent(path), tree[path] != nil else { return }
    try put(path, nil, .never)
  }

  /// Changes a file in the tree and in ROOT.
  func put(_ path: TreePath, _ content: Content?, _ stamp: LogicalStamp) throws(SystemError) {
    tree.apply(TreeChange(path, content), at: request.index)
    if let content {
      try root.write(path.text, content, stamp)
    } else {
      try root.remove(path.text)
    }
  }

  /// Assembles files that rules write by tags, over the bundle's template, and shows the changes to the next pass.
  func assemble(_ paths: SortedSet<TreePath>) throws(SystemError) {
    guard !paths.isEmpty else { return }
    let table = AssignmentTable(memory)
    for path in paths {
      let assignments = table.tags[path] ?? [:]
      let template = Template.content(for: path, in: policy.installation.bundle)
      let content: Content?
      do {
        content = try Assembly.content(of: path, over: template, assignments.mapValues(\.values))
      } catch {
        report(error, path, assignments)
        continue
      }
      guard tree[path]?.content != content else { continue }
      let stamp = LogicalStamp.input(request.index, pass: pass + 1)
      note(path, content, assignments)
      try put(path, content, stamp)
      // Its own rule only assigns; whoever reads the file whole must see that it changed.
      if graph.rules.contains(path.text) {
        memory[input: ValueReference(path)] = InputRecord(stamp: stamp, content: content)
      }
    }
  }

  /// A file that cannot be assembled is every contributor's problem; the old one stays.
  private func report(
    _ error: AssemblyError, _ path: TreePath, _ assignments: SortedMap<String, AssignmentTable.Assignment>
  ) {
    let culprits = error.tag.flatMap { assignments[$0]?.target }.map { [$0] } ?? assignments.values.map(\.target)
    for target in SortedSet(culprits) {
      fail(target, .badOutput, "`\(path)` cannot be assembled: \(error.message)")
    }
  }
}
