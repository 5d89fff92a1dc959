/// Search for bytes in text. The library compares characters, by Unicode's rules, and takes many times as long; names
/// and marks are the same only if their bytes are: to the library, a slash before a combining accent is no slash, and a
/// newline after a carriage return is another character.
extension StringProtocol where SubSequence == Substring, UTF8View: BidirectionalCollection {
  public func split(
    separator: Character, maxSplits: Int = .max, omittingEmptySubsequences: Bool = true
  ) -> [Substring] {
    guard let byte = separator.onlyByte else {
      return split(maxSplits: maxSplits, omittingEmptySubsequences: omittingEmptySubsequences) {
        $0 == separator
      }
    }
    return utf8.split(maxSplits: maxSplits, omittingEmptySubsequences: omittingEmptySubsequences) { $0 == byte }
      .map { self[$0.startIndex..<$0.endIndex] }
  }

  public func firstIndex(of character: Character) -> Index? {
    guard let byte = character.onlyByte else { return firstIndex { $0 == character } }
    return utf8.firstIndex(of: byte)
  }

  public func lastIndex(of character: Character) -> Index? {
    guard let byte = character.onlyByte else { return lastIndex { $0 == character } }
    return utf8.lastIndex(of: byte)
  }
}

extension Character {
  /// The byte that an ASCII character is; nil for `\r\n`, which are two.
  fileprivate var onlyByte: UInt8? { utf8.count == 1 ? utf8.first : nil }
}

extension StringProtocol {
  public func firstRange(of other: String) -> Range<Index>? {
    guard let offset = utf8.offset(of: other) else { return nil }
    let start = utf8.index(startIndex, offsetBy: offset)
    return start..<utf8.index(start, offsetBy: other.utf8.count)
  }

  public func contains(_ other: String) -> Bool { utf8.offset(of: other) != nil }

  public func replacing(_ other: String, with replacement: String) -> String {
    var result = ""
    var rest = self[...]
    while let found = rest.firstRange(of: other), !found.isEmpty {
      result += rest[..<found.lowerBound]
      result += replacement
      rest = rest[found.upperBound...]
    }
    return result.isEmpty ? String(rest) : result + rest
  }
}

extension Sequence where Element == UInt8 {
  public func contains(text: String) -> Bool { offset(of: text) != nil }

  fileprivate func offset(of other: String) -> Int? {
    var other = other
    return other.withUTF8 { needle in
      withContiguousStorageIfAvailable { Self.offset(of: needle, in: $0) }
        ?? Array(self).withUnsafeBufferPointer { Self.offset(of: needle, in: $0) }
    }
  }

  private static func offset(
    of needle: UnsafeBufferPointer<UInt8>, in bytes: UnsafeBufferPointer<UInt8>
  ) -> Int? {
    guard let first = needle.first else { return 0 }
    var start = 0
    while start + needle.count <= bytes.count {
      if bytes[start] == first {
        var length = 1
        while length < needle.count, bytes[start + length] == needle[length] { length += 1 }
        if length == needle.count { return start }
      }
      start += 1
    }
    return nil
  }
}
