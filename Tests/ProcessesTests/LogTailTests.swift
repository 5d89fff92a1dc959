import Glibc
import Linux
import Model
import Processes
import Testing

@Suite("Reading the logs of processes")
struct LogTailTests {
  private let scratch: Scratch
  private let folder: Directory
  private let name: ProcessName

  init() throws {
    scratch = try Scratch()
    folder = try Directory(path: scratch.path).makeFolders("log")
    name = try ProcessName("web")
  }

  private var tail: LogTail { LogTail(folder: folder, limitBytes: 100) }

  private func write(_ file: String, _ text: String) throws { try folder.write(file, Array(text.utf8)) }

  private func append(_ text: String) throws {
    let file = open("\(folder.path)/web.log", O_WRONLY | O_APPEND | O_CREAT, 0o640)
    defer { close(file) }
    #expect(text.withCString { Glibc.write(file, $0, strlen($0)) } == text.utf8.count)
  }

  /// As a keeper does it.
  private func rotate(keep: Int) {
    for number in stride(from: keep - 1, through: 1, by: -1) {
      rename("\(folder.path)/web.log.\(number)", "\(folder.path)/web.log.\(number + 1)")
    }
    if keep > 0 {
      rename("\(folder.path)/web.log", "\(folder.path)/web.log.1")
    } else {
      unlink("\(folder.path)/web.log")
    }
  }

  private func lines(_ count: Int) throws -> String {
    let chunk = try #require(try tail.read(LogQuery(process: name, lines: count)))
    return String(decoding: chunk.bytes, as: UTF8.self)
  }

  private func next(_ chunk: LogChunk) throws -> LogChunk {
    try #require(try tail.read(LogQuery(process: name, lines: 0, from: chunk.next)))
  }

  private func first(_ lines: Int) throws -> LogChunk {
    try #require(try tail.read(LogQuery(process: name, lines: lines)))
  }

  @Test("without a file there is no output, and an empty one is the end")
  func none() throws {
    #expect(try tail.read(LogQuery(process: name, lines: 5)) == nil)
    try write("web.log", "")
    #expect(try first(5).bytes.isEmpty)
    #expect(try first(5).isAtEnd)
  }

  @Test("the last lines are as many as there are, or as were asked for, over files that were set aside")
  func last() throws {
    try write("web.log.2", "a\nb\n")
    try write("web.log.1", "c\nd\n")
    try write("web.log", "e\nf\n")
    #expect(try lines(0) == "")
    #expect(try lines(1) == "f\n")
    #expect(try lines(2) == "e\nf\n")
    #expect(try lines(3) == "d\ne\nf\n")
    #expect(try lines(5) == "b\nc\nd\ne\nf\n")
    #expect(try lines(6) == "a\nb\nc\nd\ne\nf\n")
    #expect(try lines(10_000) == "a\nb\nc\nd\ne\nf\n")
    // In the middle of a rotation the newest file has no name of its own, and one name is missing.
    unlink("\(folder.path)/web.log")
    #expect(try lines(1) == "d\n")
    rename("\(folder.path)/web.log.2", "\(folder.path)/web.log.3")
    #expect(try lines(3) == "b\nc\nd\n")
  }

  @Test("a reader goes on where it stopped, whatever was rotated meanwhile")
  func rotation() throws {
    try append("1\n2\n")
    var chunk = try first(10)
    #expect(chunk.isAtEnd)
    #expect(try next(chunk).bytes.isEmpty)
    try append("3\n")
    rotate(keep: 3)
    try append("4\n")
    rotate(keep: 3)
    try append("5\n")
    chunk = try next(chunk)
    #expect(String(decoding: chunk.bytes, as: UTF8.self) == "3\n4\n5\n")
    #expect(chunk.isAtEnd && !chunk.hasGap)
    rotate(keep: 3)
    chunk = try next(chunk)
    #expect(chunk.bytes.isEmpty && !chunk.hasGap)
  }

  @Test("what was removed before it was read is told, and reading goes on with what is there")
  func gap() throws {
    try append("1\n")
    let chunk = try first(10)
    rotate(keep: 1)
    try append("2\n")
    rotate(keep: 1)
    try append("3\n")
    let later = try next(chunk)
    #expect(String(decoding: later.bytes, as: UTF8.self) == "2\n3\n")
    #expect(later.hasGap)
    #expect(try !next(later).hasGap)
  }

  @Test("a file that was emptied, or took over another one's number, is read from its beginning")
  func truncated() throws {
    try append("one line\n")
    let chunk = try first(10)
    truncate("\(folder.path)/web.log", 0)
    try append("other\n")
    let shorter = try next(chunk)
    #expect(shorter.hasGap && String(decoding: shorter.bytes, as: UTF8.self) == "other\n")
    truncate("\(folder.path)/web.log", 0)
    try append("something longer than before\n")
    let longer = try next(chunk)
    #expect(longer.hasGap && String(decoding: longer.bytes, as: UTF8.self) == "something longer than before\n")
    // A place that nobody was told of.
    let place = LogPlace(file: chunk.next.file, offset: .max, mark: 0)
    #expect(try tail.read(LogQuery(process: name, lines: 0, from: place))?.hasGap == true)
  }

  @Test("a chunk is bounded and has whole lines, but for one that fits into none")
  func chunks() throws {
    let all = (0..<40).map { "line \($0)\n" }.joined() + String(repeating: "x", count: 250) + "\nend\n"
    try append(all)
    var chunk = try first(100)
    var text = chunk.bytes
    var count = 1
    while !chunk.isAtEnd {
      #expect(chunk.bytes.count <= 100 && !chunk.bytes.isEmpty)
      if count < 4 { #expect(chunk.bytes.last == UInt8(ascii: "\n")) }
      chunk = try next(chunk)
      text += chunk.bytes
      count += 1
    }
    #expect(String(decoding: text, as: UTF8.self) == all)
  }

  @Test("chunks go over files that were set aside as well")
  func chunksOverFiles() throws {
    let parts = (0..<5).map { file in (0..<20).map { "file \(file) line \($0)\n" }.joined() }
    for part in parts {
      try append(part)
      rotate(keep: 9)
    }
    try append("now\n")
    var chunk = try first(10_000)
    var text = chunk.bytes
    while !chunk.isAtEnd {
      chunk = try next(chunk)
      #expect(chunk.bytes.count <= 100)
      text += chunk.bytes
    }
    #expect(String(decoding: text, as: UTF8.self) == parts.joined() + "now\n")
  }

  @Test("a line that is being written is told when it is whole")
  func partial() throws {
    try append("whole\nhal")
    let chunk = try first(10)
    #expect(String(decoding: chunk.bytes, as: UTF8.self) == "whole\n")
    #expect(chunk.isAtEnd)
    try append("f\n")
    #expect(try String(decoding: next(chunk).bytes, as: UTF8.self) == "half\n")
  }

  @Test("what is no regular file is refused and not waited for")
  func kinds() throws {
    mkfifo("\(folder.path)/web.log", 0o600)
    #expect(throws: SystemError.self) { try tail.read(LogQuery(process: name, lines: 1)) }
    unlink("\(folder.path)/web.log")
    symlink("/etc/passwd", "\(folder.path)/web.log")
    #expect(throws: SystemError.self) { try tail.read(LogQuery(process: name, lines: 1)) }
  }
}
