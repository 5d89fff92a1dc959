import GroupProtocol
import Model

/// An end of a process stands in the tree at most once, and, where its report was acknowledged, at least once. (Its
/// exit code says which end it is.)
struct EventChecker: Checker {
  static let name = "an event is applied exactly once"

  /// The codes that each event file has now, and all that ever stood in one.
  private var standing = SortedMap<TreePath, SortedSet<Int32>>()
  private var applied = SortedSet<Int32>()
  /// In a log that was lost: an agent that stood still meanwhile may say again what that one acknowledged.
  private var stoodBefore = Set<Int32>()
  /// By the reports' numbers.
  private var reported = SortedMap<NodeName, SortedMap<UInt64, Int32>>()
  private var acknowledged = SortedSet<Int32>()

  mutating func observe(_ observation: Observation, at now: Instant) throws(Violation) {
    switch observation {
    case .leaderStarted(_, let isLogLost):
      // Without its log the leader knows neither what stood in the tree nor what it acknowledged.
      if isLogLost {
        let before = stoodBefore.union(applied)
        self = EventChecker()
        stoodBefore = before
      }
    case .leaderStored(let changes):
      for change in changes where change.path.nodeFile?.name == TreePath.stopProcFile {
        let codes = Self.codes(in: change.content)
        for code in codes where standing[change.path]?.contains(code) != true {
          if applied.contains(code) { throw violation("\(now): \(change.path) has exit \(code) a second time") }
          applied.insert(code)
        }
        standing[change.path] = codes
      }
    case .agentSaid(let node, _, .report(let report)):
      if case .stopped(_, .exited(let code), _) = report.body {
        reported[node, default: [:]][report.sequence] = code
      }
    case .leaderSaid(let node, .acknowledged(let sequence), _): acknowledge(sequence, node)
    case .leaderSaid(let node, .welcome(let welcome), _): acknowledge(welcome.acknowledged, node)
    default: break
    }
  }

  private mutating func acknowledge(_ sequence: UInt64, _ node: NodeName) {
    for (number, code) in reported[node] ?? [:] where number <= sequence { acknowledged.insert(code) }
  }

  mutating func conclude(_ rest: RestingWorld) throws(Violation) {
    for code in acknowledged where !applied.contains(code) && !stoodBefore.contains(code) {
      throw violation("exit \(code) was acknowledged and never stood in the tree")
    }
  }

  private static func codes(in content: Content?) -> SortedSet<Int32> {
    guard let content else { return [] }
    let parts = content.text.split(separator: " exit=\"").dropFirst()
    return SortedSet(parts.compactMap { Int32($0.prefix { $0 != "\"" }) })
  }
}
