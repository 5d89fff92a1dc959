/// A line of a recipe that is `X{tag}=Y` or `X{tag}-=`, behind any of make's prefixes `@ - +`.
struct AssignmentLine {
  let target: FoundTag
  /// Without blanks at its ends; nil for a removal.
  let value: Range<Int>?

  /// Nil if the line is for a shell. X is one word; since it ends at a brace behind which `=` stands, no command of
  /// a shell is mistaken for it.
  init?(_ bytes: [UInt8], _ range: Range<Int>) {
    var start = range.lowerBound
    while start < range.upperBound, Byte.isBlank(bytes[start]) || "@-+".utf8.contains(bytes[start]) {
      start += 1
    }
    // `$@{tag}=Y` begins with make's own reference, not with the prefix `@`.
    var next = start
    while next < range.upperBound, bytes[next] != Byte.openBrace {
      if Byte.isSpace(bytes[next]) || bytes[next] == Byte.quote || bytes[next] == Byte.apostrophe { return nil }
      next = bytes[next] == Byte.dollar ? MakeText.skipReference(bytes, next, range.upperBound) : next + 1
    }
    guard next < range.upperBound, next > start, TagText.isFile(bytes[start..<next]),
      let close = TagText.close(bytes, next, range.upperBound),
      TagText.check(bytes[next + 1..<close].text) == nil
    else { return nil }
    target = FoundTag(file: start..<next, tag: next + 1..<close)
    if bytes[..<range.upperBound].starts(with: "-=", at: close + 1) {
      guard bytes[close + 3..<range.upperBound].trimmed.isEmpty else { return nil }
      value = nil
    } else if bytes[..<range.upperBound].starts(with: "=", at: close + 1) {
      let trimmed = bytes[close + 2..<range.upperBound].trimmed
      value = trimmed.startIndex..<trimmed.endIndex
    } else {
      return nil
    }
  }
}
