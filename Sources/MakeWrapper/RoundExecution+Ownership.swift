import FileTree
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
}
