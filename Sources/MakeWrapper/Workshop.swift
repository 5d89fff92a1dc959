import FileTree
import Linux
import Model

/// A ROOT with what is known of it between rounds. All of it can be made anew from tree and memory.
final class Workshop {
  let root: FileTreeStore
  /// Where recipes may put temporary files, emptied before each run of make.
  let scratch: Directory
  private(set) var values = TagValues()
  private(set) var graph: CachedGraph?
  private(set) var lastInterest: Interest?

  /// Nothing that an earlier process left in `root` is trusted: it becomes what tree and memory say.
  init(root: String, scratch: String, tree: Tree, memory: WrapperMemory) throws(SystemError) {
    self.root = try FileTreeStore(root: root)
    self.scratch = try Directory.create(path: scratch)
    try self.root.reconcile(with: tree, stamp: RoundMemory(memory).stamp(of:_:))
  }

  func keep(_ execution: RoundExecution) {
    values = execution.values
    graph = execution.cachedGraph
    lastInterest = execution.interest
  }
}

/// A graph and what it was made for.
struct CachedGraph {
  let graph: RuleGraph
  let key: Digest
}
