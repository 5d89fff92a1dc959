import Model

/// What is present in the tree, in the sense of the policies: a file of a node that is not a member is absent,
/// even while its folder still stands. Only what is told of the node itself can be read then.
struct Presence {
  private let members: SortedSet<String>
  private let nodes: SortedSet<String>

  /// `mentioned` are paths that the policy speaks of; they tell node folders from folders of intermediate results
  /// where the tree does not.
  init(tree: Tree, members: [NodeName], mentioned: some Sequence<TreePath>) {
    self.members = SortedSet(members.map(\.text))
    var nodes = self.members
    for (top, files) in tree.folders where files.keys.contains(where: Self.speaksOfNode) { nodes.insert(top) }
    for path in mentioned where Self.speaksOfNode(path) { nodes.insert(String(path.top)) }
    self.nodes = nodes
  }

  /// Whether the path's node is absent; false for an intermediate result. A path with the form of figure 5 is a
  /// node's, and so is everything in a folder that is known as one.
  func isNodeAbsent(_ path: TreePath) -> Bool {
    let top = String(path.top)
    return !members.contains(top) && (path.nodeFile != nil || nodes.contains(top))
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

  private static func speaksOfNode(_ path: TreePath) -> Bool {
    let components = path.components
    if isEvent(path) { return true }
    return components.count == 3
      && (components[1] == TreePath.nodeFolder || components[2] == TreePath.stateFile
        || components[2] == TreePath.configFile)
  }
}
