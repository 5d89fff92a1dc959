import Linux
import Model

/// How large a log's files become.
public struct LogSettings: Hashable, Sendable {
  /// A segment that has reached this size is followed by a new one.
  public var segmentLimitBytes: Int
  public init(segmentLimitBytes: Int = 4 << 20) { self.segmentLimitBytes = segmentLimitBytes }
}

/// The embedded engine's log: entries in one order, on this machine's disk before anyone is told of them.
///
/// It keeps bytes and knows nothing of what they mean. An append writes a record into the page cache, which
/// survives the end of the process; a durable append returns only after fdatasync(2), which survives the end of
/// the machine. Appends that wait at one time share one fdatasync (group commit). Snapshots stand for the entries
/// up to theirs; the last two are kept, with every segment that the older one needs, so that one bad block costs
/// nothing. See ``LogFormat`` for the bytes and ``LogReader`` for what is damage and what a crash may leave.
public actor WriteAheadLog {
  private let executor = BlockingExecutor(label: "log")
  nonisolated public var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  var storage: any LogStorage
  let settings: LogSettings
  let identity: UInt64
  let synchronizer = Synchronizer()
  /// The first positions of the segments, ascending.
  var segments: [LogIndex]
  /// The positions of the snapshots, ascending.
  var snapshots: [LogIndex]
  /// The last segment and where its good records end.
  var file: any LogFile
  var end: Int
  /// The position that the next entry gets.
  public internal(set) var next: LogIndex
  /// The position up to which everything is on disk.
  public internal(set) var synchronizedThrough: LogIndex
  /// Bytes of entries since the last snapshot, for who decides when to take the next one.
  public internal(set) var bytesSinceSnapshot: Int
  var isSynchronizing = false
  var waiting: [CheckedContinuation<Void, Never>] = []
  /// Set for good by a failure after which nobody can say what the disk has.
  var failure: LogError?
  /// How often the log was written anew: what was under way at that time is about files that do not count any more.
  var renewals = 0

  private init(
    storage: any LogStorage, settings: LogSettings, found: LogReader.Result, identity: UInt64,
    segments: [LogIndex], file: any LogFile, end: Int
  ) {
    self.storage = storage
    self.settings = settings
    self.identity = identity
    self.segments = segments
    self.file = file
    self.end = end
    snapshots = found.snapshots
    next = found.contents.next
    synchronizedThrough = found.contents.next - 1
    bytesSinceSnapshot = found.contents.entries.reduce(0) { $0 + $1.count }
  }

  /// Opens the log in a folder, or begins one, and answers with what it holds. A half-written end that was never
  /// acknowledged is cut off; anything else that is not as written is refused.
  ///
  /// - Parameter identity: for a new log, a number that no other log has.
  public static func open(
    _ storage: any LogStorage, settings: LogSettings = LogSettings(),
    identity: UInt64 = UInt64.random(in: 1...UInt64.max)
  ) throws(LogError) -> (log: WriteAheadLog, contents: LogContents) {
    let found = try LogReader.read(storage)
    let isNew = found.segments.isEmpty
    let segments = isNew ? [found.contents.next] : found.segments
    let header = SegmentHeader(identity: isNew ? identity : found.identity, first: segments[segments.count - 1])
    let file = try refusing { () throws(SystemError) in
      let name = LogFormat.segmentName(header.first)
      if isNew { try storage.write(name, header.bytes) }
      let file = try storage.open(name)
      if found.isTorn { try file.truncate(to: found.end) }
      // What was read may be in the page cache alone, written by a process that died before it was synchronised.
      try file.synchronize()
      return file
    }
    let log = WriteAheadLog(
      storage: storage, settings: settings, found: found, identity: header.identity, segments: segments,
      file: file, end: isNew ? LogFormat.segmentHeaderLengthBytes : found.end)
    return (log, found.contents)
  }
}
