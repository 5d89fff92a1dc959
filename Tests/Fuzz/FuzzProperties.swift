import DMakefile
import Model

/// What must hold for any bytes at all. The fuzzers search for bytes for which it does not; `CorpusTests` tries those
/// that were found, and those that went the furthest.
enum FuzzProperties {
  /// What a DMakefile of these bytes breaks, or nil.
  static func translation(_ bytes: [UInt8]) -> String? {
    guard let path = try? TreePath(Bundle.policyFile) else { return "DMakefile is no path" }
    let bundle = Bundle(files: [.init(path: path, isExecutable: false, content: Content(bytes))])
    let translation = Translator.translate(bundle: bundle)
    guard let translated = translation.files.first?.bytes else { return "there is no translation" }
    if translation.isTransparent != (translated == bytes) { return "transparency is not told truly" }
    if translation.isTransparent, !translation.tags.isEmpty { return "there are tags in a transparent file" }
    if let line = movedLine(bytes, translated) { return "line \(line) is not at its place" }
    if Translator.translate(bundle: bundle) != translation { return "it is not the same twice" }
    let diagnostics = PolicyCheck.diagnostics(of: bundle)
    let renderer = DiagnosticRenderer(bundle: bundle)
    for diagnostic in diagnostics {
      if renderer.render([diagnostic]).isEmpty { return "a finding has no form" }
      if let problem = place(of: diagnostic, in: bytes) { return problem }
    }
    return nil
  }

  /// What a tag, a path, a file's name, assignments or a database of make of these bytes break, or nil.
  static func paths(_ bytes: [UInt8]) -> String? {
    let text = String(decoding: bytes, as: UTF8.self)
    if let path = try? LocationPath(text) {
      if (try? LocationPath(path.text)) != path {
        return "a location path is another one when it is read again"
      }
      guard let file = try? TreePath("n1/web/state.xml") else { return "state.xml is no path" }
      let reference = ValueReference(file, tag: text)
      if HiddenName(HiddenSpace.value(of: reference)) != .value(reference) {
        return "a value's name is not its own"
      }
      if HiddenName(HiddenSpace.output(of: reference)) != .output(reference) {
        return "an output's name is not its own"
      }
    }
    if let name = HiddenName(text), name.reference.path.text.contains("..//") {
      return "a name leaves the tree"
    }
    if HiddenSpace.shown(text).isEmpty, !text.isEmpty, !text.hasPrefix(HiddenSpace.folder) {
      return "a name is lost"
    }
    let (assignments, problems) = AssignmentFile.parse(bytes, file: "file")
    for assignment in assignments where (try? LocationPath(assignment.tag)) == nil {
      return "an assignment has a tag that is none"
    }
    if problems.contains(where: { $0.place.line < 1 }) { return "a problem has no place" }
    _ = Database(parsing: bytes)
    _ = MakeMessages.parse(bytes)
    return nil
  }

  /// The first line of a source that is not the same line of the translation, although neither it nor what a backslash
  /// joins to it has a notation, or a reference, which may be to a canned recipe with one.
  private static func movedLine(_ source: [UInt8], _ translated: [UInt8]) -> Int? {
    let old = source.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let new = translated.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard new.count >= old.count else { return new.count + 1 }
    var isJoined = false
    for (index, line) in old.enumerated() {
      let continues = line.last == UInt8(ascii: "\\")
      let isPlain = !isJoined && !continues && !line.contains { "{[:$".utf8.contains($0) }
      if isPlain, index + 1 < old.count, new[index] != line { return index + 1 }
      isJoined = continues
    }
    return nil
  }

  private static func place(of diagnostic: Diagnostic, in bytes: [UInt8]) -> String? {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard diagnostic.line <= lines.count, diagnostic.line >= 0 else { return "a finding is behind the end" }
    guard diagnostic.line > 0 else { return nil }
    let length = lines[diagnostic.line - 1].count
    return diagnostic.column <= length + 1 ? nil : "a finding is behind its line's end"
  }
}
