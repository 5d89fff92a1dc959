/// A name of make's, as its number in a ``RuleGraph``: the target of a rule, or something that rules need.
///
/// A round asks something of thousands of names several times over, and texts are much to compare and to hash. So each
/// name gets its number once.
struct Vertex: Hashable, Comparable, Sendable {
  let number: Int

  static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

/// Vertices of one graph, in order: a bit for each.
struct VertexSet: Sequence, Sendable, ExpressibleByArrayLiteral {
  private var words: [UInt64] = []

  init() {}
  init(arrayLiteral vertices: Vertex...) { self.init(vertices) }
  init(_ vertices: some Sequence<Vertex>) { formUnion(vertices) }

  /// The vertices with the numbers 0 ..< `count`.
  init(first count: Int) {
    words = Array(repeating: .max, count: count / 64)
    if count % 64 > 0 { words.append(1 << UInt64(count % 64) - 1) }
  }

  var isEmpty: Bool { words.allSatisfy { $0 == 0 } }
  var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  func contains(_ vertex: Vertex) -> Bool {
    let (word, bit) = Self.place(of: vertex)
    return word < words.count && words[word] & bit != 0
  }

  /// Answers whether it was not there.
  @discardableResult
  mutating func insert(_ vertex: Vertex) -> Bool {
    let (word, bit) = Self.place(of: vertex)
    if word >= words.count { words += Array(repeating: 0, count: word + 1 - words.count) }
    defer { words[word] |= bit }
    return words[word] & bit == 0
  }

  mutating func remove(_ vertex: Vertex) {
    let (word, bit) = Self.place(of: vertex)
    if word < words.count { words[word] &= ~bit }
  }

  mutating func formUnion(_ vertices: some Sequence<Vertex>) { for vertex in vertices { insert(vertex) } }

  mutating func formUnion(_ other: VertexSet) {
    if other.words.count > words.count {
      words += Array(repeating: 0, count: other.words.count - words.count)
    }
    for word in other.words.indices { words[word] |= other.words[word] }
  }

  func union(_ other: VertexSet) -> VertexSet {
    var all = self
    all.formUnion(other)
    return all
  }

  func subtracting(_ other: VertexSet) -> VertexSet {
    var rest = self
    for word in 0..<Swift.min(words.count, other.words.count) { rest.words[word] &= ~other.words[word] }
    return rest
  }

  func intersection(_ other: VertexSet) -> VertexSet {
    var both = VertexSet()
    both.words = zip(words, other.words).map(&)
    return both
  }

  func filter(_ isKept: (Vertex) -> Bool) -> VertexSet {
    var kept = self
    for vertex in self where !isKept(vertex) { kept.remove(vertex) }
    return kept
  }

  struct Iterator: IteratorProtocol {
    private let words: [UInt64]
    private var word = 0
    private var rest: UInt64

    fileprivate init(_ words: [UInt64]) {
      self.words = words
      rest = words.first ?? 0
    }

    mutating func next() -> Vertex? {
      while rest == 0 {
        word += 1
        guard word < words.count else { return nil }
        rest = words[word]
      }
      defer { rest &= rest - 1 }
      return Vertex(number: word * 64 + rest.trailingZeroBitCount)
    }
  }

  func makeIterator() -> Iterator { Iterator(words) }

  private static func place(of vertex: Vertex) -> (word: Int, bit: UInt64) {
    (vertex.number / 64, 1 << UInt64(vertex.number % 64))
  }
}
