public import Model

/// A bundle's makefiles as their author wrote them, in lines: the DMakefile, then what it includes from the bundle by
/// name. Translation and checks all begin with them, so they are split once.
public struct Makefiles: Sendable {
  struct File: Sendable {
    let source: SourceText
    /// None of a file that is refused for its size.
    let lines: [LogicalLine]

    init(_ source: SourceText) {
      self.source = source
      lines = source.bytes.count > PolicyCheck.policyLimitBytes ? [] : Scanner.scan(source)
    }
  }

  public let bundle: Bundle
  let files: [File]

  public init(_ bundle: Bundle) {
    self.bundle = bundle
    var pending = [Bundle.policyFile]
    var seen: SortedSet<String> = []
    var files: [File] = []
    while let path = pending.first {
      pending.removeFirst()
      guard !seen.contains(path), let content = bundle[path]?.content else { continue }
      seen.insert(path)
      let file = File(SourceText(file: path, bytes: content.bytes))
      for line in file.lines where line.kind == .include { pending += Self.includes(file.source, line) }
      files.append(file)
    }
    self.files = files
  }

  /// The files that a line includes by their names.
  private static func includes(_ source: SourceText, _ line: LogicalLine) -> [String] {
    MakeText.words(source.bytes, line.range).dropFirst().compactMap { word in
      var name = word
      for prefix in ["$(DMAKE_BUNDLE)/", "${DMAKE_BUNDLE}/", "./"] where name.hasPrefix(prefix) {
        name = String(name.dropFirst(prefix.utf8.count))
      }
      return name.contains("$") ? nil : name
    }
  }
}
