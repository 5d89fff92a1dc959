import Glibc
import GroupProtocol
import Linux
import Model
import Testing

@testable import WriteAheadLog

@Suite("the embedded engine")
struct EngineTests {
  private func withFolder(_ body: (String) async throws -> Void) async throws {
    var template = Array("/tmp/dmake-engine-XXXXXX".utf8CString)
    let path = try #require(mkdtemp(&template).map { String(cString: $0) })
    defer {
      if let folder = try? Directory(path: "/tmp") { try? folder.removeTree(String(path.dropFirst(5))) }
    }
    try await body(path + "/state")
  }

  private static func ticks(_ count: Int) -> [LogEntry] {
    (1...count).map { .tick(renewed: [], time: WallTime(milliseconds: Int64($0))) }
  }

  @Test("gives the state of its snapshot and entries, as if nothing had happened")
  func replay() async throws {
    try await withFolder { path in
      let opened = LogEntry.opened(epoch: 3, timing: .standard, time: WallTime(milliseconds: 1))
      var expected = LeaderState()
      do {
        let recovery = try EmbeddedEngine.open(stateFolder: path)
        #expect(recovery.state == LeaderState())
        let entries = [opened] + Self.ticks(5)
        for (offset, entry) in entries.enumerated() { _ = expected.apply(entry, at: LogIndex(offset) + 1) }
        try await recovery.engine.write(first: 1, entries: entries)
        try await recovery.engine.synchronize(through: 6)
        try await recovery.engine.store(expected)
        for (offset, entry) in Self.ticks(3).enumerated() {
          _ = expected.apply(entry, at: LogIndex(offset) + 7)
        }
        try await recovery.engine.write(first: 7, entries: Self.ticks(3))
      }
      let again = try EmbeddedEngine.open(stateFolder: path)
      #expect(again.state == expected)
      #expect(again.replayed == 3)
    }
  }

  @Test("continues a write that a full disk had cut off")
  func continued() async throws {
    try await withFolder { path in
      let engine = try EmbeddedEngine.open(stateFolder: path).engine
      try await engine.write(first: 1, entries: Self.ticks(3))
      try await engine.write(first: 1, entries: Self.ticks(5))
      #expect(await engine.log.next == 6)
    }
  }

  @Test("puts so many entries into a record as fit, and a larger one into its own")
  func records() {
    let sizes = [3, 3, 4, 1, 20, 9, 2]
    let records = EmbeddedEngine.records(of: sizes.map { [UInt8](repeating: 0, count: $0) }, limitBytes: 10)
    #expect(records.map { $0.map(\.count) } == [[3, 3, 4], [1], [20], [9], [2]])
  }

  @Test("is one process's at a time")
  func lock() async throws {
    try await withFolder { path in
      let first = try EmbeddedEngine.open(stateFolder: path)
      let error = #expect(throws: EngineError.self) { try EmbeddedEngine.open(stateFolder: path) }
      #expect(
        error?.description
          == "cannot lock `\(path)/leader.lock`: process \(getpid()) holds it; stop that process or use another folder"
      )
      withExtendedLifetime(first) {}
    }
  }

  @Test("says so where a whole entry is not one that it knows")
  func unreadable() async throws {
    try await withFolder { path in
      do {
        let (log, _) = try WriteAheadLog.open(FolderStorage(path: path + "/log"))
        try await log.append(first: 1, entries: [[0xff, 0xff]], isDurable: true)
      }
      let error = #expect(throws: EngineError.self) { try EmbeddedEngine.open(stateFolder: path) }
      #expect(
        error?.description.hasPrefix("the entry 1 of the log in `\(path)/log` cannot be understood: ") == true)
    }
  }
}
