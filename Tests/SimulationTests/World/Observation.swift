import GroupProtocol
import Model
import Supervision

/// What can be seen of a world from outside: what its members say and what stands on their disks. Checkers are told
/// nothing else.
enum Observation: Sendable {
  /// A leader begins, with what its disk gave. `isLogLost`: it had a log, and the disk has none of it.
  case leaderStarted(logEnd: LogIndex, isLogLost: Bool)
  /// A leader said this to the agent of a node; `durableEntries` is what its disk would give after a crash.
  case leaderSaid(NodeName, LeaderMessage, durableEnd: LogIndex)
  case leaderStored([TreeChange])
  /// The wrapper came to a result: these files it wants.
  case decided(LogIndex, members: [NodeName], wanted: SortedSet<TreePath>)
  /// An entry became durable.
  case logged(LogEntry, LogIndex)
  case agentSaid(NodeName, incarnation: UInt64, AgentMessage)
  case agentWrote(NodeName, Configuration.File)
  /// The agent's machine is gone for good, or its agent runs.
  case agentRuns(NodeName, Bool)
  /// A process begins or ends.
  case processRuns(NodeName, ProcessName, Bool)
}

/// Something that must never be.
struct Violation: Error, CustomStringConvertible {
  let checker: String
  let text: String
  var description: String { "\(checker): \(text)" }
}

/// Watches a world and knows one promise that it must keep.
protocol Checker: Sendable {
  static var name: String { get }
  mutating func observe(_ observation: Observation, at now: Instant) throws(Violation)
  /// Faults have stopped and the world had time to come to rest.
  mutating func conclude(_ rest: RestingWorld) throws(Violation)
}

extension Checker {
  func violation(_ text: String) -> Violation { Violation(checker: Self.name, text: text) }
  mutating func conclude(_ rest: RestingWorld) throws(Violation) {}
}

/// What stands where at the end.
struct RestingWorld: Sendable {
  struct Node: Sendable {
    /// The configuration files on its disk.
    var delivered: SortedMap<NodeFile, Content>
    /// What its processes are run by.
    var inForce: NodeConfiguration?
    /// The state files that its configuration asks to be watched.
    var states: SortedMap<NodeFile, Content>
  }
  var leader: LeaderState
  /// The leader's state as its disk gives it.
  var recovered: LeaderState
  /// What the policy wants of the tree as it is.
  var wanted: SortedMap<TreePath, Content>
  /// What the policy reads.
  var interest: Interest
  var nodes: SortedMap<NodeName, Node>
}
