import GroupProtocol
import Linux
import Logging
import Model
import Processes

/// Reads what an earlier agent left in the state folder.
struct StoredRecord {
  let folders: NodeFolders
  let logger: Logger

  /// Nil where there is none. A damaged one is set aside: processes are found by records of their own, and a leader
  /// tells the rest again; only reports that it never acknowledged are lost.
  func read() throws -> AgentRecord? {
    let bytes = try folders.state.readIfPresent(RecordWriter.file, limitBytes: AgentRecord.sizeLimitBytes)
    guard let bytes else { return nil }
    if let record = AgentRecord(text: String(decoding: bytes, as: UTF8.self), configuration: configuration) {
      return record
    }
    try folders.state.write("\(RecordWriter.file).damaged", bytes, mode: 0o600)
    logger.error(
      "the agent's record is damaged and set aside",
      metadata: ["file": "\(folders.path)/\(RecordWriter.file).damaged"])
    return nil
  }

  /// The configuration that was in force, unless somebody has changed it.
  private func configuration(_ digest: Digest) -> Content? {
    let name = RecordWriter.file(of: digest)
    let bytes = try? folders.state.readIfPresent(name, limitBytes: AgentRecord.sizeLimitBytes)
    if let bytes, Digest(of: bytes) == digest { return Content(bytes) }
    logger.error(
      "the configuration that was in force is not there or damaged, so the one that was delivered last holds",
      metadata: ["file": "\(folders.path)/\(name)"])
    return nil
  }

  func new(for settings: AgentSettings) throws -> AgentRecord {
    let random = (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 16) }
    return AgentRecord(node: try settings.currentName(in: folders.state), instance: random.joined())
  }

  /// The record's files that stand on the disk, also those that it takes for removed: a file may have been written
  /// just before a crash. One that cannot be read counts as missing and is sent again.
  func holdings(of record: AgentRecord) throws -> SortedMap<NodeFile, Content> {
    var holdings = SortedMap<NodeFile, Content>()
    let delivered = DeliveredFiles(folders)
    for (file, held) in record.files {
      do throws(SystemError) {
        holdings[file] = try delivered.content(
          of: file, remembered: held.digest, limitBytes: AgentRecord.sizeLimitBytes)
      } catch {
        logger.warning(
          "a delivered file counts as missing and is sent again",
          metadata: ["file": "\(file)", "reason": "\(error)"])
      }
    }
    return holdings
  }
}
