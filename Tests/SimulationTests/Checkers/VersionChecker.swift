import GroupProtocol
import Model

/// Versions never go back: the stamps of a file on a node grow, those of its leaders and those of its local rules each
/// for themselves, and so does what a leader speaks of as long as its
/// log lives.
struct VersionChecker: Checker {
  static let name = "versions never go back"

  private var written = SortedMap<NodeName, SortedMap<NodeFile, Configuration.File>>()
  private var decided = SortedMap<NodeName, SortedMap<NodeFile, Configuration.File>>()
  private var told = Stamp.zero

  mutating func observe(_ observation: Observation, at now: Instant) throws(Violation) {
    switch observation {
    case .agentWrote(let node, let file):
      let isLocal = file.stamp.epoch == 0 && file.stamp.index > 0
      let last = isLocal ? decided[node]?[file.file] : written[node]?[file.file]
      if let last, file.stamp < last.stamp || (file.stamp == last.stamp && file.content != last.content) {
        throw violation("\(now): \(node) writes \(file) over \(last)")
      }
      if isLocal {
        decided[node, default: [:]][file.file] = file
      } else {
        written[node, default: [:]][file.file] = file
      }
    case .leaderStarted(_, let isLogLost):
      // What was said and never arrived is forgotten with the log; what arrived, the agents' disks prove.
      if isLogLost { told = .zero }
    case .leaderSaid(let node, .configure(let configuration), let durableEnd):
      let last = told
      if configuration.stamp < last {
        throw violation("\(now): \(node) is told of \(configuration.stamp) after \(last)")
      }
      if configuration.stamp.index > durableEnd {
        throw violation("\(now): \(node) is told of \(configuration.stamp), but the disk ends at \(durableEnd)")
      }
      told = configuration.stamp
    default: break
    }
  }
}
