import Model

/// The first bytes of a segment; see ``LogFormat``.
struct SegmentHeader: Equatable {
  let identity: UInt64
  let first: LogIndex

  enum Problem: Error, Equatable {
    case tooShort, otherFile, badChecksum
    case otherVersion(UInt32)
  }

  var bytes: [UInt8] {
    var bytes = LogFormat.segmentMagic
    bytes.append(littleEndian: LogFormat.version)
    bytes.append(littleEndian: identity)
    bytes.append(littleEndian: first)
    bytes.append(littleEndian: LogChecksum.of(bytes[...]))
    return bytes
  }

  init(identity: UInt64, first: LogIndex) {
    self.identity = identity
    self.first = first
  }

  /// The checksum comes before the version: what it stands at and covers is the same in all versions, so that a
  /// flipped bit is never taken for a newer version.
  init(parsing bytes: [UInt8]) throws(Problem) {
    guard bytes.count >= LogFormat.segmentHeaderLengthBytes else { throw .tooShort }
    guard bytes.number(at: 28) == LogChecksum.of(bytes[..<28]) else {
      throw bytes.has(LogFormat.segmentMagic, at: 0) ? .badChecksum : .otherFile
    }
    let version = bytes.number(at: 8, as: UInt32.self)
    guard version == LogFormat.version else { throw .otherVersion(version) }
    identity = bytes.number(at: 12)
    first = bytes.number(at: 20)
  }
}
