/// Two texts side by side as `diff -u` shows them. The shortest edit is the standard library's (Myers 1986).
struct UnifiedDiff: Equatable {
  enum Line: Equatable {
    case kept(Substring)
    case removed(Substring)
    case added(Substring)

    var isKept: Bool { if case .kept = self { true } else { false } }
  }

  static let contextLines = 3
  /// Above this many lines between the common ends, the shortest edit would take too long: all of it is shown as
  /// replaced.
  static let lineLimit = 4000

  let lines: [Line]

  init(old: String, new: String) {
    let old = Self.split(old)
    let new = Self.split(new)
    let prefix = zip(old, new).prefix { $0 == $1 }.count
    let rest = min(old.count, new.count) - prefix
    let suffix = zip(old.reversed(), new.reversed()).prefix(rest).prefix { $0 == $1 }.count
    lines =
      old.prefix(prefix).map(Line.kept)
      + Self.edit(old[prefix..<(old.count - suffix)], new[prefix..<(new.count - suffix)])
      + old.suffix(suffix).map(Line.kept)
  }

  private static func split(_ text: String) -> [Substring] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  private static func edit(_ old: ArraySlice<Substring>, _ new: ArraySlice<Substring>) -> [Line] {
    if old.count + new.count > lineLimit { return old.map(Line.removed) + new.map(Line.added) }
    let difference = Array(new).difference(from: Array(old))
    var removed = difference.removals.map(Self.offset)[...]
    var added = difference.insertions.map(Self.offset)[...]
    var lines: [Line] = []
    var (left, right) = (0, 0)
    while left < old.count || right < new.count {
      if removed.first == left {
        removed.removeFirst()
        lines.append(.removed(old[old.startIndex + left]))
        left += 1
      } else if added.first == right {
        added.removeFirst()
        lines.append(.added(new[new.startIndex + right]))
        right += 1
      } else {
        lines.append(.kept(old[old.startIndex + left]))
        left += 1
        right += 1
      }
    }
    return lines
  }

  private static func offset(_ change: CollectionDifference<Substring>.Change) -> Int {
    switch change {
    case .insert(let offset, _, _), .remove(let offset, _, _): offset
    }
  }

  /// Hunks with ``contextLines`` lines around each change; empty where nothing differs.
  func text(_ style: Style) -> String { hunks.map { text(of: $0, style) }.joined() }

  /// Ranges of lines: every change and its surroundings, joined where they touch.
  private var hunks: [Range<Int>] {
    var hunks: [Range<Int>] = []
    for position in lines.indices where !lines[position].isKept {
      let start = max(0, position - Self.contextLines)
      let end = min(lines.count, position + Self.contextLines + 1)
      if let last = hunks.last, last.upperBound >= start {
        hunks[hunks.count - 1] = last.lowerBound..<end
      } else {
        hunks.append(start..<end)
      }
    }
    return hunks
  }

  private func text(of hunk: Range<Int>, _ style: Style) -> String {
    let before = lines[..<hunk.lowerBound]
    let old = Self.range(before.filter(\.isInOld).count, lines[hunk].filter(\.isInOld).count)
    let new = Self.range(before.filter(\.isInNew).count, lines[hunk].filter(\.isInNew).count)
    let body = lines[hunk].map { line in
      switch line {
      case .kept(let text): " \(String(text).visible)\n"
      case .removed(let text): style.paint("-\(String(text).visible)", .red) + "\n"
      case .added(let text): style.paint("+\(String(text).visible)", .green) + "\n"
      }
    }
    return style.paint("@@ -\(old) +\(new) @@", .cyan) + "\n" + body.joined()
  }

  /// `start,count` as POSIX has it: an empty range begins at the line before it.
  private static func range(_ skipped: Int, _ count: Int) -> String {
    let start = count == 0 ? skipped : skipped + 1
    return count == 1 ? "\(start)" : "\(start),\(count)"
  }
}

extension UnifiedDiff.Line {
  var isInOld: Bool { if case .added = self { false } else { true } }
  var isInNew: Bool { if case .removed = self { false } else { true } }
}
