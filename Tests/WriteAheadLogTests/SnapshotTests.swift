import Glibc
import Linux
import Model
import Testing

@testable import WriteAheadLog

@Suite("snapshots of a log")
struct SnapshotTests {
  /// A log of 40 entries in small segments with snapshots at 10, 20 and 30.
  private func storage() async throws -> (SimulatedStorage, History) {
    let storage = SimulatedStorage()
    let settings = LogSettings(segmentLimitBytes: 300)
    let (log, _) = try WriteAheadLog.open(storage, settings: settings, identity: 7)
    let history = History((1...40).map(History.entry))
    for index in 1...40 as ClosedRange<LogIndex> {
      try await log.append(first: index, entries: [History.entry(index)], isDurable: index % 3 == 0)
      if index % 10 == 0, index < 40 { try await log.store(history.snapshot(at: index)) }
    }
    _ = try await log.synchronize()
    return (storage, history)
  }

  @Test("the last two stay, with the segments that the older one needs")
  func compaction() async throws {
    let (storage, history) = try await storage()
    let names = try storage.names().sorted()
    #expect(
      names.filter { $0.hasSuffix(".snapshot") } == [LogFormat.snapshotName(20), LogFormat.snapshotName(30)])
    let segments = names.compactMap { LogFormat.position(in: $0, suffix: ".log") }
    #expect(segments.first.map { $0 > 1 && $0 <= 21 } == true)
    #expect(segments.dropFirst().first.map { $0 > 21 } == true)
    let contents = try WriteAheadLog.open(storage).contents
    #expect(contents.snapshot?.index == 30)
    #expect(contents.entries.count == 10)
    #expect(History(contents) == history)
  }

  @Test("a damaged newest one is replaced by the older one and the log")
  func fallback() async throws {
    let (storage, history) = try await storage()
    var files = storage.contents
    files[LogFormat.snapshotName(30)]?[20] ^= 4
    let contents = try WriteAheadLog.open(SimulatedStorage(contents: files)).contents
    #expect(contents.snapshot?.index == 20)
    #expect(History(contents) == history)
    #expect(contents.notes.map(\.message) == ["a snapshot cannot be read; an older one is used"])
  }

  @Test("when none can be read and the log does not reach back, that is said")
  func noneLeft() async throws {
    var files = try await storage().0.contents
    for index in [20, 30] as [LogIndex] { files[LogFormat.snapshotName(index)]?.removeLast() }
    let error = #expect(throws: LogError.self) { try WriteAheadLog.open(SimulatedStorage(contents: files)) }
    guard case .noSnapshot = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("one that the log does not reach up to, or that has no log at all, is refused")
  func logBehind() async throws {
    var files = try await storage().0.contents
    let segments = files.keys.compactMap { LogFormat.position(in: $0, suffix: ".log") }.sorted()
    for segment in segments where segment > 22 { files[LogFormat.segmentName(segment)] = nil }
    let error = #expect(throws: LogError.self) { try WriteAheadLog.open(SimulatedStorage(contents: files)) }
    guard case .missing(_, _, through: 30) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    let alone = files.filter { $0.key.hasSuffix(".snapshot") }
    #expect(throws: LogError.missing(folder: "/log", from: 31, through: nil)) {
      try WriteAheadLog.open(SimulatedStorage(contents: alone))
    }
  }

  @Test("one that is older than the last or newer than the log is not stored")
  func order() async throws {
    let (storage, history) = try await storage()
    let (log, _) = try WriteAheadLog.open(storage)
    try await log.store(history.snapshot(at: 25))
    #expect(!(try storage.names().contains(LogFormat.snapshotName(25))))
    await #expect(throws: LogError.outOfOrder(expected: 41, got: 51)) {
      try await log.store(history.snapshot(at: 50))
    }
  }

  @Test("a full disk leaves the log as it was")
  func fullDisk() async throws {
    let (storage, history) = try await storage()
    let (log, _) = try WriteAheadLog.open(storage)
    let before = storage.contents
    storage.state.withLock { $0.capacityBytes = 100 }
    let name = LogFormat.snapshotName(40)
    await #expect(throws: LogError.refused(SystemError(ENOSPC, "write", "/log/\(name)"))) {
      try await log.store(history.snapshot(at: 40))
    }
    #expect(storage.contents == before)
  }
}
