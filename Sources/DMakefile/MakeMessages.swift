import Model

/// What make printed to its error stream, as findings in the author's own lines.
public enum MakeMessages {
  /// `file:line: message` of make's reader, and `make: …` where make found it by itself. What recipes printed, and
  /// make's words on a recipe that failed (`make: *** [F:N: TARGET] Error 1`), are no findings about the text.
  public static func parse(_ output: [UInt8]) -> [Diagnostic] {
    output.split(separator: Byte.newline).compactMap { line($0.text) }
  }

  private static func line(_ text: String) -> Diagnostic? {
    if let rest = afterProgram(text) { return withoutPlace(rest) }
    guard let (place, rest) = place(text) else { return nil }
    let isFatal = rest.hasPrefix("*** ")
    var message = isFatal ? String(rest.dropFirst(4)) : rest
    if message.hasSuffix(".  Stop.") { message = String(message.dropLast(8)) }
    if let target = quoted(message, after: "overriding recipe for target '") {
      return Diagnostic(
        .twoWriters, file: place.file, line: place.line,
        message: "`\(HiddenSpace.shown(target))` has two rules with a recipe; make takes this one",
        note: "the other rule, above, would never run", hint: "let one rule make it")
    }
    if message.hasPrefix("warning: ignoring old recipe for target '") { return nil }
    guard isFatal || message.hasPrefix("warning: ") else { return nil }
    if message.hasPrefix("warning: ") { message = String(message.dropFirst(9)) }
    return Diagnostic(
      .makeSyntax, isFatal ? .error : .warning, file: place.file, line: place.line,
      message: "make says: \(message)", hint: hint(message))
  }

  /// `make: …` and `make[1]: …`
  private static func afterProgram(_ text: String) -> String? {
    guard text.hasPrefix("make"), let colon = text.firstRange(of: ": ") else { return nil }
    let program = text[..<colon.lowerBound]
    guard program == "make" || program.hasPrefix("make[") else { return nil }
    return String(text[colon.upperBound...])
  }

  private static func withoutPlace(_ text: String) -> Diagnostic? {
    guard text.hasPrefix("*** "), !text.hasPrefix("*** [") else { return nil }
    if text.hasPrefix("*** No targets") || text.hasPrefix("*** No rule to make target") { return nil }
    var message = String(text.dropFirst(4))
    if message.hasSuffix(".  Stop.") { message = String(message.dropLast(8)) }
    if message.hasPrefix("Waiting for unfinished jobs") { return nil }
    return Diagnostic(.makeOther, file: Bundle.policyFile, line: 0, message: "make says: \(message)")
  }

  /// A line that begins with `FILE:LINE: `.
  private static func place(_ text: String) -> (SourcePlace, String)? {
    guard let first = text.firstIndex(of: ":") else { return nil }
    let rest = text[text.index(after: first)...]
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    guard let line = Int(digits), rest.dropFirst(digits.count).hasPrefix(": ") else { return nil }
    let message = String(rest.dropFirst(digits.count + 2))
    return (SourcePlace(file: String(text[..<first]), line: line), message)
  }

  private static func quoted(_ text: String, after start: String) -> String? {
    guard let range = text.firstRange(of: start) else { return nil }
    return String(text[range.upperBound...].prefix { $0 != "'" })
  }

  private static func hint(_ message: String) -> String? {
    if message.hasPrefix("missing separator") {
      return "a rule needs `:`, a variable `=`, and a line of a recipe begins with a tab"
    }
    if message.hasPrefix("recipe commences before first target") {
      return "put the rule's line above the recipe"
    }
    if message.hasPrefix("unterminated variable reference") { return "close the `$(` with `)`" }
    if message.hasPrefix("missing 'endif'") { return "close the conditional with `endif`" }
    return nil
  }
}
