import Model

/// What make would do beside reading when it only reads a policy: run programs, write files, load code. A check may run
/// make on such a policy only where it can be confined.
///
/// Text is looked at, not what make makes of it, so more is suspected than happens: `eval` and computed names may
/// hide anything.
public struct ReadingEffects {
  /// Text outside of recipes in which make may do more than read, with a word for it.
  private static let marks: [(mark: String, name: String)] = [
    ("shell", "$(shell …)"), ("(file ", "$(file …)"), ("{file ", "$(file …)"), ("eval", "$(eval …)"),
    ("guile", "$(guile …)"), ("call $", "$(call …) of a computed name"),
  ]

  private let files: [Makefiles.File]
  /// The names under which make may find what it reads.
  private let read: SortedSet<String>

  public init(_ makefiles: Makefiles) {
    files = makefiles.files
    let included = files.flatMap { file in
      file.lines.filter { $0.kind == .include }
        .flatMap { MakeText.words(file.source.bytes, $0.range).dropFirst() }
    }
    let names = files.map(\.source.file) + included + [HiddenSpace.membership]
    read = SortedSet(names.flatMap { [$0, "/bundle/\($0)"] })
  }

  /// The first place that does more than read, and what it is; nil if the policy is only read.
  public var first: (place: SourcePlace, name: String)? {
    for file in files {
      // Few texts have any of the words, and only these are looked at line by line for them.
      let marks = Self.marks.filter { file.source.bytes.contains(text: $0.mark) }
      for line in file.lines {
        guard let name = effect(file.source, line, marks) else { continue }
        return (SourcePlace(file: file.source.file, line: line.line), name)
      }
    }
    return nil
  }

  private func effect(
    _ source: SourceText, _ line: LogicalLine, _ marks: [(mark: String, name: String)]
  ) -> String? {
    if [.recipe, .comment, .blank].contains(line.kind) { return nil }
    let text = source.bytes[line.range]
    if let mark = marks.first(where: { text.contains(text: $0.mark) }) { return "`\(mark.name)`" }
    switch line.kind {
    case .variable, .targetVariable, .define, .defined: return text.contains(text: "!=") ? "`!=`" : nil
    case .directive:
      if text.contains(text: "!=") { return "`!=`" }
      return MakeText.words(source.bytes, line.range).contains { $0.hasSuffix("load") }
        ? "`load`" : nil
    case .include:
      let names = MakeText.words(source.bytes, line.range).dropFirst()
      return names.contains { $0.contains("$") && !$0.hasPrefix("$(DMAKE_BUNDLE)/") }
        ? "`include` of a computed name" : nil
    case .rule: return remakes(source, line) ? "a rule that may remake a makefile" : nil
    default: return nil
    }
  }

  /// Whether a rule may make one of the files that make reads, which make does before all else.
  private func remakes(_ source: SourceText, _ line: LogicalLine) -> Bool {
    guard let parts = MakeText.ruleParts(source.bytes, line.range) else { return true }
    return MakeText.words(source.bytes, parts.targets).contains { target in
      // Most targets are plain names, and there may be thousands of makefiles.
      if !target.utf8.contains(where: "%*?[$\\".utf8.contains) { return read.contains(target) }
      let glob = Glob(target)
      return read.elements.contains(where: glob.matches)
    }
  }
}
