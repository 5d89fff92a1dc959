import GroupProtocol
import Model

/// What the policy places on one node at a time, and moves only when that node is lost, never runs on two. After a lost
/// log nobody knows where it was.
struct ExclusiveChecker: Checker {
  static let name = "an exclusive process runs on one node at a time"

  private var nodes = SortedSet<NodeName>()
  private var isLogLost = false
  private var hasLed = false

  mutating func observe(_ observation: Observation, at now: Instant) throws(Violation) {
    switch observation {
    case .leaderStarted(_, let isLost):
      isLogLost = isLogLost || isLost && hasLed
      hasLed = true
    case .processRuns(let node, let name, let runs) where name.text == PolicyModel.exclusive:
      if runs { nodes.insert(node) } else { nodes.remove(node) }
      if nodes.count > 1, !isLogLost { throw violation("\(now): it runs on \(nodes.elements)") }
    default: break
    }
  }
}
