import CZlib

/// The check sum of ISO 3309, as zlib and gzip compute it: it finds torn writes and flipped bits, not forgeries.
public enum CRC32 {
  /// The sum of some bytes; of bytes in pieces, by giving the sum so far.
  public static func of(_ bytes: [UInt8], continuing sum: UInt32 = 0) -> UInt32 {
    of(bytes[...], continuing: sum)
  }

  public static func of(_ bytes: ArraySlice<UInt8>, continuing sum: UInt32 = 0) -> UInt32 {
    // crc32_z answers the initial value for a null pointer, which an empty array may have.
    guard !bytes.isEmpty else { return sum }
    return bytes.withUnsafeBufferPointer {
      UInt32(truncatingIfNeeded: crc32_z(UInt(sum), $0.baseAddress, $0.count))
    }
  }
}
