import GroupProtocol
import Model

/// A file is taken from a node only where a round that has seen the node, and came to a result, does not want it there.
struct RemovalChecker: Checker {
  static let name = "nothing is taken from a node because something failed"

  private struct Node {
    var joinedAt: LogIndex
    /// What every round since then wants; nil: there was none.
    var wanted: SortedSet<TreePath>?
    var isLost = false
  }

  private var nodes = SortedMap<NodeName, Node>()
  private var decisions = SortedMap<LogIndex, (members: [NodeName], wanted: SortedSet<TreePath>)>()

  mutating func observe(_ observation: Observation, at now: Instant) throws(Violation) {
    switch observation {
    case .leaderStarted(_, let isLogLost): if isLogLost { self = RemovalChecker() }
    case .decided(let index, let members, let wanted): decisions[index] = (members, wanted)
    case .logged(.joined(let admission), let index):
      guard nodes[admission.node]?.isLost ?? true else { return }
      nodes[admission.node] = Node(joinedAt: index)
    case .logged(.finished(let result), _):
      guard result.passes > 0, let decision = decisions[result.index] else { return }
      for name in decision.members where nodes[name].map({ $0.joinedAt <= result.index }) ?? false {
        let wanted = decision.wanted.filter { $0.top == name.text }
        let before = nodes[name]?.wanted
        nodes[name]?.wanted = SortedSet(before?.filter { wanted.contains($0) } ?? wanted)
      }
    case .leaderStored(let changes):
      for (name, _) in nodes where changes.contains(where: { $0.path == .failNode(name) && $0.content != nil })
      {
        nodes[name]?.isLost = true
      }
    case .agentWrote(let name, let file) where file.content == nil && file.stamp.epoch > 0:
      // What was decided before it was lost may reach its disk late.
      guard let node = nodes[name], file.stamp.index >= node.joinedAt else { return }
      guard let wanted = node.wanted else {
        throw violation("\(now): \(file.file) is taken from \(name), which no round has seen since it joined")
      }
      if wanted.contains(TreePath(name, file.file)) {
        throw violation(
          "\(now): \(file.file) is taken from \(name), and every round since it joined wants it there")
      }
    default: break
    }
  }
}
