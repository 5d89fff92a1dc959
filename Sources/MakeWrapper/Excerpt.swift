import Model

/// The beginning of a text, cut to ``Provenance/textLimitBytes`` at a character's end.
enum Excerpt {
  static func text(of content: Content) -> String {
    var text = String(decoding: content.bytes.prefix(Provenance.textLimitBytes), as: UTF8.self)
    // A character that was cut in two reads as a replacement, which is longer than its bytes were.
    while text.utf8.count > Provenance.textLimitBytes { text.removeLast() }
    return text
  }

  /// Whether ``text(of:)`` has all of it, as it is.
  static func isWhole(_ content: Content?) -> Bool {
    guard let content else { return true }
    return content.bytes.count <= Provenance.textLimitBytes
      && String(validating: content.bytes, as: UTF8.self) != nil
  }

  /// The last lines of what a recipe printed.
  static func tail(of text: String) -> String {
    let limitBytes = 2048
    let lines = text.split(separator: "\n").suffix(10).joined(separator: "\n")
    return lines.utf8.count <= limitBytes
      ? lines : String(decoding: lines.utf8.suffix(limitBytes), as: UTF8.self)
  }
}
