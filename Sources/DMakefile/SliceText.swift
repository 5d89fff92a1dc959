import Model

/// Lines, counted while they are written.
struct SliceText {
  private var bytes: [UInt8] = []
  private var lines = 0
  private var recipeLines: [(String, Int)] = []
  private var target: String?

  var slice: Slice {
    Slice(bytes: bytes, recipeLines: SortedMap(recipeLines.sorted { $0.0 < $1.0 }))
  }

  mutating func add(_ texts: [String]) {
    for text in texts {
      bytes += Array(text.utf8) + [Byte.newline]
      lines += 1 + text.utf8.count { $0 == Byte.newline }
    }
  }

  /// The next rule's recipe is that of `target`.
  mutating func recipe(of target: String) { self.target = target }

  mutating func rule(_ header: String, _ recipe: String?) {
    add([header])
    guard let recipe else { return }
    if let target { recipeLines.append((target, lines + 1)) }
    target = nil
    add([recipe])
  }
}
