import Model

/// The braces of `X{tag}` in a text.
enum TagText {
  /// The index of the brace that closes the one at `open`; nil if there is none before a blank that no quotes
  /// hold, which no location path has.
  static func close(_ bytes: [UInt8], _ open: Int, _ end: Int) -> Int? {
    var quote: UInt8?
    var next = open + 1
    while next < end {
      let byte = bytes[next]
      if let current = quote {
        if byte == current { quote = nil }
        if byte == Byte.newline { return nil }
      } else if byte == Byte.quote || byte == Byte.apostrophe {
        quote = byte
      } else if byte == Byte.closeBrace {
        return next
      } else if Byte.isSpace(byte) || byte == Byte.openBrace {
        return nil
      }
      next += 1
    }
    return nil
  }

  /// The index behind the tag whose brace opens at `open`, or behind the brace alone if it is no tag.
  static func skip(_ bytes: [UInt8], _ open: Int, _ end: Int) -> Int {
    guard let close = close(bytes, open, end), check(bytes[open + 1..<close].text) == nil else {
      return open + 1
    }
    return close + 1
  }

  /// What is wrong with a tag; nil if it is a location path.
  static func check(_ tag: String) -> LocationPathError? {
    do throws(LocationPathError) {
      _ = try LocationPath(tag)
      return nil
    } catch {
      return error
    }
  }

  /// Brace expansion of a shell (`{a,b}`, `{1..3}`, `{}`), which is nobody's mistake.
  static func isBraceExpansion(_ content: ArraySlice<UInt8>) -> Bool {
    content.isEmpty || content.contains(Byte.comma) || content.text.contains("..")
      || content.contains(Byte.dollar)
  }

  /// Whether bytes before a brace can be the X of a tag: characters of the tree's paths, patterns and make's
  /// references, and not an end as in `HEAD@{1}` or `${`.
  static func isFile(_ slice: ArraySlice<UInt8>) -> Bool {
    guard let last = slice.last, last != Byte.dollar, last != Byte.slash else { return false }
    if last == Byte.at, slice.dropLast().last != Byte.dollar { return false }
    let bytes = Array(slice)
    var next = 0
    while next < bytes.count {
      if bytes[next] == Byte.dollar {
        // `$$(@D)` is for make's second expansion, or a shell's.
        let isSecond = ["$$(", "$${"].contains { bytes.starts(with: $0, at: next) }
        next = MakeText.skipReference(bytes, isSecond ? next + 1 : next, bytes.count)
      } else if continuesFile(bytes[next]) || ",=:\\".utf8.contains(bytes[next]) {
        next += 1
      } else {
        return false
      }
    }
    return true
  }

  /// Characters of X that end no word in a shell's text or in a value; `,`, `=` and `:` often do.
  static func continuesFile(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: ".-_+@%/*?".utf8.contains(byte) || byte >= 0x80
    }
  }

  /// Whether X holds a variable of the shell (`$$n`), whose value make cannot know.
  static func hasShellVariable(_ file: String) -> Bool { file.contains("$$") }

  /// Whether X has a wildcard outside of references: only make or a shell could say which files are meant.
  static func hasWildcard(_ file: String) -> Bool {
    MakeText.withoutReferences(Array(file.utf8)[...]).contains { "*?[".utf8.contains($0) }
  }

  static func isXML(_ file: ArraySlice<UInt8>) -> Bool { file.text.hasSuffix(".xml") }
}
