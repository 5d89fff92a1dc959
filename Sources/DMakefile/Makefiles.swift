public import Model

/// A bundle's makefiles as their author wrote them, in lines: the DMakefile, then what it may include from the
/// bundle. Translation and checks all begin with them, so they are split once.
public struct Makefiles: Sendable {
  struct File: Sendable {
    let source: SourceText
    /// None of a file that is refused for its size or its depth.
    let lines: [LogicalLine]
    /// The first reference that stands in too many others: each costs whoever looks into it a part of the stack.
    let tooDeep: Int?

    init(_ source: SourceText) {
      self.source = source
      tooDeep = MakeText.firstReference(source.bytes, deeperThan: PolicyCheck.depthLimit)
      let isRefused = source.bytes.count > PolicyCheck.policyLimitBytes || tooDeep != nil
      lines = isRefused ? [] : Scanner.scan(source)
    }
  }

  public let bundle: Bundle
  let files: [File]

  public init(_ bundle: Bundle) {
    self.bundle = bundle
    var pending = [Bundle.policyFile]
    var seen: SortedSet<String> = []
    var files: [File] = []
    var names = IncludedNames(bundle)
    while let path = pending.first {
      pending.removeFirst()
      guard !seen.contains(path), let content = bundle[path]?.content else { continue }
      seen.insert(path)
      let file = File(SourceText(file: path, bytes: content.bytes))
      names.note(file)
      for line in file.lines where line.kind == .include { pending += names.files(file.source, line) }
      files.append(file)
    }
    self.files = files
  }

  /// The names behind `include` and its like, as they are written.
  public var included: [String] {
    files.flatMap { file in
      file.lines.filter { $0.kind == .include }.flatMap { line in
        MakeText.words(file.source.bytes, line.range).dropFirst().prefix { !$0.hasPrefix("#") }
      }
    }
  }
}
