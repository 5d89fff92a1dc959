import Model

/// The lines in brackets above a rule.
enum Annotations {
  /// Whether a line that stands alone is `[word …]`. make would refuse it ("missing separator"), so no makefile
  /// that works has one; a target or variable with brackets in its name has a separator.
  static func isAnnotation(_ trimmed: ArraySlice<UInt8>, shape: MakeText.Shape) -> Bool {
    guard trimmed.first == Byte.openBracket, trimmed.last == Byte.closeBracket else { return false }
    let word = String(trimmed.dropFirst().prefix { !Byte.isBlank($0) && $0 != Byte.closeBracket }.text)
    if ["always", "eventually"].contains(word) { return true }
    return shape == .other && !word.isEmpty && word.allSatisfy { $0.isLetter || $0 == "-" }
  }

  /// The annotation, or what is wrong with it.
  static func parse(_ trimmed: ArraySlice<UInt8>) -> (kind: Annotation.Kind?, error: String?) {
    let inner = trimmed.dropFirst().dropLast().trimmed
    let word = inner.prefix { !Byte.isBlank($0) }.text
    let rest = inner.drop { !Byte.isBlank($0) }.trimmed.text
    switch (word, rest.isEmpty) {
    case ("local", true): return (.local, nil)
    case ("local", false): return (nil, "`[local]` takes no argument")
    case ("leader", false):
      guard (try? ProcessName(rest)) != nil else {
        return (nil, "a leader's name has at most 63 characters of `a-z0-9._-`, and does not begin with `.`")
      }
      return (.leader(rest), nil)
    case ("always", false): return (.always(rest), nil)
    case ("eventually", false): return (.eventually(rest), nil)
    case ("leader", true): return (nil, "`[leader NAME]` needs a name")
    case ("always", true), ("eventually", true): return (nil, "`[\(word) XPATH]` needs an XPath expression")
    default: return (nil, "the annotation `\(word)` is not known")
    }
  }
}
