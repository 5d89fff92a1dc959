import Model

/// Finds which of many names a text has, as words or at a word's end after a slash (`$ROOT/lib/list`).
///
/// Words are looked up among the names, rather than each name searched for: a bundle may have tens of thousands of
/// both.
struct NameSearch {
  private var plain: SortedSet<String>
  /// Names with bytes that end a word, such as `a=b`, which a text has anywhere.
  private var others: [String]

  init(_ names: [String]) {
    func isPlain(_ name: String) -> Bool { name.utf8.allSatisfy(TagText.continuesFile) }
    plain = SortedSet(names.filter(isPlain))
    others = Array(SortedSet(names.filter { !isPlain($0) }))
  }

  func names(in texts: [[UInt8]]) -> SortedSet<String> {
    SortedSet(
      texts.flatMap { text in plainNames(in: text) + others.filter { text.contains(text: $0) } })
  }

  func hasName(in text: String) -> Bool {
    !plainNames(in: Array(text.utf8)).isEmpty || others.contains(where: text.contains)
  }

  private func plainNames(in text: [UInt8]) -> [String] {
    if plain.isEmpty { return [] }
    return text.split(whereSeparator: { !TagText.continuesFile($0) }).flatMap { word in
      // What a recipe's line begins with (`@prog`), and the stop at the end of a sentence, are no part of a name.
      let start = word.firstIndex { !"@-+".utf8.contains($0) } ?? word.endIndex
      let end = word.last == UInt8(ascii: ".") ? word.endIndex - 1 : word.endIndex
      if start >= end { return [String]() }
      let starts = [start] + (start..<end - 1).filter { word[$0] == Byte.slash }.map { $0 + 1 }
      return starts.map { word[$0..<end].text }.filter(plain.contains)
    }
  }
}
