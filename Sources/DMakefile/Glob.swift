/// A target as make may read it: a pattern's `%` and references to variables stand for any text.
struct Glob {
  /// What stands between the unknown parts.
  private let parts: [Substring]

  init(_ target: String) {
    guard target.utf8.contains(Byte.dollar) else {
      parts = target.split(separator: "%", omittingEmptySubsequences: false)
      return
    }
    let bytes = Array(target.utf8)
    var text = ""
    var next = 0
    while next < bytes.count {
      if bytes[next] == Byte.dollar {
        next = MakeText.skipReference(bytes, next, bytes.count)
        text += "%"
      } else {
        text += [bytes[next]].text
        next += 1
      }
    }
    parts = text.split(separator: "%", omittingEmptySubsequences: false)
  }

  func matches(_ name: String) -> Bool {
    guard let first = parts.first, let last = parts.last, parts.count > 1 else {
      return parts.first == name[...]
    }
    guard name.hasPrefix(first), name.hasSuffix(last), name.utf8.count >= first.utf8.count + last.utf8.count
    else { return false }
    var rest = name.dropFirst(first.count).dropLast(last.count)
    for part in parts.dropFirst().dropLast() {
      guard part.isEmpty || rest.contains(part) else { return false }
      if let found = part.isEmpty ? nil : rest.firstRange(of: part) { rest = rest[found.upperBound...] }
    }
    return true
  }
}
