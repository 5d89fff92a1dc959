import GroupProtocol
import Model

/// Nothing acknowledged is lost: what a leader acknowledges is durable in its log at that moment, and a leader that
/// starts again has it still, unless the whole log is gone.
struct AcknowledgementChecker: Checker {
  static let name = "nothing acknowledged is lost"

  /// The position of each node's reports in the log, by their numbers.
  private var logged = SortedMap<NodeName, SortedMap<UInt64, LogIndex>>()
  private var needed: LogIndex = 0

  mutating func observe(_ observation: Observation, at now: Instant) throws(Violation) {
    switch observation {
    case .logged(.reported(let node, _, let report), let index):
      if logged[node]?[report.sequence] == nil { logged[node, default: [:]][report.sequence] = index }
    case .leaderSaid(let node, .acknowledged(let sequence), let durableEnd):
      guard let index = logged[node]?[sequence], index <= durableEnd else {
        throw violation("\(now): report \(sequence) of \(node) is acknowledged and not in the log")
      }
      needed = max(needed, index)
    case .leaderStarted(let logEnd, let isLogLost):
      if isLogLost {
        self = AcknowledgementChecker()
      } else if logEnd < needed {
        throw violation("\(now): a leader starts with \(logEnd) entries, but acknowledged what \(needed) said")
      }
    default: break
    }
  }
}
