import Model

/// The envelope of a snapshot: what it is, in which version, and whether it is whole.
///
/// All numbers are big-endian. Every later version keeps this header, so that an older program can say that it is too
/// old instead of calling the file damaged.
///
///     offset  bytes  content
///          0      8  "DMAKESNP"
///          8      4  format version
///         12      8  length of the payload
///         20      8  length of what follows the header
///         28     32  SHA-256 of the payload
///         60      4  CRC-32 of what follows the header
///         64      4  CRC-32 of the 64 bytes before
///         68      …  the payload as a zlib stream (RFC 1950)
///
/// The sum of the stream finds what the digest of the payload cannot: bits of padding in it that mean nothing.
public enum SnapshotContainer {
  public static let version: UInt32 = 1
  /// A tree of this size would not fit the leaders' memory anyway.
  public static let payloadLimitBytes = 1 << 30

  static let magic = Array("DMAKESNP".utf8)
  static let headerLengthBytes = 68

  public static func encode(_ payload: [UInt8]) throws(SnapshotError) -> [UInt8] {
    guard payload.count <= payloadLimitBytes else {
      throw .tooLarge(payloadBytes: UInt64(payload.count), limitBytes: payloadLimitBytes)
    }
    let compressed: [UInt8]
    do { compressed = try Zlib.compress(payload) } catch { throw .noMemory }
    return header(of: payload, compressed) + compressed
  }

  public static func decode(
    _ bytes: [UInt8], payloadLimitBytes: Int = payloadLimitBytes
  ) throws(SnapshotError) -> [UInt8] {
    guard bytes.prefix(magic.count).elementsEqual(magic) else { throw .notASnapshot }
    guard bytes.count >= headerLengthBytes else {
      throw .truncated(expectedBytes: headerLengthBytes, foundBytes: bytes.count)
    }
    guard UInt64(CRC32.of(bytes[..<64])) == number(bytes[64..<68]) else {
      throw .damagedHeader
    }
    let found = UInt32(truncatingIfNeeded: number(bytes[8..<12]))
    guard found <= version else { throw .newerVersion(found: found, supported: version) }
    let (length, rest) = (number(bytes[12..<20]), number(bytes[20..<28]))
    guard length <= UInt64(payloadLimitBytes), rest <= UInt64(Int.max / 2) else {
      throw .tooLarge(payloadBytes: length, limitBytes: payloadLimitBytes)
    }
    let expected = headerLengthBytes + Int(rest)
    guard bytes.count >= expected else { throw .truncated(expectedBytes: expected, foundBytes: bytes.count) }
    guard bytes.count == expected else { throw .trailing(expectedBytes: expected, foundBytes: bytes.count) }
    return try payload(bytes, lengthBytes: Int(length))
  }

  private static func payload(_ bytes: [UInt8], lengthBytes: Int) throws(SnapshotError) -> [UInt8] {
    let stream = bytes[headerLengthBytes...]
    guard UInt64(CRC32.of(stream)) == number(bytes[60..<64]) else { throw .damagedPayload }
    let payload: [UInt8]
    do {
      // More than the header's length cannot be right, so that is where a bomb is stopped.
      payload = try Zlib.expand(Array(stream), limitBytes: lengthBytes)
    } catch {
      throw error == .noMemory ? .noMemory : .damagedPayload
    }
    guard payload.count == lengthBytes, Digest(of: payload).bytes.elementsEqual(bytes[28..<60]) else {
      throw .damagedPayload
    }
    return payload
  }

  private static func header(of payload: [UInt8], _ stream: [UInt8]) -> [UInt8] {
    var header = magic
    header += bigEndian(version) + bigEndian(UInt64(payload.count)) + bigEndian(UInt64(stream.count))
    header += Digest(of: payload).bytes + bigEndian(CRC32.of(stream))
    return header + bigEndian(CRC32.of(header))
  }

  private static func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}
