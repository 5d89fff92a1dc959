import Model

extension LeaderState {
  /// Files that `[local]` rules make on their nodes.
  public var localFiles: SortedSet<TreePath> {
    var files = SortedSet<TreePath>()
    for (name, node) in nodes { files.formUnion(node.local.files.map { TreePath(name, $0) }) }
    return files
  }

  /// Gives the nodes what a round says that they decide by themselves. What is taken from a node is the leader's
  /// again; the round has written or removed it.
  mutating func assign(_ files: SortedMap<NodeName, SortedSet<NodeFile>>) -> [Outcome] {
    for (name, node) in nodes {
      let own = files[name] ?? []
      let policy = own.isEmpty ? nil : policies.active
      guard policy != node.local.policy || own != node.local.files else { continue }
      for file in node.local.files where !own.contains(file) { nodes[name]?.owned.remove(file) }
      let part = LocalPart(policy: policy, since: stamp, files: own)
      nodes[name]?.local = part
    }
    return [.localChanged]
  }
}

extension LeaderState {
  /// Whether the node decides by itself what stands in the file.
  func isLocal(_ file: NodeFile, of node: NodeName) -> Bool {
    nodes[node]?.local.files.contains(file) ?? false
  }
}

extension LeaderState.Node {
  /// Whether a file is the node's to write: a policy does not, and it is not delivered.
  func owns(_ file: NodeFile) -> Bool { owned.contains(file) || local.files.contains(file) }
}
