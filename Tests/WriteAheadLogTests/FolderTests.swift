import Glibc
import Linux
import Model
import Testing

@testable import WriteAheadLog

@Suite("a log in a folder of the file system")
struct FolderTests {
  @Test("is there again after it was dropped without a word")
  func reopened() async throws {
    try await withFolder { path in
      let settings = LogSettings(segmentLimitBytes: 400)
      var history = History()
      for life in 0..<5 {
        let (log, contents) = try WriteAheadLog.open(FolderStorage(path: path + "/log"), settings: settings)
        #expect(History(contents) == history)
        for _ in 0..<10 {
          let index = LogIndex(history.entries.count) + 1
          history.entries.append(History.entry(index))
          try await log.append(first: index, entries: [History.entry(index)], isDurable: index % 2 == 0)
        }
        if life % 2 == 0 { try await log.store(history.snapshot(at: LogIndex(history.entries.count) - 3)) }
      }
    }
  }

  @Test("a file that never got its name is removed")
  func temporaryFile() async throws {
    try await withFolder { path in
      _ = try FolderStorage(path: path)
      let folder = try Directory(path: path)
      try folder.write("\(Directory.temporaryPrefix)1", [1])
      _ = try FolderStorage(path: path)
      #expect(try folder.list().isEmpty)
    }
  }

  @Test(
    "a full file system refuses an append as a value, and takes it when there is room",
    .enabled(if: geteuid() == 0))
  func fullFileSystem() async throws {
    try await withFolder { path in
      try #require(mount("tmpfs", path, "tmpfs", 0, "size=256k") == 0)
      defer { umount2(path, CInt(MNT_DETACH)) }
      let (log, _) = try WriteAheadLog.open(FolderStorage(path: path + "/log"))
      let ballast = try Directory(path: path)
      try ballast.write("ballast", [UInt8](repeating: 1, count: 128 << 10))
      let entry = [UInt8](repeating: 7, count: 10_000)
      var index: LogIndex = 0
      var failure: LogError?
      while failure == nil, index < 100 {
        do throws(LogError) {
          try await log.append(first: index + 1, entries: [entry], isDurable: true)
          index += 1
        } catch { failure = error }
      }
      guard case .refused(let error) = failure else {
        Issue.record("\(String(describing: failure))")
        return
      }
      #expect(error.code == ENOSPC)
      await #expect(throws: LogError.self) {
        try await log.append(first: index + 1, entries: [entry], isDurable: true)
      }
      try ballast.remove("ballast")
      try await log.append(first: index + 1, entries: [entry], isDurable: true)
      let contents = try WriteAheadLog.open(FolderStorage(path: path + "/log")).contents
      #expect(contents.entries == [[UInt8]](repeating: entry, count: Int(index) + 1))
      #expect(contents.notes.isEmpty)
    }
  }
}
