import GroupProtocol
import Model

/// When a node is declared lost, nothing runs there any more that runs only under a lease: what its agent has told to
/// have in force, unless something else has reached its disk since; and nothing of which the event says that it has
/// surely stopped. Nor does it begin there again before a round has seen the node, since others may run it.
struct FenceChecker: Checker {
  static let name = "nothing runs at a lost node that must not"

  private var running = SortedMap<NodeName, SortedSet<ProcessName>>()
  /// What the last configuration on the node's disk wants stopped, and whether its agent has said that it holds.
  private var held = SortedMap<NodeName, (names: [ProcessName], isInForce: Bool)>()

  /// Nodes that are lost, or came back and were seen by no round.
  private var lost = SortedSet<NodeName>()
  /// How far the log had come when a node was lost, and has come.
  private var lostAt = SortedMap<NodeName, LogIndex>()
  private var logged: LogIndex = 0
  private var joinedAt = SortedMap<NodeName, LogIndex>()

  mutating func observe(_ observation: Observation, at now: Instant) throws(Violation) {
    if case .logged(_, let index) = observation { logged = index }
    switch observation {
    case .leaderStarted(_, let isLogLost):
      // A loss that was not in the log yet when its leader crashed never was.
      for node in lost where isLogLost || lostAt[node] == logged { lost.remove(node) }
    case .logged(.joined(let admission), let index):
      // Said again, a hello is another entry, and the same join.
      joinedAt[admission.node] = joinedAt[admission.node] ?? index
    case .logged(.finished(let result), _) where result.passes > 0:
      for node in lost where joinedAt[node].map({ $0 <= result.index }) ?? false { lost.remove(node) }
    case .processRuns(let node, let name, let runs):
      if runs, lost.contains(node), held[node]?.names.contains(name) ?? false {
        throw violation("\(now): \(name) begins at \(node), which was lost and was seen by no round since")
      }
      var names = running[node] ?? []
      if runs { names.insert(name) } else { names.remove(name) }
      running[node] = names
    case .agentWrote(let node, let file) where file.file == .config:
      held[node] = nil
      guard let content = file.content, case .success(let configuration) = PolicyModel.decode(content) else {
        return
      }
      let names = configuration.processes.filter { $1.onIsolation == .stop }.keys
      held[node] = (names, false)
    case .logged(.reported(let node, _, let report), _):
      // Until the log has its word nobody counts on it.
      guard let known = held[node], case .inForce(let inForce) = report.body else { return }
      held[node]?.isInForce = known.names.allSatisfy(inForce.fenced.contains)
    case .leaderStored(let changes):
      for change in changes { try check(change, at: now) }
      for (node, _) in running
      where changes.contains(where: { $0.path == .failNode(node) && $0.content != nil }) {
        lost.insert(node)
        lostAt[node] = logged
        joinedAt[node] = nil
      }
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
