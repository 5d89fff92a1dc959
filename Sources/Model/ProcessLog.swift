/// A place in what a process has printed.
public struct LogPlace: Hashable, Sendable {
  /// Which of the log's files, by the number that the file system gives it.
  public let file: UInt64
  public let offset: UInt64
  /// Over the beginning of the file: the number of one that was removed may be another one's by now.
  public let mark: UInt64

  public init(file: UInt64, offset: UInt64, mark: UInt64) {
    self.file = file
    self.offset = offset
    self.mark = mark
  }
}

/// Which part of a process's log is asked for.
public struct LogQuery: Hashable, Sendable, CustomStringConvertible {
  /// More lines than this nobody reads from a terminal; the log itself stands on the node.
  public static let lineLimit = 10_000

  public let process: ProcessName
  /// So many from the end, where there is no place to go on from.
  public let lines: Int
  /// Where the last chunk ended.
  public let from: LogPlace?

  public init(process: ProcessName, lines: Int, from: LogPlace? = nil) {
    self.process = process
    self.lines = lines
    self.from = from
  }

  public var description: String { from == nil ? "\(process), \(lines) lines" : "\(process), further" }
}

/// A part of a log: whole lines, unless one is longer than a chunk.
public struct LogChunk: Equatable, Sendable {
  /// What an agent and a leader keep in memory for one reader.
  public static let limitBytes = 128 << 10

  public let bytes: [UInt8]
  /// Where the next chunk begins.
  public let next: LogPlace
  /// Whether the process has printed no further line yet.
  public let isAtEnd: Bool
  /// Whether lines before it were removed before they were asked for.
  public let hasGap: Bool

  public init(bytes: [UInt8], next: LogPlace, isAtEnd: Bool, hasGap: Bool = false) {
    self.bytes = bytes
    self.next = next
    self.isAtEnd = isAtEnd
    self.hasGap = hasGap
  }
}

/// What an agent answers to a ``LogQuery``.
public enum LogResult: Equatable, Sendable, CustomStringConvertible {
  case chunk(LogChunk)
  /// The process has not printed anything yet.
  case noOutput
  /// The node neither has such a process nor a log of an earlier one.
  case noProcess
  /// It cannot be read now; the text is a sentence.
  case failed(String)

  public var description: String {
    switch self {
    case .chunk(let chunk): "\(chunk.bytes.count) bytes" + (chunk.isAtEnd ? " at the end" : "")
    case .noOutput: "no output"
    case .noProcess: "no process"
    case .failed(let reason): "failed: \(reason)"
    }
  }
}
