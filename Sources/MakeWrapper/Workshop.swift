import DMakefile
import FileTree
import Linux
import Model

/// A ROOT with what is known of it: kept between rounds, so that a round looks at what changed and not at what
/// exists. All of it can be made anew from tree and memory.
final class Workshop {
  let root: FileTreeStore
  /// Where recipes may put temporary files, emptied before each run of make.
  let scratch: Directory
  private(set) var tree: Tree
  let ledger: Ledger
  var values = TagValues()
  private(set) var presence: Presence
  private(set) var assigners: AssignerIndex
  var graph: CachedGraph? { didSet { ledger.follow(rules) } }
  /// Those of the graph.
  var rules: RuleGraph { graph?.graph ?? .empty }
  var lastInterest: Interest?
  var distortion: ((RuleGraph) -> RuleGraph)?
  var lastInterestKey: CachedGraph.Key?
  /// The graph whose local files the core knows.
  var lastLocalKey: CachedGraph.Key?

  private(set) var members: [NodeName]
  private(set) var processes: [NodeName: [ProcessName]] = [:]
  /// Files that came, went or changed since the inputs were last compared.
  private(set) var changedPaths: Set<TreePath> = []
  /// Counts the files' comings and goings, and all changes.
  private(set) var existenceVersion = 0
  private(set) var contentVersion = 0
  /// Whether no request has been followed yet, so that nobody knows who is a member.
  private var isFresh = true
  /// Whether the last round ended in the middle, so that nothing that was derived can be trusted.
  var isInterrupted = false

  /// After a round that could not run, and in which everything was of interest.
  func forgetInterest() {
    lastInterest = .everything
    lastInterestKey = nil
    lastLocalKey = nil
  }

  /// Nothing that an earlier process left in `root` is trusted: it becomes what tree and memory say.
  init(root: String, scratch: String, tree: Tree, memory: WrapperMemory) throws(SystemError) {
    self.root = try FileTreeStore(root: root)
    self.scratch = try Directory.create(path: scratch)
    self.tree = tree
    ledger = Ledger(RoundMemory(memory))
    members = []
    presence = Presence(tree: tree, members: [], mentioned: [])
    assigners = AssignerIndex(ledger.memory)
    changedPaths = Set(tree.files.map(\.path)).union(assigners.paths)
    try self.root.reconcile(with: tree, stamp: ledger.memory.stamp(of:_:))
  }

  /// Whether this is the memory that the last round has come to. Where it is another, since a result did not
  /// count, nothing here is known to be what it says.
  func isAsLeft(by memory: WrapperMemory) -> Bool {
    RoundMemory(memory).keys(differingFrom: ledger.memory).isEmpty
  }

  /// Brings everything to the request's tree, memory and members.
  func follow(_ request: RoundRequest) throws(SystemError) {
    let memory = RoundMemory(request.memory)
    let changed = memory.keys(differingFrom: ledger.memory)
    for key in changed { assigners.update(key, ledger.memory, memory) }
    ledger.follow(memory, isSame: changed.isEmpty)
    var touched = advance(to: request.tree)
    if isFresh {
      // ROOT has the whole tree so far; what is left of absent nodes is hidden now.
      isFresh = false
      for top in tree.folders.keys { touched.formUnion(tree.folders[top]?.keys ?? []) }
    }
    if members != request.members {
      let before = Set(members)
      let now = Set(request.members)
      members = request.members
      presence.setMembers(members)
      for node in before.symmetricDifference(now) {
        touched.formUnion(tree.files(of: node).keys)
        processes[node] = now.contains(node) ? readProcesses(of: node) : nil
      }
    }
    changedPaths.formUnion(touched)
    try show(touched)
    refreshProcesses()
  }

  /// Brings outside changes to the tree and to ROOT, between rounds.
  func show(_ tree: Tree) throws(SystemError) {
    let touched = advance(to: tree)
    changedPaths.formUnion(touched)
    try show(touched)
  }

  /// Answers what is another file now.
  private func advance(to new: Tree) -> Set<TreePath> {
    let touched = Set(new.paths(differingFrom: tree))
    for path in touched { keepCount(of: path, wasThere: tree[path] != nil, isThere: new[path] != nil) }
    tree = new
    return touched
  }

  /// Changes a file in the tree and in ROOT.
  func put(_ path: TreePath, _ content: Content?, _ stamp: LogicalStamp, at index: LogIndex) throws(SystemError)
  {
    record(TreeChange(path, content), at: index)
    if let content {
      try root.write(path.text, content, stamp)
    } else {
      try root.remove(path.text)
    }
  }

  /// Notes a change of the tree that is in ROOT already.
  func record(_ change: TreeChange, at index: LogIndex) {
    let wasThere = tree[change.path] != nil
    guard tree.apply(change, at: index) else { return }
    keepCount(of: change.path, wasThere: wasThere, isThere: change.content != nil)
    changedPaths.insert(change.path)
  }

