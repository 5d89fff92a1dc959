import Linux
import Model

extension WriteAheadLog {
  /// Appends entries at consecutive positions from `first`, which must be ``next``. Returns, where `isDurable` is
  /// set, only after these and all earlier entries would survive the machine's crash.
  ///
  /// After a ``LogError/refused(_:)`` (a full disk) the log is as it was and the call may be repeated.
  public func append(first: LogIndex, entries: [[UInt8]], isDurable: Bool) async throws(LogError) {
    try write(first: first, entries: entries)
    if isDurable { try await synchronize(through: next - 1) }
  }

  /// Appends without waiting for the disk.
  public func write(first: LogIndex, entries: [[UInt8]]) throws(LogError) {
    if let failure { throw failure }
    guard first == next else { throw .outOfOrder(expected: next, got: first) }
    guard !entries.isEmpty else { return }
    let record = LogRecord(first: first, synchronizedThrough: synchronizedThrough, entries: entries)
    guard let bytes = record.bytes(identity: identity) else {
      throw .tooLarge(limitBytes: LogFormat.payloadLimitBytes)
    }
    // A segment that is being synchronised stays the last one until that has returned.
    if end >= settings.segmentLimitBytes, !isSynchronizing { try beginSegment() }
    do throws(SystemError) { try file.write(bytes, at: end) } catch {
      do throws(SystemError) { try file.truncate(to: end) } catch { throw stop(error) }
      throw .refused(error)
    }
    end += bytes.count
    bytesSinceSnapshot += bytes.count
    next = record.next
  }

  /// Waits until all entries up to `index` are on disk. Who comes while another waits shares the next turn.
  public func synchronize(through index: LogIndex) async throws(LogError) {
    while synchronizedThrough < index {
      if let failure { throw failure }
      if isSynchronizing {
        await withCheckedContinuation { waiting.append($0) }
        continue
      }
      isSynchronizing = true
      let through = next - 1
      let renewals = renewals
      do throws(SystemError) {
        try await synchronizer.synchronize(file)
        if renewals == self.renewals { synchronizedThrough = max(synchronizedThrough, through) }
      } catch {
        if renewals == self.renewals { _ = stop(error) }
      }
      isSynchronizing = false
      for continuation in waiting { continuation.resume() }
      waiting = []
    }
  }

  /// Waits until everything appended so far is on disk, and answers with its last position.
  public func synchronize() async throws(LogError) -> LogIndex {
    let index = next - 1
    try await synchronize(through: index)
    return index
  }

  /// Ends the last segment and begins the next one. The old one is on disk before the new one exists, so that only
  /// the last segment of a log can ever be torn.
  func beginSegment() throws(LogError) {
    do throws(SystemError) { try file.synchronize() } catch { throw stop(error) }
    synchronizedThrough = next - 1
    let header = SegmentHeader(identity: identity, first: next)
    file = try refusing { () throws(SystemError) in
      try storage.write(LogFormat.segmentName(next), header.bytes)
      return try storage.open(LogFormat.segmentName(next))
    }
    segments.append(next)
    end = LogFormat.segmentHeaderLengthBytes
  }

  private func stop(_ error: SystemError) -> LogError {
    let failure = self.failure ?? .stopped(error)
    self.failure = failure
    return failure
  }
}

/// Waits for the disk on a thread of its own, so that appends go on meanwhile.
actor Synchronizer {
  private let executor = BlockingExecutor(label: "log-synchronizer")
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  func synchronize(_ file: any LogFile) throws(SystemError) { try file.synchronize() }
}
