import Model

/// Entries that were appended together; see ``LogFormat`` for its bytes.
struct LogRecord: Equatable {
  let first: LogIndex
  /// The position up to which the log was on disk when this record was written.
  let synchronizedThrough: LogIndex
  let entries: [[UInt8]]

  var next: LogIndex { first + LogIndex(entries.count) }

  /// Nil for entries that together exceed ``LogFormat/payloadLimitBytes``.
  func bytes(identity: UInt64) -> [UInt8]? {
    let payloadLength = entries.reduce(0) { $0 + 4 + $1.count }
    guard payloadLength <= LogFormat.payloadLimitBytes else { return nil }
    var bytes = LogFormat.recordMagic
    bytes.reserveCapacity(LogFormat.recordHeaderLengthBytes + payloadLength)
    bytes.append(littleEndian: UInt32(0))
    bytes.append(littleEndian: UInt32(payloadLength))
    bytes.append(littleEndian: UInt32(entries.count))
    bytes.append(littleEndian: first)
    bytes.append(littleEndian: synchronizedThrough)
    for entry in entries {
      bytes.append(littleEndian: UInt32(entry.count))
      bytes += entry
    }
    bytes.overwrite(at: 4, littleEndian: LogChecksum.ofRecord(bytes[8...], identity: identity))
    return bytes
  }

  /// Why the bytes at an offset are not a record.
  enum Problem: Error, Equatable, CustomStringConvertible {
    case cutOff, noRecord, badChecksum

    var description: String {
      switch self {
      case .cutOff: "a record is cut off"
      case .noRecord: "there is no record where one must begin"
      case .badChecksum: "a record does not fit its checksum"
      }
    }
  }

  init(first: LogIndex, synchronizedThrough: LogIndex, entries: [[UInt8]]) {
    self.first = first
    self.synchronizedThrough = synchronizedThrough
    self.entries = entries
  }

  /// The record that begins at `offset`, and where it ends.
  static func parse(
    _ bytes: [UInt8], at offset: Int, identity: UInt64
  ) throws(Problem) -> (record: LogRecord, end: Int) {
    let body = offset + LogFormat.recordHeaderLengthBytes
    guard bytes.has(LogFormat.recordMagic, at: offset) else {
      throw bytes.count - offset < LogFormat.recordMagic.count ? .cutOff : .noRecord
    }
    guard body <= bytes.count else { throw .cutOff }
    let length = Int(bytes.number(at: offset + 8, as: UInt32.self))
    guard length <= LogFormat.payloadLimitBytes else { throw .badChecksum }
    let end = body + length
    guard end <= bytes.count else { throw .cutOff }
    let checksum = LogChecksum.ofRecord(bytes[(offset + 8)..<end], identity: identity)
    guard bytes.number(at: offset + 4) == checksum else { throw .badChecksum }

    var entries: [[UInt8]] = []
    var position = body
    for _ in 0..<bytes.number(at: offset + 12, as: UInt32.self) {
      guard position + 4 <= end else { throw .badChecksum }
      let entryEnd = position + 4 + Int(bytes.number(at: position, as: UInt32.self))
      guard entryEnd <= end else { throw .badChecksum }
      entries.append(Array(bytes[(position + 4)..<entryEnd]))
      position = entryEnd
    }
    guard position == end, !entries.isEmpty else { throw .badChecksum }
    let record = LogRecord(
      first: bytes.number(at: offset + 16), synchronizedThrough: bytes.number(at: offset + 24), entries: entries
    )
    return (record, end)
  }
}
