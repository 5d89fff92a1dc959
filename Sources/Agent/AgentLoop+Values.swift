import GroupProtocol
import Linux
import Model
import NodeSchema
import Processes
import Supervision
import XML

extension AgentLoop {
  static func now() -> Instant { Instant(sinceStart: monotonicTime()) }
  static func wall() -> WallTime { WallTime(milliseconds: wallTime().milliseconds) }

  @Sendable static func decode(_ content: Content) -> Result<NodeConfiguration, ConfigurationProblem> {
    NodeSchema.decode(content).mapError { ConfigurationProblem($0.description) }
  }

  /// Of the values at these location paths. What cannot be read so counts as a whole.
  @Sendable static func valuesDigest(_ content: Content, _ tags: SortedSet<String>) -> Digest {
    do {
      let document = try XMLDocument.parse(content.bytes)
      var text = ""
      for tag in tags {
        let values = try document.values(at: LocationPath(tag))
        // Lengths before the values, so that no two lists read the same.
        text += "\(values.count)\n" + values.map { "\($0.utf8.count) \($0)\n" }.joined()
      }
      return Digest(of: text.utf8)
    } catch { return content.digest }
  }

  /// What is wrong with the XML of a state file.
  static func problem(_ content: Content) -> String? {
    do {
      _ = try XMLDocument.parse(content.bytes)
      return nil
    } catch {
      return error.description
    }
  }

  static func input(_ observation: FileWatcher.Observation) -> AgentInput {
    switch observation {
    case .read(let file, let content): .observed(file, content)
    case .refused(let file, let reason): .unreadable(file, reason)
    }
  }

  static func inputs(_ recovered: SortedMap<ProcessName, ProcessTable.Recovered>) -> [AgentInput] {
    recovered.flatMap { name, state -> [AgentInput] in
      switch state {
      case .running(let pid, let launch, let starts):
        [.adopted(name, pid: pid, launch: launch, starts: starts)]
      case .died(let pid, let launch, let starts):
        [.adopted(name, pid: pid, launch: launch, starts: starts), .ended(name, .unknown)]
      case .ended(let end, let launch, let starts): [.remembered(name, end, launch: launch, starts: starts)]
      }
    }
  }
}
