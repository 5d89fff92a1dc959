import FileTree
import Linux
import Model
import Testing

@Suite("Positions in the log as times of files")
struct LogicalTimeTests {
  @Test(
    "Inputs are older than each pass's outputs, and those than the next index",
    arguments: [0, 1, 31_249, 31_250, 1 << 44])
  func order(index: LogIndex) {
    var times = [LogicalTime.input(index)]
    times += (1...LogicalTime.passLimit).map { .output(index, pass: $0) }
    times.append(.input(index + 1))
    for (earlier, later) in zip(times, times.dropFirst()) {
      #expect(earlier < later)
      #expect(earlier.fileTime < later.fileTime)
    }
  }

  @Test("A file's time tells the position again; other times tell none") func inverse() {
    for time in [LogicalTime.input(0), .input(7), .output(7, pass: 1), .output(123_456_789, pass: 16)] {
      #expect(LogicalTime(time.fileTime) == time)
    }
    #expect(LogicalTime(FileTime(seconds: 999_999_999, nanoseconds: 0)) == nil)
    #expect(LogicalTime(FileTime(seconds: 1_700_000_000, nanoseconds: 123_456_789)) == nil)
    #expect(LogicalTime(FileTime(seconds: 1_000_000_000, nanoseconds: 17_000)) == nil)
  }

  @Test("Eighty years of a busy log lie in the past and within a file system's range") func range() {
    let entries: LogIndex = 10_000 * 86_400 * 365 * 79
    #expect(LogicalTime.input(entries).fileTime.seconds < 1_800_000_000)
    #expect(LogicalTime.output(3, pass: 2).fileTime.description == "1000000000.000098000")
    #expect("\(LogicalTime.input(3)) \(LogicalTime.output(3, pass: 2))" == "3 3+2")
  }

  @Test("A file system keeps the time exactly") func kept() throws {
    let temporary = try TemporaryFolder()
    let store = try temporary.store()
    let time = LogicalTime.output(987_654_321, pass: 5)
    try store.apply([change("a/b", "x")], time: time)
    #expect(try store.status(TreePath("a/b"))?.modified == time.fileTime)
  }
}
