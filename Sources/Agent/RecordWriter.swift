import GroupProtocol
import Linux
import Model
import Processes

/// Writes what the agent remembers, and writes it again where the disk did not take it.
///
/// A killed agent finds what was written, synchronized or not. Only after a power failure is the difference seen:
/// reports of processes that died with the machine may be missing then, but no number is used twice, and what a leader
/// counts on is known.
struct RecordWriter {
  static let file = "record"
  private static let configurationPrefix = "configuration-"
  private static let interval = Duration.seconds(1)

  private let folders: NodeFolders
  /// What the next agent would find.
  private var saved: AgentRecord?
  /// What the disk did not take.
  private(set) var unsaved: AgentRecord?
  /// Why; nil if the disk has everything.
  private(set) var problem: SystemError?
  /// When it is tried again; nil: everything is written.
  private(set) var deadline: Instant?

  /// - Parameter saved: the record that the disk has; nil: none.
  init(folders: NodeFolders, saved: AgentRecord?) {
    self.folders = folders
    self.saved = saved
  }

  /// An error is told once, until the disk has taken a record again.
  mutating func write(_ record: AgentRecord, at now: Instant) throws(SystemError) {
    let mustStand =
      saved?.incarnation != record.incarnation || saved?.sequenceLimit != record.sequenceLimit
      || saved?.node != record.node || saved?.fenced != record.fenced
    let isReconfigured = saved == nil || saved?.configuration != record.configuration
    do throws(SystemError) {
      if isReconfigured, let configuration = record.configuration {
        try folders.state.write(
          Self.file(of: configuration.digest), configuration.bytes, mode: 0o600, durability: .disk)
      }
      try folders.state.write(
        Self.file, Array(record.text.utf8), mode: 0o600, durability: mustStand ? .disk : .none)
      saved = record
      unsaved = nil
      problem = nil
      deadline = nil
      if isReconfigured { removeConfigurations(but: record.configuration) }
    } catch {
      let isKnown = problem == error
      unsaved = record
      problem = error
      deadline = now + Self.interval
      if !isKnown { throw error }
    }
  }

  /// The configuration in force stands in a file of its own, which the record names by its digest.
  static func file(of configuration: Digest) -> String { configurationPrefix + configuration.hex }

  private func removeConfigurations(but current: Content?) {
    let kept = current.map { Self.file(of: $0.digest) }
    let names = (try? folders.state.list().map(\.name)) ?? []
    for name in names where name.hasPrefix(Self.configurationPrefix) && name != kept {
      _ = try? folders.state.remove(name)
    }
  }

  /// Reports whose numbers the disk does not know to be used wait, and are sent again by the core: the next agent could
  /// give the same number to another report, which the leader would take for a repetition.
  func sendable(_ messages: [AgentMessage]) -> [AgentMessage] {
    guard let unsaved else { return messages }
    return messages.filter {
      guard case .report(let report) = $0 else { return true }
      return saved.map { $0.incarnation == unsaved.incarnation && report.sequence < $0.sequenceLimit } ?? false
    }
  }
}
