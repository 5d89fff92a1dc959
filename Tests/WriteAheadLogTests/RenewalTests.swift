import Glibc
import Linux
import Model
import Testing

@testable import WriteAheadLog

@Suite("a log whose files are removed while it is open")
struct RenewalTests {
  /// What somebody does to the folder of a log with two snapshots and several segments.
  enum Harm: CaseIterable {
    case lastSegment, segments, snapshots, everything, folder, moved, replaced

    func inflict(_ path: String) throws {
      let parent = try Directory(path: path)
      let names = try parent.list("log").map(\.name)
      switch self {
      case .lastSegment: try parent.remove("log/" + (names.last { $0.hasSuffix(".log") } ?? ""))
      case .segments: for name in names where name.hasSuffix(".log") { try parent.remove("log/" + name) }
      case .snapshots:
        for name in names where name.hasSuffix(".snapshot") { try parent.remove("log/" + name) }
      case .everything: for name in names { try parent.remove("log/" + name) }
      case .folder: try parent.removeTree("log")
      case .moved: try #require(rename(path + "/log", path + "/away") == 0)
      case .replaced:
        // As an editor or a tool for backups does it.
        let last = "log/" + (names.last { $0.hasSuffix(".log") } ?? "")
        try parent.write(last, parent.read(last, limitBytes: .max))
      }
    }
  }

  @Test("says so, and goes on in new files with all that counts", arguments: Harm.allCases)
  func renewal(harm: Harm) async throws {
    try await withFolder { path in
      let settings = LogSettings(segmentLimitBytes: 400)
      let (log, _) = try WriteAheadLog.open(FolderStorage(path: path + "/log"), settings: settings)
      var history = History()
      func append() async throws {
        let index = LogIndex(history.entries.count) + 1
        history.entries.append(History.entry(index))
        try await log.append(first: index, entries: [History.entry(index)], isDurable: true)
      }
      for index in 1...30 {
        try await append()
        if index % 10 == 0 { try await log.store(history.snapshot(at: LogIndex(index))) }
      }
      try await append()
      try await log.verify()
      try harm.inflict(path)
      let error = await #expect(throws: LogError.self) { try await log.verify() }
      guard case .gone = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      // An entry that nobody has been told of is written to files that nobody finds.
      try? await log.write(first: 32, entries: [History.entry(99)])
      try await log.renew(history.snapshot(at: 31))
      try await log.verify()
      for _ in 0..<40 { try await append() }
      try await log.store(history.snapshot(at: 60))
      try await log.verify()
      let contents = try WriteAheadLog.open(FolderStorage(path: path + "/log"), settings: settings).contents
      #expect(History(contents) == history)
      #expect(contents.notes.isEmpty)
    }
  }

  @Test("before its first entry begins anew")
  func empty() async throws {
    try await withFolder { path in
      let (log, _) = try WriteAheadLog.open(FolderStorage(path: path + "/log"))
      try Harm.folder.inflict(path)
      await #expect(throws: LogError.self) { try await log.verify() }
      try await log.renew(LogSnapshot(index: 0, payload: []))
      try await log.append(first: 1, entries: [[1]], isDurable: true)
      #expect(try WriteAheadLog.open(FolderStorage(path: path + "/log")).contents.entries == [[1]])
    }
  }
}
