import Dispatch
import Glibc
import Linux
import Model
import Synchronization
import Testing

@testable import WriteAheadLog

@Suite("appending to a log")
struct AppendTests {
  @Test("entries come back in order, of any length, over several segments")
  func roundTrip() async throws {
    let storage = SimulatedStorage()
    let (log, empty) = try WriteAheadLog.open(storage, settings: LogSettings(segmentLimitBytes: 5000))
    #expect(empty == LogContents(snapshot: nil, first: 1, entries: [], notes: []))
    let entries = [0, 1, 3, 70_000, 0, 5000, 12].map { [UInt8](repeating: UInt8($0 % 251), count: $0) }
    for (offset, entry) in entries.enumerated() {
      try await log.append(first: LogIndex(offset) + 1, entries: [entry], isDurable: offset % 2 == 0)
    }
    try await log.append(first: 8, entries: [[1], [2], [3]], isDurable: true)
    #expect(await log.segments.count > 2)
    let contents = try WriteAheadLog.open(storage).contents
    #expect(contents.entries == entries + [[1], [2], [3]])
    #expect(contents.next == 11)
  }

  @Test("only the position after the last one is taken")
  func position() async throws {
    let (log, _) = try WriteAheadLog.open(SimulatedStorage())
    try await log.append(first: 1, entries: [[1]], isDurable: true)
    for first in [0, 1, 3] as [LogIndex] {
      await #expect(throws: LogError.outOfOrder(expected: 2, got: first)) {
        try await log.append(first: first, entries: [[2]], isDurable: true)
      }
    }
  }

  @Test("on a full disk changes nothing, and succeeds when there is room again")
  func fullDisk() async throws {
    let storage = SimulatedStorage()
    let (log, _) = try WriteAheadLog.open(storage, settings: LogSettings(segmentLimitBytes: 200))
    try await log.append(first: 1, entries: [History.entry(1)], isDurable: true)
    var full = 0
    for index in 2...20 as ClosedRange<LogIndex> {
      let used = storage.contents.values.reduce(0) { $0 + $1.count }
      storage.state.withLock { $0.capacityBytes = used + Int(index) }
      let before = storage.contents
      do throws(LogError) {
        try await log.append(first: index, entries: [History.entry(index)], isDurable: true)
        Issue.record("there was no room for entry \(index)")
      } catch {
        #expect(error.isTemporary)
        full += 1
      }
      #expect(storage.contents == before)
      #expect(try WriteAheadLog.open(SimulatedStorage(contents: before)).contents.notes.isEmpty)
      storage.state.withLock { $0.capacityBytes = .max }
      try await log.append(first: index, entries: [History.entry(index)], isDurable: true)
    }
    #expect(full == 19)
    #expect(try WriteAheadLog.open(storage).contents.entries == (1...20).map(History.entry))
  }

  @Test("ends for good when the disk does not confirm what was written")
  func failedSynchronization() async throws {
    let storage = SimulatedStorage()
    let (log, _) = try WriteAheadLog.open(storage)
    storage.state.withLock { $0.failsToSynchronize = true }
    let expected = LogError.stopped(SystemError(EIO, "synchronize", "/log/\(LogFormat.segmentName(1))"))
    await #expect(throws: expected) { try await log.append(first: 1, entries: [[1]], isDurable: true) }
    storage.state.withLock { $0.failsToSynchronize = false }
    await #expect(throws: expected) { try await log.append(first: 2, entries: [[2]], isDurable: true) }
  }

  @Test("who waits at one time shares one synchronisation")
  func groupCommit() async throws {
    let storage = GatedStorage()
    let (log, _) = try WriteAheadLog.open(storage)
    storage.isGated.store(true, ordering: .sequentiallyConsistent)
    let before = storage.synchronizations.load(ordering: .sequentiallyConsistent)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 1...100 as ClosedRange<LogIndex> {
        try await log.write(first: index, entries: [History.entry(index)])
        group.addTask { try await log.synchronize(through: index) }
        // The first one is at the disk before the others come.
        while index == 1, await !log.isSynchronizing { await Task.yield() }
      }
      while await log.waiting.count < 99 { await Task.yield() }
      storage.isGated.store(false, ordering: .sequentiallyConsistent)
      storage.gate.signal()
      try await group.waitForAll()
    }
    #expect(await log.synchronizedThrough == 100)
    #expect(storage.synchronizations.load(ordering: .sequentiallyConsistent) - before == 2)
  }
}

/// A folder in memory whose synchronisations wait at a gate.
private final class GatedStorage: LogStorage {
  let inner = SimulatedStorage()
  let gate = DispatchSemaphore(value: 0)
  let isGated = Atomic(false)
  let synchronizations = Atomic(0)

  var path: String { inner.path }
  func names() throws(SystemError) -> [String] { try inner.names() }
  func read(_ name: String) throws(SystemError) -> [UInt8] { try inner.read(name) }
  func write(_ name: String, _ bytes: [UInt8]) throws(SystemError) { try inner.write(name, bytes) }
  func open(_ name: String) throws(SystemError) -> any LogFile {
    File(storage: self, inner: try inner.open(name))
  }
  func remove(_ name: String) throws(SystemError) { try inner.remove(name) }
  func identity(of name: String) throws(SystemError) -> LogFileIdentity? { try inner.identity(of: name) }
  func reopened() throws(SystemError) -> any LogStorage { self }

  private struct File: LogFile {
    let storage: GatedStorage
    let inner: any LogFile
    var identity: LogFileIdentity { inner.identity }
    func write(_ bytes: [UInt8], at offset: Int) throws(SystemError) { try inner.write(bytes, at: offset) }
    func truncate(to lengthBytes: Int) throws(SystemError) { try inner.truncate(to: lengthBytes) }
    func synchronize() throws(SystemError) {
      storage.synchronizations.add(1, ordering: .sequentiallyConsistent)
      if storage.isGated.load(ordering: .sequentiallyConsistent) { storage.gate.wait() }
      try inner.synchronize()
    }
  }
}
