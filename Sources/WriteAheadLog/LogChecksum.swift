import FileTree

/// The check sums of headers and records.
enum LogChecksum {
  static func of(_ bytes: ArraySlice<UInt8>) -> UInt32 { CRC32.of(bytes) }

  static func ofRecord(_ bytes: ArraySlice<UInt8>, identity: UInt64) -> UInt32 {
    var seed: [UInt8] = []
    seed.append(littleEndian: identity)
    return CRC32.of(bytes, continuing: CRC32.of(seed))
  }
}
