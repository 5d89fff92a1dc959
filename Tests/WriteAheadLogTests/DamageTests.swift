import Model
import Testing

@testable import WriteAheadLog

@Suite("a log that is not as it was written")
struct DamageTests {
  /// Six durable appends in one segment.
  private static func storage() async throws -> (SimulatedStorage, ends: [Int]) {
    let storage = SimulatedStorage()
    let (log, _) = try WriteAheadLog.open(storage, identity: 7)
    var ends: [Int] = []
    for index in 1...6 as ClosedRange<LogIndex> {
      try await log.append(first: index, entries: [History.entry(index)], isDurable: true)
      ends.append(await log.end)
    }
    return (storage, ends)
  }

  private static let name = LogFormat.segmentName(1)

  @Test("cut at any byte gives the records before the cut, and says what was cut off")
  func truncated() async throws {
    let (storage, ends) = try await Self.storage()
    let whole = try storage.read(Self.name)
    for length in 0..<whole.count {
      let copy = SimulatedStorage(contents: [Self.name: Array(whole.prefix(length))])
      if length < LogFormat.segmentHeaderLengthBytes {
        #expect(throws: LogError.self) { try WriteAheadLog.open(copy) }
        continue
      }
      let (log, contents) = try WriteAheadLog.open(copy)
      let survivors = ends.filter { $0 <= length }.count
      #expect(contents.entries == (1...6).prefix(survivors).map(History.entry))
      let isWhole = ends.contains(length) || length == LogFormat.segmentHeaderLengthBytes
      #expect(contents.notes.isEmpty == isWhole)
      let next = await log.next
      try await log.append(first: next, entries: [[1, 2, 3]], isDurable: true)
      #expect(try WriteAheadLog.open(copy).contents.entries.last == [1, 2, 3])
    }
  }

  @Test("with any bit flipped is refused, but for the last record, which a crash may leave so")
  func flipped() async throws {
    let (storage, ends) = try await Self.storage()
    let whole = try storage.read(Self.name)
    for bit in 0..<whole.count * 8 {
      var bytes = whole
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      let copy = SimulatedStorage(contents: [Self.name: bytes])
      if bit / 8 < ends[4] {
        let error = #expect(throws: LogError.self) { try WriteAheadLog.open(copy) }
        guard case .damaged(_, let offset, _) = error else {
          Issue.record("bit \(bit): \(String(describing: error))")
          continue
        }
        #expect(offset <= bit / 8, "the place is where the damaged record begins")
        #expect(copy.contents == [Self.name: bytes], "a refused log stays as it is")
      } else {
        let contents = try WriteAheadLog.open(copy).contents
        #expect(contents.entries == (1...5).map(History.entry))
        #expect(contents.notes.count == 1)
      }
    }
  }

  @Test("is damaged even in its last record where a snapshot proves that it was acknowledged")
  func flippedBehindSnapshot() async throws {
    let (storage, ends) = try await Self.storage()
    let (log, contents) = try WriteAheadLog.open(storage)
    try await log.store(History(contents).snapshot(at: 6))
    var files = storage.contents
    files[Self.name]?[ends[4] + 40] ^= 1
    let error = #expect(throws: LogError.self) { try WriteAheadLog.open(SimulatedStorage(contents: files)) }
    #expect(
      error?.description
        == "the log file `/log/\(Self.name)` is damaged at byte \(ends[4]): a record does not fit its checksum, and entries from 6 on had been acknowledged; restore its folder from a copy, or move the folder away to start anew from what the agents report"
    )
  }

  @Test("of a newer version is left to the newer dmake")
  func newerVersion() throws {
    var header = SegmentHeader(identity: 7, first: 1).bytes
    header[8] = 2
    header.overwrite(at: 28, littleEndian: LogChecksum.of(header[..<28]))
    let error = #expect(throws: LogError.self) {
      try WriteAheadLog.open(SimulatedStorage(contents: [Self.name: header]))
    }
    #expect(
      error?.description
        == "the log file `/log/\(Self.name)` has version 2 of the format, this dmake knows 1; start the dmake that wrote it, or a newer one"
    )
  }

  @Test("with a segment missing, from another log or under another name is refused")
  func segments() async throws {
    let storage = SimulatedStorage()
    let settings = LogSettings(segmentLimitBytes: 100)
    let (log, _) = try WriteAheadLog.open(storage, settings: settings, identity: 7)
    for index in 1...9 as ClosedRange<LogIndex> {
      try await log.append(first: index, entries: [History.entry(index)], isDurable: true)
    }
    let segments = await log.segments
    try #require(segments.count >= 4)

    var files = storage.contents
    files[LogFormat.segmentName(segments[1])] = nil
    expect(files, .missing(folder: "/log", from: segments[1], through: segments[2] - 1))
    files = storage.contents
    files[LogFormat.segmentName(1)] = nil
    expect(files, .missing(folder: "/log", from: 1, through: segments[1] - 1))

    files = storage.contents
    let middle = LogFormat.segmentName(segments[1])
    files[middle]?.replaceSubrange(0..<32, with: SegmentHeader(identity: 8, first: segments[1]).bytes)
    expect(files, .damaged(path: "/log/\(middle)", offset: 12, reason: "it belongs to another log"))

    files = storage.contents
    files[LogFormat.segmentName(segments[1])] = files[LogFormat.segmentName(segments[2])]
    expect(
      files,
      .damaged(
        path: "/log/\(middle)", offset: 20,
        reason: "its first entry is \(segments[2]), which is not what its name says"))

    files = storage.contents
    files[middle]?.removeLast()
    #expect(throws: LogError.self) { try WriteAheadLog.open(SimulatedStorage(contents: files)) }
  }

  private func expect(_ files: [String: [UInt8]], _ expected: LogError) {
    #expect(throws: expected) { try WriteAheadLog.open(SimulatedStorage(contents: files)) }
  }
}
