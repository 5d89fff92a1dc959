import Model

/// Tells whether make or the shell may put one of some names together from what a text has: `$(TOOL)1`, `tool$*`,
/// `$(addsuffix 1,tool)`, `tool$$N`. Wrong answers say yes.
struct ComposedNames {
  private let names: [[UInt8]]

  init(_ names: [[UInt8]]) { self.names = names }

  func mayBe(in text: [UInt8]) -> Bool {
    text.contains(Byte.dollar) && mayBe(in: text, 0..<text.count, depth: 0)
  }

  private func mayBe(in text: [UInt8], _ range: Range<Int>, depth: Int) -> Bool {
    guard depth < 100 else { return true }
    var next = range.lowerBound
    while next < range.upperBound {
      // A word of literals with references between them.
      var literals: [[UInt8]] = [[]]
      let start = next
      while next < range.upperBound, text[next] == Byte.dollar || Byte.isNamePart(text[next]) {
        if text[next] != Byte.dollar {
          literals[literals.count - 1].append(text[next])
          next += 1
          continue
        }
        let reference = next..<Self.end(ofReferenceAt: next, in: text, range.upperBound)
        if let inner = Self.inner(of: reference, in: text) {
          if buildsName(text, inner) { return true }
          if mayBe(in: text, inner, depth: depth + 1) { return true }
        }
        literals.append([])
        next = reference.upperBound
      }
      // Of one reference alone it is known elsewhere what it holds.
      let isComposed = literals.count > 2 || literals.count == 2 && literals != [[], []]
      if isComposed, names.contains(where: { matches($0, literals) }) { return true }
      if next == start { next += 1 }
    }
    return false
  }

  /// Functions that make another text of their arguments; others choose among them, or read what no text tells.
  private static let builders: SortedSet<String> = [
    "addprefix", "addsuffix", "and", "basename", "call", "foreach", "if", "join", "or", "patsubst", "subst",
  ]

  /// Whether a reference is a call of such a function, or a substitution, with a part of a name in it.
  private func buildsName(_ text: [UInt8], _ inner: Range<Int>) -> Bool {
    let word = text[inner].prefix { !Byte.isBlank($0) }
    let isFunction = word.endIndex < inner.upperBound
    if isFunction ? !Self.builders.contains(word.text) : !word.contains(Byte.colon) { return false }
    let arguments = isFunction ? text[word.endIndex..<inner.upperBound] : word
    let pieces = arguments.split(whereSeparator: { !Byte.isNamePart($0) })
    return pieces.contains { piece in
      (piece.count > 1 || !isFunction) && names.contains { Self.holds($0, piece) }
    }
  }

  private static func holds(_ name: [UInt8], _ piece: ArraySlice<UInt8>) -> Bool {
    name.count >= piece.count
      && name.indices.dropLast(piece.count - 1).contains { name[$0...].starts(with: piece) }
  }

  /// Whether the name is the literals with anything between them.
  private func matches(_ name: [UInt8], _ literals: [[UInt8]]) -> Bool {
    guard let head = literals.first, let tail = literals.last, name.count >= head.count + tail.count,
      name.starts(with: head), name.reversed().starts(with: tail.reversed())
    else { return false }
    var rest = name[head.count..<name.count - tail.count]
    for literal in literals.dropFirst().dropLast() where !literal.isEmpty {
      guard let found = rest.indices.first(where: { rest[$0...].starts(with: literal) }) else { return false }
      rest = rest[(found + literal.count)...]
    }
    return true
  }

  private static func end(ofReferenceAt dollar: Int, in text: [UInt8], _ end: Int) -> Int {
    let isOfShell = dollar + 1 < end && text[dollar + 1] == Byte.dollar
    let mark = isOfShell ? dollar + 1 : dollar
    guard isOfShell, mark + 1 < end, text[mark + 1] != Byte.openBrace, text[mark + 1] != Byte.openParenthesis
    else {
      return min(MakeText.skipReference(text, mark, end), end)
    }
    let name = text[(mark + 1)..<end].prefix {
      Byte.isNamePart($0) && $0 != Byte.minus && $0 != UInt8(ascii: ".")
    }
    return name.isEmpty ? min(mark + 2, end) : name.endIndex
  }

  /// What stands between a reference's brackets.
  private static func inner(of reference: Range<Int>, in text: [UInt8]) -> Range<Int>? {
    let start = text[reference].prefix { $0 == Byte.dollar }.endIndex
    guard start < reference.upperBound, text[start] == Byte.openParenthesis || text[start] == Byte.openBrace
    else {
      return nil
    }
    return start + 1..<max(start + 1, reference.upperBound - 1)
  }
}
