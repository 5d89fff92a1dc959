import DMakefile
import Model

/// Who runs which rules: `[local]` ones their node, all others the leader (dmakefile(5), Local rules). What the other
/// side makes is an input here.
extension RoundExecution {
  var localFiles: Set<TreePath> { workshop.graph?.local ?? [] }

  /// The goals that are made here. What only stands for others is known on both sides.
  func goalsOfSide(_ goals: [Goal]) -> [Goal] {
    switch settings.side {
    case .leader: goals.contains(where: \.isLocal) ? goals.filter { !$0.isLocal } : goals
    case .node: goals.filter { $0.isLocal || $0.recipe == nil }
    }
  }

  /// The files that `[local]` rules make. None of them may be the leader's, too: `apply` has seen to that for the
  /// nodes and processes that it knew, and this is for those that came later.
  func localFiles(of goals: [Goal], _ graph: Graph) throws(RoundFailure) -> Set<TreePath> {
    let local = goals.filter(\.isLocal)
    if local.isEmpty { return [] }
    let files = Set(graph.owned(by: local).map(\.reference.path))
    for owner in graph.owned(by: goals.filter { !$0.isLocal }) where files.contains(owner.reference.path) {
      throw .unreadable(
        place: owner.place,
        message:
          "`\(owner.reference.path)` is written by this rule, which is the leader's, and by a `[local]` rule; let one side write the whole file"
      )
    }
    return files
  }

  /// Whether the file may be written, or removed, on this side.
  func isOwnSide(_ path: TreePath) -> Bool {
    switch settings.side {
    case .leader: !localFiles.contains(path)
    case .node: localFiles.contains(path)
    }
  }

  /// Why a recipe may not assign a value; nil where it may. What a program sets is known only when it has run.
  func sideProblem(of reference: ValueReference) -> String? {
    if isOwnSide(reference.path) { return nil }
    return switch settings.side {
    case .leader:
      "`\(reference)` is set by the recipe, but `[local]` rules make the file; let one side write it"
    case .node:
      "`\(reference)` is set by the recipe of a `[local]` rule, which does not declare it; make it a target `\(reference):` below the node's own folder"
    }
  }

  /// Nil where it is what it was, as in every round with the rules of the one before.
  var newLocalFiles: SortedMap<NodeName, SortedSet<NodeFile>>? {
    guard workshop.lastLocalKey != workshop.graph?.key else { return nil }
    workshop.lastLocalKey = workshop.graph?.key
    var files = SortedMap<NodeName, SortedSet<NodeFile>>()
    for path in localFiles {
      guard let file = path.nodeFile, let node = try? NodeName(String(path.top)) else { continue }
      files[node, default: []].insert(file)
    }
    return files
  }
}
