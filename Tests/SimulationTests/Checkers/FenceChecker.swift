import GroupProtocol
import Model

/// When a node is declared lost, nothing runs there any more that runs only under a lease: what its agent has told to
/// have in force, unless something else has reached its disk since; and nothing of which the event says that it has
/// surely stopped.
struct FenceChecker: Checker {
  static let name = "nothing runs at a lost node that must not"

  private var running = SortedMap<NodeName, SortedSet<ProcessName>>()
  /// What the last configuration on the node's disk wants stopped, and whether its agent has said that it holds.
  private var held = SortedMap<NodeName, (names: [ProcessName], digest: Digest, isInForce: Bool)>()

  mutating func observe(_ observation: Observation, at now: Instant) throws(Violation) {
    switch observation {
    case .processRuns(let node, let name, let runs):
      var names = running[node] ?? []
      if runs { names.insert(name) } else { names.remove(name) }
      running[node] = names
    case .agentWrote(let node, let file) where file.file == .config:
      held[node] = nil
      guard let content = file.content, case .success(let configuration) = PolicyModel.decode(content) else {
        return
      }
      let names = configuration.processes.filter { $1.onIsolation == .stop }.keys
      held[node] = (names, content.digest, false)
    case .agentSaid(let node, _, .applied(let files)):
      guard let known = held[node] else { return }
      if files.contains(where: { $0.file == .config && $0.digest == known.digest }) {
        held[node]?.isInForce = true
      }
    case .leaderStored(let changes):
      for change in changes { try check(change, at: now) }
      for (node, known) in held where known.isInForce {
        guard changes.contains(where: { $0.path == .failNode(node) && $0.content != nil }) else { continue }
        let left = known.names.filter { running[node]?.contains($0) ?? false }
        if !left.isEmpty { throw violation("\(now): \(node) is declared lost, and \(left) run there") }
      }
    default: break
    }
  }

  private func check(_ change: TreeChange, at now: Instant) throws(Violation) {
    guard change.path.text.hasSuffix("/\(TreePath.failNodeFile)"), let text = change.content?.text,
      let (node, names) = running.first(where: { change.path == .failNode($0.0) })
    else { return }
    let left = names.elements.filter { text.contains("<process name=\"\($0)\" stopped=\"yes\"/>") }
    if !left.isEmpty { throw violation("\(now): \(left) of \(node) are said to have stopped surely, and run") }
  }
}
