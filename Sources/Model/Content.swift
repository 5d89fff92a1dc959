import Crypto

/// A SHA-256 digest (FIPS 180-4). Contents are compared, and versions told apart, by it.
public struct Digest: Hashable, Comparable, Sendable, CustomStringConvertible {
  public static let byteCount = 32

  /// Always ``byteCount`` bytes.
  public let bytes: [UInt8]

  public init(of content: some Sequence<UInt8>) { bytes = Array(SHA256.hash(data: Array(content))) }

  /// Nil unless there are exactly ``byteCount`` bytes.
  public init?(bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }

  public var hex: String {
    let digits = Array("0123456789abcdef")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }

  /// The first twelve hexadecimal digits, enough to tell versions apart by eye.
  public var description: String { String(hex.prefix(12)) }

  public static func < (left: Self, right: Self) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
}

/// What a file holds: its bytes, and their digest, computed once.
public struct Content: Hashable, Sendable, CustomStringConvertible {
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
