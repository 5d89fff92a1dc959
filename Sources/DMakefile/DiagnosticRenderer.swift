import Model

/// The one form in which findings are shown to people.
///
///     DMakefile:12:7: error: a tag is not closed [DM102]
///         all: n1/web/state.xml{load
///              ^~~~~~~~~~~~~~~~~~~~~
///       note: …
///       hint: …
///
/// Columns count bytes, as compilers do; the caret stands under the character that begins there. Tabs and control
/// characters of the source line are made visible, so that neither a terminal's tab stops nor a hostile file
/// decide what is seen.
public struct DiagnosticRenderer: Sendable {
  private let sources: SortedMap<String, SourceText>
  private let hasColours: Bool

  /// `colours` asks for ANSI escapes (ECMA-48).
  public init(bundle: Bundle, colours: Bool = false) {
    sources = SortedMap(
      bundle.files.map { ($0.path.text, SourceText(file: $0.path.text, bytes: $0.content.bytes)) })
    hasColours = colours
  }

  /// All findings in the order of their places, each with a newline at its end.
  public func render(_ diagnostics: [Diagnostic]) -> String {
    diagnostics.sorted().map(render).joined()
  }

  public func render(_ diagnostic: Diagnostic) -> String {
    let place = [diagnostic.file, diagnostic.line == 0 ? nil : "\(diagnostic.line)", column(diagnostic)]
      .compactMap { $0 }.joined(separator: ":")
    let severity = coloured(diagnostic.severity.rawValue + ":", Self.colour(diagnostic.severity))
    var text = "\(Self.visible(place.utf8)): \(severity) \(Self.visible(diagnostic.message.utf8)) "
    text += "[\(diagnostic.code.rawValue)]\n" + excerpt(diagnostic)
    if let note = diagnostic.note { text += "  note: \(Self.visible(note.utf8))\n" }
    if let hint = diagnostic.hint { text += "  hint: \(Self.visible(hint.utf8))\n" }
    return text
  }

  private func column(_ diagnostic: Diagnostic) -> String? {
    diagnostic.column == 0 ? nil : "\(diagnostic.column)"
  }

  private static func colour(_ severity: Diagnostic.Severity) -> String {
    switch severity {
    case .info: "1;36"
    case .warning: "1;35"
    case .error: "1;31"
    }
  }

  private func coloured(_ text: String, _ code: String) -> String {
    hasColours ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
  }

  private static let lineLimitBytes = 400

  /// The source line and the caret below it.
  private func excerpt(_ diagnostic: Diagnostic) -> String {
    guard diagnostic.line > 0, let source = sources[diagnostic.file],
      diagnostic.line <= source.lineCount
    else { return "" }
    let line = source.bytes[source.line(diagnostic.line)]
    guard line.count <= Self.lineLimitBytes else { return "" }
    var text = "    \(Self.visible(line))\n"
    guard diagnostic.column > 0, diagnostic.column <= line.count + 1 else { return text }
    let start = line.startIndex + diagnostic.column - 1
    let end = min(start + diagnostic.length, line.endIndex)
    let before = Self.width(line[..<start])
    let width = max(1, start < end ? Self.width(line[start..<end]) : 1)
    text += String(repeating: " ", count: 4 + before)
    text += coloured("^" + String(repeating: "~", count: width - 1), "1;32") + "\n"
    return text
  }

  /// How many columns of a terminal the visible text takes, as far as that is one a character.
  private static func width(_ bytes: ArraySlice<UInt8>) -> Int { visible(bytes).count }

  /// Text with tabs as four blanks, control characters escaped, and what is not UTF-8 replaced.
  static func visible(_ bytes: some Collection<UInt8>) -> String {
    var result = ""
    for scalar in bytes.text.unicodeScalars {
      if scalar == "\t" {
        result += "    "
      } else if scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || isBidirectional(scalar) {
        result += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Characters that turn the direction of writing, with which a line can be made to look like another.
  private static func isBidirectional(_ scalar: Unicode.Scalar) -> Bool {
    (0x202a...0x202e).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
  }
}
