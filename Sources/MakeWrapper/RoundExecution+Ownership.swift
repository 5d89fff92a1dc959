import FileTree
import Linux
import Model

extension RoundExecution {
  /// Takes away what no rule owns any more: outputs and assigned values of rules that a new policy, or a process
  /// that is gone, took away (dmakefile(5), Ownership). A failed rule still is a rule, so its outputs stay.
  func removeOrphans() throws(RoundFailure) {
    let presence = workshop.presence
    var orphaned: [TreePath] = []
    do throws(SystemError) {
      for target in ledger.memory.rules where !graph.contains(target) {
        ledger[rule: target] = nil
        try removeOutput(target, presence)
      }
      for target in ledger.memory.failures where !graph.contains(target) { release(target) }
      for target in ledger.memory.refused where !graph.contains(target) { ledger[refused: target] = nil }
      for target in ledger.memory.findings where !graph.contains(target) { ledger[finding: target] = nil }
    } catch { throw .file(error) }
    for target in ledger.memory.assigners where !graph.contains(target) {
      orphaned += ledger[assignments: target]?.values.keys.map(\.path) ?? []
      workshop.setAssignments(target, nil)
    }
    try assemble(Set(orphaned.filter { !localFiles.contains($0) }).sorted())
    do throws(SystemError) { try removeReleased(presence) } catch { throw .file(error) }
  }

  /// The folder of an absent node is not touched: the core removes it as a whole once `fail-node` was handled.
  private func removeOutput(_ target: String, _ presence: Presence) throws(SystemError) {
    if HiddenFiles.isHidden(target) {
      try root.remove(target)
      return
    }
    guard let path = try? TreePath(target), tree[path] != nil, isOwnSide(path) else { return }
    // What only looks like a node's file is removed here, since no such node will ever be lost.
    if presence.isNodeAbsent(path), ledger.memory.knows(node: path.top) { return }
    try put(path, nil, .never)
  }

  /// What `[local]` rules had made, or a node held when the log was lost, and no rule makes any more.
  private func removeReleased(_ presence: Presence) throws(SystemError) {
    for path in request.leftover where tree[path] != nil && !localFiles.contains(path) {
      guard !presence.isNodeAbsent(path), !graph.contains(path.text) else { continue }
      // One that rules make by tags is assembled anew by this round.
      try put(path, nil, .never)
    }
  }

  /// Changes a file in the tree and in ROOT.
  func put(_ path: TreePath, _ content: Content?, _ stamp: LogicalStamp) throws(SystemError) {
    written.insert(path)
    try workshop.put(path, content, stamp, at: request.index)
  }
}
