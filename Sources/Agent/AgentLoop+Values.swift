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

  /// What a keeper has when the agent starts.
  static func boot(_ disk: AgentBoot, _ welcome: KeeperWelcome) -> AgentBoot {
    var boot = disk
    boot.processes = welcome.processes
    boot.missedEnds = welcome.ended.map { .init($0.name, $0.end) }
    boot.leaseUntil = welcome.leaseUntil.map { now() + ($0 - bootTime()) }
    return boot
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

extension KeeperWelcome {
  /// The ends that the agent takes over with it.
  var unsettled: [UnsettledEnd] {
    ended
      + processes.compactMap { process in
        guard case .ended(let end) = process.state else { return nil }
        return UnsettledEnd(name: process.name, number: process.number, end: end)
      }
  }
}
