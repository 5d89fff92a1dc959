import FileTree
import Linux
import Model

/// A snapshot as a file; see ``LogFormat`` for its bytes.
struct SnapshotFile: Equatable {
  /// The log's.
  let identity: UInt64
  let index: LogIndex
  let payload: [UInt8]

  init(identity: UInt64, index: LogIndex, payload: [UInt8]) {
    self.identity = identity
    self.index = index
    self.payload = payload
  }

  func bytes() throws(SnapshotError) -> [UInt8] {
    var content: [UInt8] = []
    content.append(littleEndian: identity)
    content.append(littleEndian: index)
    return try SnapshotContainer.encode(content + payload)
  }

  func write(to storage: any LogStorage) throws(LogError) {
    let bytes: [UInt8]
    do throws(SnapshotError) { bytes = try self.bytes() } catch {
      throw .noSnapshot(folder: storage.path, reason: "\(error)")
    }
    try refusing { () throws(SystemError) in try storage.write(LogFormat.snapshotName(index), bytes) }
  }

  /// Nil where the file is a whole snapshot and not the one that its name says, which is `index`.
  init?(parsing bytes: [UInt8], index: LogIndex) throws(SnapshotError) {
    let content = try SnapshotContainer.decode(bytes)
    guard content.count >= 16, content.number(at: 8, as: LogIndex.self) == index else { return nil }
    identity = content.number(at: 0)
    self.index = index
    payload = Array(content[16...])
  }
}
