import Model

/// A rule as it stands in a makefile: where its words and the lines of its recipe are.
struct RuleSite {
  let source: SourceText
  let line: LogicalLine
  /// The words before and behind the colon; of `TARGETS: PATTERN: PREREQUISITES` the pattern is none of them.
  let targets: [Range<Int>]
  let prerequisites: [Range<Int>]
  let isStaticPattern: Bool
  /// Without the tab, or what stands behind `;`.
  let recipe: [Range<Int>]
  /// From the rule's own line to the recipe's end.
  let lines: Range<Int>

  func text(_ range: Range<Int>) -> String { source.bytes[range].text }

  var place: SourcePlace { SourcePlace(file: source.file, line: line.line) }

  /// The word that stands for a name: the name itself, a pattern that matches it, or the one with a variable that
  /// has most in common with it.
  func word(for name: String, among words: [Range<Int>]) -> Range<Int>? {
    let shown = HiddenSpace.shown(name)
    // A rule may have thousands of words, and as many findings.
    let exact = words.first { $0.count == shown.utf8.count && source.bytes[$0].elementsEqual(shown.utf8) }
    if let exact { return exact }
    var best: (range: Range<Int>, score: Int)?
    for range in words {
      let text = self.text(range)
      let score: Int
      if let pattern = Pattern(text), pattern.match(shown) != nil {
        score = 1 << 20
      } else if text.contains("$") || text.contains("%") {
        score = 1 + Self.parts(shown).filter { text.contains($0) }.map(\.utf8.count).reduce(0, +)
      } else {
        continue
      }
      if score > best?.score ?? 0 { best = (range, score) }
    }
    return best?.range
  }

  private static func parts(_ name: String) -> [Substring] {
    name.split { "/{}".contains($0) }
  }
}

extension MakeText {
  /// The words of a range; references and tags are units, whatever stands in them.
  static func wordRanges(_ bytes: [UInt8], _ range: Range<Int>) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var start: Int?
    var next = range.lowerBound
    func isContinuation(_ index: Int) -> Bool {
      bytes[index] == Byte.backslash && index + 1 < range.upperBound && bytes[index + 1] == Byte.newline
    }
    while next < range.upperBound {
      if Byte.isSpace(bytes[next]) || isContinuation(next) {
        if let begin = start { result.append(begin..<next) }
        start = nil
        next += 1
        continue
      }
      if start == nil { start = next }
      switch bytes[next] {
      case Byte.dollar:
        // `$$(…)` is one of make's second expansion.
        let isSecond = ["$$(", "$${"].contains { bytes.starts(with: $0, at: next) }
        next = skipReference(bytes, isSecond ? next + 1 : next, range.upperBound)
      case Byte.openBrace: next = TagText.skip(bytes, next, range.upperBound)
      case Byte.backslash: next = min(next + 2, range.upperBound)
      default: next += 1
      }
    }
    if let start { result.append(start..<range.upperBound) }
    return result
  }
}
