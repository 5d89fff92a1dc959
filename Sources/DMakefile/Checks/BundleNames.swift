import Model

/// Files of the bundle that a makefile names, as `$(DMAKE_BUNDLE)/NAME` or behind `include`: a name that is mistyped
/// would show only when its recipe fails, or not at all.
struct BundleNames {
  private static let references = ["$(DMAKE_BUNDLE)/", "${DMAKE_BUNDLE}/"].map { Array($0.utf8) }

  private let file: PolicyText.File
  private let bundle: Bundle

  init(_ file: PolicyText.File, _ bundle: Bundle) {
    self.file = file
    self.bundle = bundle
  }

  private var source: SourceText { file.source }

  /// The names of files and folders that the bundle does not have.
  var findings: [Diagnostic] {
    let lines = file.lines
    let made = SortedSet(
      lines.filter { $0.kind == .rule }.flatMap { line in
        MakeText.words(source.bytes, line.range).map { $0.hasSuffix(":") ? String($0.dropLast()) : $0 }
      })
    return lines.filter { $0.kind != .comment }.flatMap { line in
      line.kind == .include ? included(line, made) : named(line)
    }
  }

  private func named(_ line: LogicalLine) -> [Diagnostic] {
    line.range.compactMap { index -> Diagnostic? in
      guard source.bytes[index] == Byte.dollar else { return nil }
      for reference in Self.references where source.bytes[index..<line.range.upperBound].starts(with: reference)
      {
        return finding(index..<index + reference.count, line.range.upperBound)
      }
      return nil
    }
  }

  /// What `include` names and is neither in the bundle nor made by a rule here; `-include` may name what is absent.
  private func included(_ line: LogicalLine, _ made: SortedSet<String>) -> [Diagnostic] {
    let words = MakeText.words(source.bytes, line.range)
    guard words.first == "include", !line.isConditional else { return named(line) }
    let names = words.dropFirst().prefix { !$0.hasPrefix("#") }.filter { name in
      name.utf8.allSatisfy { (TagText.continuesFile($0) && !"%*?".utf8.contains($0)) || $0 == Byte.slash }
    }
    return named(line)
      + names.filter { bundle[$0] == nil && !made.contains($0) && !$0.hasPrefix("/") }.map { name in
        Diagnostic(
          .missingBundleFile, .warning, in: source, at: place(of: name, in: line.range),
          message: "the bundle has no file `\(name)`",
          note: "make stops reading where an included file is absent",
          hint: "put it beside the DMakefile, or write `-include` where it may be absent")
      }
  }

  private func finding(_ reference: Range<Int>, _ end: Int) -> Diagnostic? {
    let rest = source.bytes[reference.upperBound..<end]
    let name = rest.prefix { TagText.continuesFile($0) || $0 == Byte.slash }
    // What make or a shell completes cannot be known here.
    let isWhole = rest.dropFirst(name.count).first.map { !"$`{[\\".utf8.contains($0) } ?? true
    guard isWhole, !name.isEmpty, !name.contains(where: { "%*?".utf8.contains($0) }) else { return nil }
    var text = name.text
    while text.hasSuffix("/") { text.removeLast() }
    guard bundle[text] == nil, !bundle.files.contains(where: { $0.path.text.hasPrefix(text + "/") }) else {
      return nil
    }
    return Diagnostic(
      .missingBundleFile, .warning, in: source, at: reference.lowerBound..<name.endIndex,
      message: "the bundle has no file `\(text)`", note: "the recipe would fail on the leader",
      hint: "put it beside the DMakefile, or correct its name")
  }

  private func place(of name: String, in line: Range<Int>) -> Range<Int> {
    MakeText.wordRanges(source.bytes, line).first { source.bytes[$0].elementsEqual(name.utf8) } ?? line
  }
}
