/// The secret that a peer on loopback TCP shows: it proves that the peer can read a file which only its owner reads.
public struct Token: Sendable, CustomStringConvertible {
  static let byteCount = 32

  /// Letters and digits, never empty.
  let text: String

  /// Nil unless there are 16 to 512 visible ASCII characters.
  public init?(_ text: String) {
    guard (16...512).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      return nil
    }
    self.text = text
  }

  /// A new one, drawn from the system's generator.
  static func random() -> Token {
    var generator = SystemRandomNumberGenerator()
    let digits = Array("0123456789abcdef")
    let text = (0..<byteCount * 2).map { _ in digits[Int(generator.next(upperBound: 16 as UInt8))] }
    return Token(unchecked: String(text))
  }

  private init(unchecked text: String) { self.text = text }

  /// Takes equally long wherever the first difference is, so that a token cannot be guessed byte by byte.
  func isEqual(to other: some StringProtocol) -> Bool {
    let mine = Array(text.utf8)
    let theirs = Array(other.utf8)
    var difference = mine.count ^ theirs.count
    for position in mine.indices {
      difference |= Int(mine[position] ^ (position < theirs.count ? theirs[position] : 0))
    }
    return difference == 0
  }

  /// Tokens do not belong into logs.
  public var description: String { "token" }
}
