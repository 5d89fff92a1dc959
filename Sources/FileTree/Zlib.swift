import CZlib

/// Streams of zlib's format (RFC 1950), in memory.
enum Zlib {
  enum Failure: Error, Equatable {
    /// Not a zlib stream, or one whose check sum is wrong.
    case damaged
    /// The stream ends before its end mark.
    case truncated
    /// It expands beyond the length that was allowed.
    case tooLong
    /// Bytes follow the end mark.
    case trailing
    case noMemory
  }

  private static let pieceSizeBytes = 256 << 10

  static func compress(_ bytes: [UInt8], level: Int32 = 6) throws(Failure) -> [UInt8] {
    var stream = z_stream()
    guard dmake_deflate_init(&stream, level) == Z_OK else { throw .noMemory }
    defer { deflateEnd(&stream) }
    var result: [UInt8] = []
    _ = try run(&stream, bytes, into: &result, limitBytes: .max) { deflate($0, $1 ? Z_FINISH : Z_NO_FLUSH) }
    return result
  }

  /// Expands a whole stream to at most `limitBytes`, so that a small hostile one cannot fill the memory.
  static func expand(_ bytes: [UInt8], limitBytes: Int) throws(Failure) -> [UInt8] {
    var stream = z_stream()
    guard dmake_inflate_init(&stream) == Z_OK else { throw .noMemory }
    defer { inflateEnd(&stream) }
    var result: [UInt8] = []
    let rest = try run(&stream, bytes, into: &result, limitBytes: limitBytes) { stream, _ in
      inflate(stream, Z_NO_FLUSH)
    }
    guard rest == 0 else { throw .trailing }
    return result
  }

  /// Feeds the input by pieces until the stream ends; answers how many bytes of the input follow its end.
  private static func run(
    _ stream: inout z_stream, _ input: [UInt8], into result: inout [UInt8], limitBytes: Int,
    step: (UnsafeMutablePointer<z_stream>, _ isLast: Bool) -> Int32
  ) throws(Failure) -> Int {
    var piece = [UInt8](repeating: 0, count: pieceSizeBytes)
    var position = 0
    while true {
      let size = min(pieceSizeBytes, input.count - position)
      let isLast = position + size == input.count
      let (code, used, made) = input.withUnsafeBufferPointer { source in
        piece.withUnsafeMutableBufferPointer { target in
          stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress?.advanced(by: position))
          stream.avail_in = UInt32(size)
          stream.next_out = target.baseAddress
          stream.avail_out = UInt32(target.count)
          let code = step(&stream, isLast)
          return (code, size - Int(stream.avail_in), target.count - Int(stream.avail_out))
        }
      }
      guard result.count + made <= limitBytes else { throw .tooLong }
      result += piece[..<made]
      position += used
      switch code {
      case Z_STREAM_END: return input.count - position
      case Z_OK: if used == 0, made == 0 { throw .truncated }
      case Z_BUF_ERROR: throw .truncated
      case Z_MEM_ERROR: throw .noMemory
      default: throw .damaged
      }
    }
  }
}
