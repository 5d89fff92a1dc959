import Model

/// A rule as it stands in a makefile: where its words and the lines of its recipe are.
final class RuleSite: Sendable {
  let source: SourceText
  let line: LogicalLine
  /// The words before and behind the colon; of `TARGETS: PATTERN: PREREQUISITES` the pattern is none of them.
  let targets: RuleWords
  let prerequisites: RuleWords
  let isStaticPattern: Bool
  /// Without the tab, or what stands behind `;`.
  let recipe: [Range<Int>]
  /// From the rule's own line to the recipe's end.
  let lines: Range<Int>

  init(
    source: SourceText, line: LogicalLine, targets: RuleWords, prerequisites: RuleWords, isStaticPattern: Bool,
    recipe: [Range<Int>], lines: Range<Int>
  ) {
    self.source = source
    self.line = line
    self.targets = targets
    self.prerequisites = prerequisites
    self.isStaticPattern = isStaticPattern
    self.recipe = recipe
    self.lines = lines
  }

  func text(_ range: Range<Int>) -> String { source.bytes[range].text }

  var place: SourcePlace { SourcePlace(file: source.file, line: line.line) }

  /// The word that stands for a name: the name itself, a pattern that matches it, or the one with a variable that
  /// has most in common with it.
  func word(for name: String, among words: RuleWords) -> Range<Int>? {
    let shown = HiddenSpace.shown(name)
    if let exact = words.word(shown, in: source.bytes) { return exact }
    var best: (range: Range<Int>, score: Int)?
    for range in words.patterns {
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

/// The words of a part of a rule's line. There may be thousands, and as many findings that look for theirs.
struct RuleWords: RandomAccessCollection, Sendable {
  private let ranges: [Range<Int>]
  /// Positions in the order of the words' bytes; nothing where there are few words.
  private let order: [Int]
  /// Those with variables or a stem, which stand for other names.
  let patterns: [Range<Int>]

  init(_ bytes: [UInt8], _ ranges: [Range<Int>]) {
    self.ranges = ranges
    patterns = ranges.filter { bytes[$0].contains { $0 == Byte.dollar || $0 == Byte.percent } }
    order =
      ranges.count < 16
      ? []
      : ranges.indices.sorted { left, right in
        bytes[ranges[left]].lexicographicallyPrecedes(bytes[ranges[right]])
      }
  }

  var startIndex: Int { ranges.startIndex }
  var endIndex: Int { ranges.endIndex }
  subscript(position: Int) -> Range<Int> { ranges[position] }

  /// A word with this text.
  func word(_ text: String, in bytes: [UInt8]) -> Range<Int>? {
    guard !order.isEmpty else {
      return ranges.first { $0.count == text.utf8.count && bytes[$0].elementsEqual(text.utf8) }
    }
    var low = 0
    var high = order.count
    while low < high {
      let middle = (low + high) / 2
      if bytes[ranges[order[middle]]].lexicographicallyPrecedes(text.utf8) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    guard low < order.count, bytes[ranges[order[low]]].elementsEqual(text.utf8) else { return nil }
    return ranges[order[low]]
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
