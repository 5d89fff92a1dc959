import Linux
import Model

/// Files that somebody removes under a running leader: the open segment takes all that is written to it, and the disk
/// says that it has it, but nobody ever finds it again.
extension WriteAheadLog {
  /// Throws ``LogError/gone(path:)`` where a file that recovery would need is not in its place.
  public func verify() throws(LogError) {
    let current = LogFormat.segmentName(segments[segments.count - 1])
    let names = segments.map(LogFormat.segmentName) + snapshots.map(LogFormat.snapshotName)
    for name in names {
      let found = try refusing { () throws(SystemError) in try storage.identity(of: name) }
      guard let found, name != current || found == file.identity else {
        throw .gone(path: "\(storage.path)/\(name)")
      }
    }
  }

  /// Goes on in new files, with a snapshot of the state after the last entry that counts. What was appended behind it,
  /// and is in files that are gone, must be appended again. When it fails, on a full disk say, the same may be tried
  /// again.
  public func renew(_ snapshot: LogSnapshot) throws(LogError) {
    let storage = try refusing { () throws(SystemError) in try self.storage.reopened() }
    if snapshot.index > 0 {
      try SnapshotFile(identity: identity, index: snapshot.index, payload: snapshot.payload).write(to: storage)
    }
    let header = SegmentHeader(identity: identity, first: snapshot.index + 1)
    let name = LogFormat.segmentName(header.first)
    file = try refusing { () throws(SystemError) in
      try storage.write(name, header.bytes)
      return try storage.open(name)
    }
    self.storage = storage
    renewals += 1
    segments = [header.first]
    snapshots = snapshot.index > 0 ? [snapshot.index] : []
    end = LogFormat.segmentHeaderLengthBytes
    next = header.first
    synchronizedThrough = snapshot.index
    bytesSinceSnapshot = 0
    failure = nil
  }
}
