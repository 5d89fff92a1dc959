import Model

/// What is present in the tree, in the sense of the policies: a file of a node that is not a member is absent, even
/// while its folder still stands. Only what is told of the node itself can be read then.
struct Presence: Sendable {
  private var members: SortedSet<String> = []
  /// How many files in a folder show that it is a node's; it tells node folders from folders of intermediate results.
  private var evidence: [String: Int] = [:]
  /// Folders that the policy speaks of as nodes'.
  private var mentioned: Set<String> = []
  /// Folders of intermediate results whose files look like those of nodes.
  private var plain: Set<String> = []

  init() {}

  /// - Parameter mentioned: first components that the policy speaks of as nodes'.
  init(tree: Tree, members: [NodeName], mentioned: Set<String>) {
    for (path, _) in tree.files { note(path, isThere: true) }
    setMembers(members)
    setMentioned(mentioned)
  }

  mutating func setMembers(_ members: [NodeName]) { self.members = SortedSet(members.map(\.text)) }
  mutating func setMentioned(_ nodes: Set<String>) { mentioned = nodes }

  mutating func setPlain(_ folders: Set<String>) { plain = folders }

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
    if plain.contains(top), evidence[top] == nil { return false }
    return path.nodeFile != nil || evidence[top] != nil || mentioned.contains(top)
  }

  /// Whether a file that stands in the tree may be read.
  func isReadable(_ path: TreePath) -> Bool { !isNodeAbsent(path) || Self.isEvent(path) }

  static func isEvent(_ path: TreePath) -> Bool {
    switch parts(of: path) {
    case (let name?, nil): name == TreePath.newNodeFile || name == TreePath.failNodeFile
    case (_, let name?): name == TreePath.stopProcFile
    default: false
    }
  }

  static func speaksOfNode(_ path: TreePath) -> Bool {
    guard case (let folder?, let name?) = parts(of: path) else { return isEvent(path) }
    return folder == TreePath.nodeFolder || name == TreePath.stateFile || name == TreePath.healthFile
      || name == TreePath.configFile || name == TreePath.stopProcFile
  }

  /// The second and the third component of a path that has two or three, with no list of them: a round asks this of
  /// each path several times.
  private static func parts(of path: TreePath) -> (second: Substring?, third: Substring?) {
    let slash = UInt8(ascii: "/")
    guard let first = path.text.utf8.firstIndex(of: slash) else { return (nil, nil) }
    let rest = path.text[path.text.utf8.index(after: first)...]
    guard let second = rest.utf8.firstIndex(of: slash) else { return (rest, nil) }
    let name = rest[rest.utf8.index(after: second)...]
    return name.utf8.contains(slash) ? (nil, nil) : (rest[..<second], name)
  }
}
