import FileTree
import Model

/// The bytes of the log's files, version 1. All numbers are little endian.
///
/// A log is a folder of **segments** and **snapshots**. Both are named by a position in the log, in 20 decimal
/// digits: `FIRST.log` has the entries from FIRST on, `LAST.snapshot` the state after the entry LAST. A segment is
/// a header and records without gaps between them; the next segment continues where it ends.
///
///     segment header                     record
///      0  8  "DMAKELOG"                   0  4  "DREC"
///      8  4  version of the format        4  4  CRC-32 of the log's identity and of all from byte 8
///     12  8  the log's identity           8  4  length of the payload in bytes
///     20  8  position of the first entry 12  4  number of entries
///     28  4  CRC-32 of bytes 0 to 27     16  8  position of the first entry
///                                        24  8  position up to which the log was on disk before
///                                        32  …  the entries, each after its length in 4 bytes
///
/// Two fields are there for what comes after a crash. The *identity*, drawn when the log is made, tells a record
/// from bytes of an entry that happen to look like one, and from another log's file. The *position on disk* tells
/// the two kinds of bad records apart: one that was never acknowledged, which a power failure may leave anywhere
/// behind the last synchronisation, and one that was, as a later record proves. The first kind is cut off, the
/// second is damage, which nobody may repair by forgetting.
///
/// A snapshot file is a `SnapshotContainer` (compressed, with a digest) of the log's identity and the snapshot's
/// position, 8 bytes each, and the state.
enum LogFormat {
  static let version: UInt32 = 1
  static let segmentMagic = Array("DMAKELOG".utf8)
  static let recordMagic = Array("DREC".utf8)
  static let segmentHeaderLengthBytes = 32
  static let recordHeaderLengthBytes = 32
  /// Far above a bundle's limit, far below what a damaged length could ask of memory.
  static let payloadLimitBytes = 256 << 20

  static func segmentName(_ first: LogIndex) -> String { padded(first) + ".log" }
  static func snapshotName(_ last: LogIndex) -> String { padded(last) + ".snapshot" }

  /// The position in a file's name; nil for a file of another kind.
  static func position(in name: String, suffix: String) -> LogIndex? {
    guard name.hasSuffix(suffix), name.utf8.count == 20 + suffix.utf8.count else { return nil }
    return LogIndex(name.dropLast(suffix.utf8.count))
  }

  private static func padded(_ position: LogIndex) -> String {
    let digits = String(position)
    return String(repeating: "0", count: 20 - digits.count) + digits
  }
}

extension [UInt8] {
  mutating func append(littleEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }

  /// The number whose bytes begin at `offset`; the caller has checked that they are there.
  func number<Number: FixedWidthInteger>(at offset: Int, as type: Number.Type = Number.self) -> Number {
    withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Number.self)) }
  }

  mutating func overwrite(at offset: Int, littleEndian value: UInt32) {
    for byte in 0..<4 { self[offset + byte] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(byte))) }
  }

  func has(_ prefix: [UInt8], at offset: Int) -> Bool {
    offset + prefix.count <= count && self[offset..<offset + prefix.count].elementsEqual(prefix)
  }
}
