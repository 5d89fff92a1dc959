/// A place where a file breaks a rule, and what to do about it.
struct Finding: Equatable, CustomStringConvertible {
  let path: String
  /// From 1.
  let line: Int
  let message: String
  var description: String { "\(path):\(line): \(message)" }
}

/// A rule that every file can be asked about by its text alone.
protocol HouseRule: Sendable {
  func findings(in file: SourceFile) -> [Finding]
}

/// Words that code of some files must not have, each with what takes its place.
struct BannedCode: HouseRule {
  let words: [(word: String, instead: String)]
  let applies: @Sendable (SourceFile) -> Bool

  func findings(in file: SourceFile) -> [Finding] {
    guard applies(file) else { return [] }
    let marks = words.map { (word: $0.word, instead: $0.instead, bytes: Array($0.word.utf8)) }
    return file.code.enumerated().flatMap { number, line -> [Finding] in
      let bytes = Array(line.utf8)
      return marks.filter { Self.has($0.bytes, bytes) }.map {
        Finding(path: file.path, line: number + 1, message: "`\($0.word)` is not allowed here; \($0.instead)")
      }
    }
  }

  /// Whether the line has the word, not as a part of a longer one.
  static func has(_ word: [UInt8], _ line: [UInt8]) -> Bool {
    guard let first = word.first, let last = word.last, line.count >= word.count else { return false }
    return line.indices.dropLast(word.count - 1).contains { start in
      guard line[start] == first, line[start...].starts(with: word) else { return false }
      let end = start + word.count
      let isInside = start > 0 && isPart(first) && isPart(line[start - 1])
      return !isInside && !(end < line.count && isPart(last) && isPart(line[end]))
    }
  }

  private static func isPart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...: true
    default: false
    }
  }
}

extension Substring {
  /// The first place of a text; the standard library has none without Foundation.
  func range(of text: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
      start = index(after: start)
    }
    return nil
  }
}
