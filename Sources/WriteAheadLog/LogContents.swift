import Model

/// The state after an entry of the log, as the log's owner encoded it.
public struct LogSnapshot: Equatable, Sendable {
  /// The last entry that the state has seen.
  public let index: LogIndex
  public let payload: [UInt8]
  public init(index: LogIndex, payload: [UInt8]) {
    self.index = index
    self.payload = payload
  }
}

/// What a log held when it was opened.
public struct LogContents: Equatable, Sendable {
  public let snapshot: LogSnapshot?
  /// The position of the first of ``entries``.
  public let first: LogIndex
  /// All entries after the snapshot, or all there are.
  public let entries: [[UInt8]]
  /// What an operator should know: a torn end that was cut off, a snapshot that could not be read.
  public let notes: [Note]

  /// The position that the next entry gets.
  public var next: LogIndex { first + LogIndex(entries.count) }
}
