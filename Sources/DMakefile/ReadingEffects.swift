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
  private let read: [String]

  public init(_ makefiles: Makefiles) {
    files = makefiles.files
    let included = files.flatMap { file in
      file.lines.filter { $0.kind == .include }
        .flatMap { MakeText.words(file.source.bytes, $0.range).dropFirst() }
    }
    let names = files.map(\.source.file) + included + [HiddenSpace.membership]
    read = names.flatMap { [$0, "/bundle/\($0)"] }
  }

  /// The first place that does more than read, and what it is; nil if the policy is only read.
  public var first: (place: SourcePlace, name: String)? {
    for file in files {
      for line in file.lines {
        guard let name = effect(file.source, line) else { continue }
        return (SourcePlace(file: file.source.file, line: line.line), name)
      }
    }
    return nil
  }

  private func effect(_ source: SourceText, _ line: LogicalLine) -> String? {
    if [.recipe, .comment, .blank].contains(line.kind) { return nil }
    let text = source.bytes[line.range]
    if let mark = Self.marks.first(where: { text.contains(text: $0.mark) }) { return "`\(mark.name)`" }
    switch line.kind {
    case .variable, .targetVariable, .define: return text.contains(text: "!=") ? "`!=`" : nil
    case .directive:
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
      let glob = Glob(target)
      return read.contains(where: glob.matches)
    }
  }
}

/// A target as make may read it: a pattern's `%` and references to variables stand for any text.
private struct Glob {
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
