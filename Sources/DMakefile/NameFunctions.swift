import Model

/// make's functions on names that need neither files nor processes.
enum NameFunctions {
  /// How many arguments a function has; further commas are text of the last.
  static func argumentLimit(_ name: String) -> Int {
    switch name {
    case "patsubst", "foreach", "subst", "if", "wordlist": 3
    case "sort", "strip", "words", "firstword", "lastword", "dir", "notdir", "basename", "suffix": 1
    default: 2
    }
  }

  /// `words` are those of the last argument. Nil if the function is not known, or cannot do with these.
  static func call(_ name: String, _ values: [String], _ words: [String]) -> String? {
    if let result = edited(name, values, words) { return result.joined(separator: " ") }
    switch (name, values.count) {
    case ("subst", 3) where !values[0].isEmpty: return values[2].replacing(values[0], with: values[1])
    case ("findstring", 2): return values[1].contains(values[0]) ? values[0] : ""
    case ("words", 1): return "\(words.count)"
    default: return nil
    }
  }

  private static func edited(_ name: String, _ values: [String], _ words: [String]) -> [String]? {
    switch (name, values.count) {
    case ("addprefix", 2): return words.map { values[0] + $0 }
    case ("addsuffix", 2): return words.map { $0 + values[0] }
    case ("patsubst", 3): return words.map { substitute(values[0], values[1], $0) }
    case ("filter", 2): return words.filter { isMatched($0, by: values[0]) }
    case ("filter-out", 2): return words.filter { !isMatched($0, by: values[0]) }
    case ("strip", 1): return words
    case ("sort", 1): return SortedSet(words).elements
    case ("firstword", 1): return Array(words.prefix(1))
    case ("lastword", 1): return Array(words.suffix(1))
    case ("word", 2): return Int(values[0]).map { Array(words.dropFirst(max(0, $0 - 1)).prefix(1)) }
    case ("wordlist", 3):
      guard let first = Int(values[0]), let last = Int(values[1]), first > 0 else { return nil }
      return Array(words.prefix(max(0, last)).dropFirst(first - 1))
    case ("dir", 1): return words.map { folder(of: $0) ?? "./" }
    case ("notdir", 1): return words.map { String($0.dropFirst(folder(of: $0)?.count ?? 0)) }
    case ("basename", 1): return words.map { String($0.dropLast(suffix(of: $0)?.count ?? 0)) }
    case ("suffix", 1): return words.compactMap(suffix)
    default: return nil
    }
  }

  private static func folder(of word: String) -> String? {
    word.lastIndex(of: "/").map { String(word[...$0]) }
  }

  private static func suffix(of word: String) -> String? {
    let name = word.lastIndex(of: "/").map { word[word.index(after: $0)...] } ?? word[...]
    return name.lastIndex(of: ".").map { String(name[$0...]) }
  }

  private static func isMatched(_ word: String, by patterns: String) -> Bool {
    patterns.split(whereSeparator: \.isWhitespace).contains { stem(of: String($0), word) != nil }
  }

  private static func substitute(_ pattern: String, _ replacement: String, _ word: String) -> String {
    guard let stem = stem(of: pattern, word) else { return word }
    return pattern.contains("%") ? replacement.replacing("%", with: stem, maxReplacements: 1) : replacement
  }

  /// What `%` stands for, which may be nothing; nil if the word does not match.
  private static func stem(of pattern: String, _ word: String) -> String? {
    guard let percent = pattern.firstIndex(of: "%") else { return pattern == word ? "" : nil }
    let (head, tail) = (pattern[..<percent], pattern[pattern.index(after: percent)...])
    guard word.utf8.count >= head.utf8.count + tail.utf8.count, word.hasPrefix(head), word.hasSuffix(tail)
    else {
      return nil
    }
    return String(word.dropFirst(head.count).dropLast(tail.count))
  }
}
