import GroupProtocol
import Keeper
import Linux
import Logging
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

  /// Of a file without what is at these location paths. What cannot be read so counts as a whole.
  @Sendable static func restDigest(_ content: Content, _ tags: SortedSet<String>) -> Digest {
    do {
      let document = try XMLDocument.parse(content.bytes)
      for tag in tags { try document.set(LocationPath(tag), []) }
      return Digest(of: try document.serialize())
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

  static func input(_ finding: HealthProbes.Finding) -> AgentInput {
    .seen(finding.name, number: finding.number, finding.question, finding.answer)
  }

  /// What a keeper has when the agent starts, as the core is told of it.
  static func inputs(_ welcome: KeeperWelcome) -> [Pending] {
    let earlier = welcome.ended.map { Pending(.missedEnd($0.name, $0.end), $0) }
    let last = welcome.processes.flatMap { process -> [Pending] in
      let name = process.name
      func adopted(_ pid: Int32) -> Pending {
        Pending(.adopted(name, pid: pid, launch: process.launch, starts: process.number))
      }
      switch process.state {
      case .running(let pid):
        let ready = Pending(.noticed(name, number: process.number, .ready))
        return [adopted(pid)] + (process.isReady ? [ready] : [])
      case .ended(let end):
        return [
          adopted(0), Pending(.ended(name, end), UnsettledEnd(name: name, number: process.number, end: end)),
        ]
      case .settled(let end):
        return [Pending(.remembered(name, end, launch: process.launch, starts: process.number))]
      }
    }
    let lease = welcome.leaseUntil.map { Pending(.leased(until: now() + ($0 - bootTime()))) }
    return earlier + [lease].compactMap { $0 } + last
  }

  func log(_ note: Note) {
    var metadata = Logger.Metadata()
    for (key, value) in note.data { metadata[key] = .string(value) }
    let level: Logger.Level =
      switch note.level {
      case .debug: .debug
      case .info: .info
      case .warning: .warning
      case .error: .error
      }
    logger.log(level: level, "\(note.message)", metadata: metadata)
  }
}
