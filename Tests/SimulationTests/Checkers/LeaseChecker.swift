import GroupProtocol
import Model

/// In a world without faults of the network: an agent that runs is never declared lost, and one that does not is
/// declared lost within its lease and a few ticks.
struct LeaseChecker: Checker {
  static let name = "leases tell who lives"

  let timing: Timing
  /// What a round, a late heartbeat and the log may add.
  let slack: Duration
  private var runningSince = SortedMap<NodeName, Instant>()
  private var downSince = SortedMap<NodeName, Instant>()
  private var lost = SortedSet<NodeName>()

  init(timing: Timing, slack: Duration) {
    self.timing = timing
    self.slack = slack
  }

  mutating func observe(_ observation: Observation, at now: Instant) throws(Violation) {
    for (node, since) in downSince where !lost.contains(node) && now - since > timing.lease + slack {
      throw violation("\(now): \(node) is down since \(since) and not declared lost")
    }
    switch observation {
    case .agentRuns(let node, true):
      runningSince[node] = now
      downSince[node] = nil
      lost.remove(node)
    case .agentRuns(let node, false):
      runningSince[node] = nil
      downSince[node] = now
    case .leaderStored(let changes):
      for (node, _) in runningSince
      where changes.contains(where: { $0.path == .failNode(node) && $0.content != nil }) {
        throw violation("\(now): \(node) runs and is declared lost")
      }
      for (node, _) in downSince where changes.contains(where: { $0.path == .failNode(node) }) {
        lost.insert(node)
      }
    default: break
    }
  }
}
