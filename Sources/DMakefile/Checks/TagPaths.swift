import Model

/// Whether what one location path reads may be what another one writes.
struct TagPath {
  let text: String
  /// Nil for what is no path, which may be anything.
  private let path: LocationPath?
  /// The steps' names; prefixes may be bound to the same namespace.
  let names: [String]

  init(_ text: String) {
    self.text = text
    path = try? LocationPath(text)
    names = path?.steps.map { String(Self.local($0.name)) } ?? []
  }

  /// Whether the steps alone decide nothing: no path, or a bare attribute.
  var isAnywhere: Bool { names.isEmpty }

  /// A reader sees what a writer sets if the reader's steps stand in the writer's, and no test of an attribute tells
  /// them apart. Its first step may begin anywhere, and an element with children counts as its content.
  func reads(_ other: TagPath) -> Bool {
    if text == other.text { return true }
    guard let reader = path, let writer = other.path else { return true }
    if let attribute = reader.attribute, !Self.attributes(writer).contains(attribute) { return false }
    if reader.steps.isEmpty { return true }
    guard names.count <= other.names.count else { return false }
    return (0...(other.names.count - names.count)).contains { start in
      names.indices.allSatisfy { step in
        names[step] == other.names[start + step] && Self.agree(reader.steps[step], writer.steps[start + step])
      }
    }
  }

  /// The attributes that a writer sets, by its end or by a test.
  private static func attributes(_ writer: LocationPath) -> [String] {
    writer.steps.flatMap { $0.attributes.map(\.name) } + (writer.attribute.map { [$0] } ?? [])
  }

  private static func agree(_ read: LocationPath.Step, _ write: LocationPath.Step) -> Bool {
    read.attributes.allSatisfy { test in
      write.attributes.allSatisfy { $0.name != test.name || $0.value == test.value }
    }
  }

  private static func local(_ name: String) -> Substring {
    name.lastIndex(of: ":").map { name[name.index(after: $0)...] } ?? name[...]
  }
}

/// The tags of one file that are written, or that are read, to be compared with those of the other kind.
struct TagPathIndex {
  /// Of a file with thousands of tags that all are alike no more are compared: the answer is then that they may meet.
  private static let comparisonLimit = 20_000_000

  private let paths: [TagPath]
  /// Positions by the names of steps.
  private var byName = SortedMap<String, [Int]>()
  private var anywhere: [Int] = []
  private var comparisons = 0

  init(_ tags: [String]) {
    paths = tags.map(TagPath.init)
    for (position, path) in paths.enumerated() {
      if path.isAnywhere { anywhere.append(position) }
      for name in SortedSet(path.names) { byName[name, default: []].append(position) }
    }
  }

  /// The positions of the tags that a reader may see, in order.
  mutating func written(readBy tag: String) -> [Int] {
    let reader = TagPath(tag)
    let lists = reader.names.map { byName[$0] ?? [] }
    let candidates = lists.min { $0.count < $1.count }.map { $0 + anywhere } ?? Array(paths.indices)
    return mayCompare(candidates.count)
      ? candidates.filter { reader.reads(paths[$0]) }.sorted() : Array(candidates.prefix(1))
  }

  /// Whether one of the tags may see what is written.
  mutating func isRead(_ tag: String) -> Bool {
    let writer = TagPath(tag)
    let candidates =
      writer.isAnywhere ? Array(paths.indices) : anywhere + writer.names.flatMap { byName[$0] ?? [] }
    return !mayCompare(candidates.count) || candidates.contains { paths[$0].reads(writer) }
  }

  private mutating func mayCompare(_ count: Int) -> Bool {
    comparisons += count
    return comparisons <= Self.comparisonLimit
  }
}
