import Crypto

/// A SHA-256 digest (FIPS 180-4). Contents are compared, and versions told apart, by it.
public struct Digest: Hashable, Comparable, Sendable, CustomStringConvertible {
  public static let byteCount = 32

  // Rounds compare and copy digests by the ten thousand, so that they own no memory. The first byte is the highest.
  private let first: UInt64
  private let second: UInt64
  private let third: UInt64
  private let fourth: UInt64

  public init(of content: some Sequence<UInt8>) {
    var function = SHA256()
    if content.withContiguousStorageIfAvailable({ function.update(bufferPointer: UnsafeRawBufferPointer($0)) })
      == nil
    {
      function.update(data: Array(content))
    }
    self = function.finalize().withUnsafeBytes(Self.init)
  }

  /// Nil unless there are exactly ``byteCount`` bytes.
  public init?(bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self = bytes.withUnsafeBytes(Self.init)
  }

  private init(_ buffer: UnsafeRawBufferPointer) {
    func word(_ number: Int) -> UInt64 {
      UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: 8 * number, as: UInt64.self))
    }
    (first, second, third, fourth) = (word(0), word(1), word(2), word(3))
  }

  /// Always ``byteCount`` bytes.
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.byteCount)
    append(to: &bytes)
    return bytes
  }

  /// Adds the ``byteCount`` bytes.
  public func append(to bytes: inout [UInt8]) {
    for word in [first, second, third, fourth] { withUnsafeBytes(of: word.bigEndian) { bytes += $0 } }
  }

  // Any part of it is as good as the whole.
  public func hash(into hasher: inout Hasher) { hasher.combine(first) }

  public var hex: String {
    let digits = Array("0123456789abcdef")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }

  /// The first twelve hexadecimal digits, enough to tell versions apart by eye.
  public var description: String { String(hex.prefix(12)) }

  public static func < (left: Self, right: Self) -> Bool {
    (left.first, left.second, left.third, left.fourth) < (right.first, right.second, right.third, right.fourth)
  }
}

/// What a file holds: its bytes, and their digest, computed once.
public struct Content: Hashable, Sendable, CustomStringConvertible {
  /// How large a file of the tree may be, whoever makes it. It travels as one message, and stands in the log.
  public static let sizeLimitBytes = 16 << 20

  public let bytes: [UInt8]
  public let digest: Digest

  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    digest = Digest(of: bytes)
  }

  public init(_ text: String) { self.init(Array(text.utf8)) }

  /// The bytes as text, with what is not UTF-8 replaced.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  public static func == (left: Self, right: Self) -> Bool { left.digest == right.digest }
  public func hash(into hasher: inout Hasher) { hasher.combine(digest) }

  /// Short contents as they are, longer ones as size and digest: traces stay readable.
  public var description: String {
    bytes.count <= 60 ? "\"\(Names.visible(text))\"" : "\(bytes.count) bytes \(digest)"
  }
}
