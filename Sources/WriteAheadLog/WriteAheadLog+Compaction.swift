import FileTree
import Linux
import Model

extension WriteAheadLog {
  /// How many snapshots are kept: one that is read, and one before it in case it cannot be.
  static let snapshotCount = 2

  /// Stores the state after the entry `snapshot.index`, then removes what only older snapshots need. When it fails,
  /// on a full disk say, the log is as it was.
  public func store(_ snapshot: LogSnapshot) async throws(LogError) {
    guard snapshot.index < next else { throw .outOfOrder(expected: next, got: snapshot.index + 1) }
    guard snapshot.index > (snapshots.last ?? 0) else { return }
    // A snapshot must not know more than the log that it stands for.
    try await synchronize(through: snapshot.index)
    let written = bytesSinceSnapshot
    let renewals = renewals
    let file = SnapshotFile(identity: identity, index: snapshot.index, payload: snapshot.payload)
    try await SnapshotWriter().write(file, to: storage)
    guard renewals == self.renewals else { return }
    snapshots.append(snapshot.index)
    bytesSinceSnapshot -= written
    try removeObsolete()
  }

  /// Removes the snapshots before the last two and the segments wholly below the older one. Files that a crash
  /// brings back are ignored by ``LogReader`` and removed the next time.
  private func removeObsolete() throws(LogError) {
    let kept = Array(snapshots.suffix(Self.snapshotCount))
    guard kept.count == Self.snapshotCount, let needed = segments.lastIndex(where: { $0 <= kept[0] + 1 }) else {
      return
    }
    try refusing { () throws(SystemError) in
      for name in try storage.names() {
        if let index = LogFormat.position(in: name, suffix: ".snapshot"), index < kept[0] {
          try storage.remove(name)
        } else if let first = LogFormat.position(in: name, suffix: ".log"), first < segments[needed] {
          try storage.remove(name)
        }
      }
    }
    snapshots = kept
    segments.removeFirst(needed)
  }
}

/// Compresses and writes a snapshot on a thread of its own, so that appends go on meanwhile.
private actor SnapshotWriter {
  private let executor = BlockingExecutor(label: "log-snapshot")
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  func write(_ snapshot: SnapshotFile, to storage: any LogStorage) throws(LogError) {
    try snapshot.write(to: storage)
  }
}
