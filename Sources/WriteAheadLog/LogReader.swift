import FileTree
import Linux
import Model

/// Reads a log's folder: which snapshot is the newest good one, which entries follow it, and where the log ends.
/// It writes nothing; ``WriteAheadLog`` cuts off what it calls torn.
struct LogReader {
  /// Everything that is needed to continue the log.
  struct Result {
    let contents: LogContents
    /// The positions of the good snapshots, ascending.
    let snapshots: [LogIndex]
    /// The first positions of the segments, ascending; empty for a log that does not exist yet.
    let segments: [LogIndex]
    let identity: UInt64
    /// Where the last segment's good records end.
    let end: Int
    let isTorn: Bool
  }

  let storage: any LogStorage
  private var notes: [Note] = []

  init(storage: any LogStorage) { self.storage = storage }

  static func read(_ storage: any LogStorage) throws(LogError) -> Result {
    var reader = LogReader(storage: storage)
    return try reader.read()
  }

  private mutating func read() throws(LogError) -> Result {
    let names = try refusing { () throws(SystemError) in try storage.names() }
    let segments = names.compactMap { LogFormat.position(in: $0, suffix: ".log") }.sorted()
    let (snapshots, newest, identity) = try readSnapshots(names)
    guard let oldest = segments.first else {
      guard newest == nil else {
        throw .missing(folder: storage.path, from: (newest?.index ?? 0) + 1, through: nil)
      }
      let contents = LogContents(snapshot: nil, first: 1, entries: [], notes: notes)
      return Result(contents: contents, snapshots: [], segments: [], identity: 0, end: 0, isTorn: false)
    }
    let base = newest?.index ?? 0
    guard let start = segments.last(where: { $0 <= base + 1 }) else {
      if newest == nil, let problem = notes.last {
        throw .noSnapshot(folder: storage.path, reason: problem.data["reason"] ?? "")
      }
      throw .missing(folder: storage.path, from: base + 1, through: oldest - 1)
    }
    var chain = Chain(identity: identity, next: start)
    for first in segments where first >= start {
      try read(segment: first, isLast: first == segments.last, after: base, into: &chain)
    }
    guard chain.next > base else { throw .missing(folder: storage.path, from: chain.next, through: base) }
    let contents = LogContents(snapshot: newest, first: base + 1, entries: chain.entries, notes: notes)
    return Result(
      contents: contents, snapshots: snapshots, segments: segments, identity: chain.identity ?? 0,
      end: chain.end, isTorn: chain.isTorn)
  }

  /// What the segments read so far amount to.
  private struct Chain {
    /// Nil until a snapshot or segment has told it.
    var identity: UInt64?
    var next: LogIndex
    var entries: [[UInt8]] = []
    var end = 0
    var isTorn = false
  }

  private mutating func read(
    segment first: LogIndex, isLast: Bool, after base: LogIndex, into chain: inout Chain
  ) throws(LogError) {
    guard first == chain.next else {
      throw first > chain.next
        ? .missing(folder: storage.path, from: chain.next, through: first - 1)
        : damage(first, at: 20, "its entries are in the segment before it, too")
    }
    let name = LogFormat.segmentName(first)
    let bytes = try refusing { () throws(SystemError) in try storage.read(name) }
    let header = try self.header(of: bytes, first: first, identity: chain.identity)
    chain.identity = header.identity
    let scan = SegmentScan(bytes, header: header)
    if let problem = scan.problem {
      // Only the last segment may end torn: the others were on disk before their successors were made.
      guard isLast, scan.next > max(scan.provenThrough, base) else {
        throw damage(first, at: scan.end, "\(problem), and entries from \(scan.next) on had been acknowledged")
      }
      chain.isTorn = true
      notes.append(
        Note(
          .warning, "cut off entries at the end of the log that a crash had left half written",
          [
            "file": "\(storage.path)/\(name)", "offset": "\(scan.end)", "bytes": "\(bytes.count - scan.end)",
            "reason": problem,
          ]))
    }
    for record in scan.records where record.next > base + 1 {
      let known = base + 1 > record.first ? Int(base + 1 - record.first) : 0
      chain.entries += record.entries.dropFirst(known)
    }
    chain.next = scan.next
    chain.end = scan.end
  }

  private func header(
    of bytes: [UInt8], first: LogIndex, identity: UInt64?
  ) throws(LogError) -> SegmentHeader {
    let header: SegmentHeader
    do { header = try SegmentHeader(parsing: bytes) } catch {
      switch error {
      case .tooShort: throw damage(first, at: bytes.count, "it is shorter than a segment's header")
      case .otherFile: throw damage(first, at: 0, "it is not a segment of a log")
      case .badChecksum: throw damage(first, at: 0, "its header does not fit its checksum")
      case .otherVersion(let version):
        throw .newerVersion(path: "\(storage.path)/\(LogFormat.segmentName(first))", version: version)
      }
    }
    if let identity, header.identity != identity { throw damage(first, at: 12, "it belongs to another log") }
    guard header.first == first else {
      throw damage(first, at: 20, "its first entry is \(header.first), which is not what its name says")
    }
    return header
  }

  private func damage(_ first: LogIndex, at offset: Int, _ reason: String) -> LogError {
    .damaged(path: "\(storage.path)/\(LogFormat.segmentName(first))", offset: offset, reason: reason)
  }

  /// The good snapshots' positions, the newest of them, and the identity it tells.
  private mutating func readSnapshots(
    _ names: [String]
  ) throws(LogError) -> (good: [LogIndex], newest: LogSnapshot?, identity: UInt64?) {
    var good: [LogIndex] = []
    var newest: (snapshot: LogSnapshot, identity: UInt64)?
    for index in names.compactMap({ LogFormat.position(in: $0, suffix: ".snapshot") }).sorted(by: >) {
      let name = LogFormat.snapshotName(index)
      let bytes = try refusing { () throws(SystemError) in try storage.read(name) }
      do throws(SnapshotError) {
        if let file = try SnapshotFile(parsing: bytes, index: index) {
          good.insert(index, at: 0)
          if newest == nil { newest = (LogSnapshot(index: index, payload: file.payload), file.identity) }
        } else {
          noteUnusable(name, "it is not the snapshot that its name says")
        }
      } catch {
        if case .newerVersion(let version, _) = error {
          throw .newerVersion(path: "\(storage.path)/\(name)", version: version)
        }
        noteUnusable(name, error.description)
      }
    }
    return (good, newest?.snapshot, newest?.identity)
  }

  private mutating func noteUnusable(_ name: String, _ reason: String) {
    notes.append(
      Note(
        .error, "a snapshot cannot be read; an older one is used",
        ["file": "\(storage.path)/\(name)", "reason": reason]))
  }
}

/// Makes a failed call that changed nothing the log's error.
func refusing<Result>(_ body: () throws(SystemError) -> Result) throws(LogError) -> Result {
  do { return try body() } catch { throw .refused(error) }
}