  private func keepCount(of path: TreePath, wasThere: Bool, isThere: Bool) {
    contentVersion += 1
    guard wasThere != isThere else { return }
    existenceVersion += 1
    presence.note(path, isThere: isThere)
  }

  /// Brings files to ROOT that are in the tree. What is left of absent nodes is hidden: a policy must not find it.
  private func show(_ paths: some Sequence<TreePath>) throws(SystemError) {
    try root.writeBatch { (batch) throws(SystemError) in
      // In order, since a file beside another is written sooner.
      for path in paths.sorted() {
        if let file = tree[path], presence.isReadable(path) {
          try batch.write(path.text, file.content, ledger.memory.stamp(of: path, file))
        } else if root.digest(of: path.text) != nil {
          try root.remove(path.text)
        }
      }
    }
  }

  /// What changed since the last call.
  func takeChangedPaths() -> Set<TreePath> {
    defer { changedPaths = [] }
    return changedPaths
  }

  /// What the policy speaks of as nodes tells folders of absent nodes from others.
  func setFolders(mentioned nodes: Set<String>, plain: Set<String>) throws(SystemError) {
    let before = presence
    presence.setMentioned(nodes)
    presence.setPlain(plain)
    for top in tree.folders.keys where !presence.hasMember(top) {
      let paths = tree.folders[top]?.keys.filter { before.isReadable($0) != presence.isReadable($0) } ?? []
      changedPaths.formUnion(paths)
      try show(paths)
    }
  }

  /// The processes that each member is told to run, after its configuration may have changed.
  func refreshProcesses() {
    for path in changedPaths where path.nodeFile == .config {
      guard let node = try? NodeName(String(path.top)), processes[node] != nil else { continue }
      processes[node] = readProcesses(of: node)
    }
  }

  private func readProcesses(of node: NodeName) -> [ProcessName] {
    let path = TreePath.nodeConfig(node)
    let names = TagValues.values(in: values.content(of: "process/@name", in: path, tree[path]?.content))
    return SortedSet(names.compactMap { try? ProcessName($0) }).elements
  }

  func setAssignments(_ target: String, _ record: AssignedValues?) {
    let old = ledger[assignments: target]
    guard old != record else { return }
    assigners.update(target, old, record)
    ledger[assignments: target] = record
  }

  func setAssignments(_ rule: Vertex, _ record: AssignedValues?) {
    let old = ledger[assignments: rule]
    guard old != record else { return }
    assigners.update(rules.name(of: rule), old, record)
    ledger[assignments: rule] = record
  }
}

/// A graph and what it was made for.
struct CachedGraph {
  /// Everything that the graph depends on: the policy, who is there, and what make's functions see.
  struct Key: Equatable {
    let policy: Digest
    let members: [NodeName]
    let processes: [NodeName: [ProcessName]]
    let included: [Digest?]
    let existenceVersion: Int
    let contentVersion: Int
  }

  let graph: RuleGraph
  let writer: SliceWriter
  /// Names that stand for others, targets of empty recipes, and phony ones.
  let groups: [String: Goal]
  /// What `[local]` rules make, whoever runs rules here.
  let local: Set<TreePath>
  /// The files whose being there decided which patterns are taken.
  let looks: [String: Bool]
  let key: Key
}

/// Who assigns tags of a file.
struct AssignerIndex {
  private var targets: [TreePath: Set<String>] = [:]

  init(_ memory: RoundMemory) {
    for target in memory.assigners { update(target, nil, memory[assignments: target]) }
  }

  /// All files that are put together from tags.
  var paths: SortedSet<TreePath> { SortedSet(targets.keys) }

  /// Whether the file is put together from tags.
  func contains(_ path: TreePath) -> Bool { targets[path] != nil }

  /// In order.
  func targets(of path: TreePath) -> [String] { targets[path].map { $0.sorted() } ?? [] }

  mutating func update(_ target: String, _ old: AssignedValues?, _ new: AssignedValues?) {
    // A rule mostly assigns what it assigned before, with other values.
    if old?.values.keys == new?.values.keys { return }
    for path in Set(old?.values.keys.map(\.path) ?? []) {
      targets[path]?.remove(target)
      if targets[path]?.isEmpty == true { targets[path] = nil }
    }
    for path in Set(new?.values.keys.map(\.path) ?? []) { targets[path, default: []].insert(target) }
  }

  /// The memory's entry `key` may be another now.
  mutating func update(_ key: String, _ old: RoundMemory, _ new: RoundMemory) {
    guard let target = RoundMemory.assigner(of: key) else { return }
    update(target, old[assignments: target], new[assignments: target])
  }
}
