import Model

/// Finds which of many patterns match a name without a look at each.
struct PatternIndex {
  /// The patterns by what stands around `%`, and the shapes that there are.
  private let byKey: SortedMap<String, [(number: Int, matcher: Pattern)]>
  private let shapes: [PatternShape]

  /// - Parameter targets: the patterns of each rule, which is known by its number here.
  init(_ targets: [[String]]) {
    var byKey = SortedMap<String, [(number: Int, matcher: Pattern)]>()
    var shapes: SortedSet<PatternShape> = []
    for (number, targets) in targets.enumerated() {
      for matcher in targets.compactMap(Pattern.init) {
        byKey[PatternShape.key(matcher.prefix, matcher.suffix, matcher.hasSlash), default: []]
          .append((number, matcher))
        shapes.insert(PatternShape(matcher))
      }
    }
    self.byKey = byKey
    self.shapes = shapes.elements
  }

  var isEmpty: Bool { shapes.isEmpty }

  /// The rules that match a name, each once: those with the shortest stems first, then in their order.
  func matches(
    _ name: String, unless isLeftOut: (Int) -> Bool = { _ in false }
  ) -> [(number: Int, match: Pattern.Match)] {
    var found: [(number: Int, match: Pattern.Match)] = []
    for shape in shapes {
      guard let key = shape.key(of: name), let matchers = byKey[key] else { continue }
      for (number, matcher) in matchers {
        if let match = matcher.match(name), !isLeftOut(number) { found.append((number, match)) }
      }
    }
    if found.count < 2 { return found }
    var seen: SortedSet<Int> = []
    return found.sorted { ($0.match.length, $0.number) < ($1.match.length, $1.number) }.filter { number, _ in
      defer { seen.insert(number) }
      return !seen.contains(number)
    }
  }
}

/// How long the parts of patterns around `%` are. Policies with thousands of patterns have a few shapes of them.
private struct PatternShape: Comparable {
  let prefix: Int
  let suffix: Int
  let hasSlash: Bool

  init(_ pattern: Pattern) {
    prefix = pattern.prefix.utf8.count
    suffix = pattern.suffix.utf8.count
    hasSlash = pattern.hasSlash
  }

  static func < (left: Self, right: Self) -> Bool {
    (left.prefix, left.suffix, left.hasSlash ? 1 : 0) < (right.prefix, right.suffix, right.hasSlash ? 1 : 0)
  }

  /// What patterns of this shape that match the name look like; nil where the name is too short.
  func key(of name: String) -> String? {
    var rest = name.utf8[...]
    if !hasSlash, let slash = rest.lastIndex(of: Byte.slash) { rest = rest[rest.index(after: slash)...] }
    guard rest.count > prefix + suffix else { return nil }
    return Self.key(Substring(rest.prefix(prefix)), Substring(rest.suffix(suffix)), hasSlash)
  }

  static func key(_ prefix: Substring, _ suffix: Substring, _ hasSlash: Bool) -> String {
    "\(hasSlash ? "/" : "")\(prefix)%\(suffix)"
  }
}
