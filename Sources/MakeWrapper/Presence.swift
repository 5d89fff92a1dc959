import Model

/// What is present in the tree, in the sense of the policies: a file of a node that is not a member is absent, even
/// while its folder still stands. Only what is told of the node itself can be read then.
struct Presence: Sendable {
  private var members: SortedSet<String> = []
  /// How many files in a folder show that it is a node's; it tells node folders from folders of intermediate results.
  private var evidence: [String: Int] = [:]
  /// Folders that the policy speaks of as nodes'.
  private var mentioned: Set<String> = []

  init() {}

  /// - Parameter mentioned: first components that the policy speaks of as nodes'.
  init(tree: Tree, members: [NodeName], mentioned: Set<String>) {
    for (path, _) in tree.files { note(path, isThere: true) }
    setMembers(members)
    setMentioned(mentioned)
  }

  mutating func setMembers(_ members: [NodeName]) { self.members = SortedSet(members.map(\.text)) }
  mutating func setMentioned(_ nodes: Set<String>) { mentioned = nodes }

  func hasMember(_ node: String) -> Bool { members.contains(node) }

  /// A file came or went.
  mutating func note(_ path: TreePath, isThere: Bool) {
    guard Self.speaksOfNode(path) else { return }
    let top = String(path.top)
    let count = evidence[top, default: 0] + (isThere ? 1 : -1)
    evidence[top] = count > 0 ? count : nil
  }

  /// Whether the path's node is absent; false for an intermediate result. A path with the form of figure 5 is a
  /// node's, and so is everything in a folder that is known as one.
  func isNodeAbsent(_ path: TreePath) -> Bool {
    let top = String(path.top)
    if members.contains(top) { return false }
    return path.nodeFile != nil || evidence[top] != nil || mentioned.contains(top)
  }

  /// Whether a file that stands in the tree may be read.
  func isReadable(_ path: TreePath) -> Bool { !isNodeAbsent(path) || Self.isEvent(path) }

  static func isEvent(_ path: TreePath) -> Bool {
    let components = path.components
    switch components.count {
    case 2: return components[1] == TreePath.newNodeFile || components[1] == TreePath.failNodeFile
    case 3: return components[2] == TreePath.stopProcFile
    default: return false
    }
  }

  static func speaksOfNode(_ path: TreePath) -> Bool {
    let components = path.components
    if isEvent(path) { return true }
    return components.count == 3
      && (components[1] == TreePath.nodeFolder
        || [TreePath.stateFile, TreePath.healthFile, TreePath.configFile].contains(String(components[2])))
  }
}
