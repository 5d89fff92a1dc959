import Model

/// Where a policy's makefiles and programs name files, other than as targets and tags, which the graph knows.
struct Mentions {
  private var places = SortedMap<String, [SourcePlace]>()
  /// What is named in programs, of the names that were asked for.
  private var inPrograms: SortedSet<String> = []

  /// - Parameter paths: the files that ``contains(_:outside:)`` may be asked for.
  init(_ text: PolicyText, of paths: [TreePath]) {
    for file in text.files {
      let bytes = file.source.bytes
      for line in file.lines where line.kind != .comment && AssignmentLine(bytes, line.range) == nil {
        for token in bytes[line.range].split(whereSeparator: { !TagText.continuesFile($0) }) {
          if token.endIndex < line.range.upperBound, bytes[token.endIndex] == Byte.openBrace { continue }
          add(token.text, SourcePlace(file: file.source.file, line: line.line))
        }
      }
    }
    let programs = text.bundle.files.filter { text[$0.path.text] == nil }.map(\.content.bytes)
    inPrograms = NameSearch(paths.flatMap(Self.names)).names(in: programs)
  }

  private mutating func add(_ token: String, _ place: SourcePlace) {
    places[token, default: []].append(place)
    // A folder that is named may be searched.
    if let slash = token.lastIndex(of: "/") { places[token[..<slash] + "/*", default: []].append(place) }
  }

  /// Whether the path is named by another rule than its own, or in a program.
  func contains(_ path: TreePath, outside site: RuleSite) -> Bool {
    let names = Self.names(of: path)
    let isElsewhere = names.contains { name in
      (places[name] ?? []).contains { $0.file != site.source.file || !site.lines.contains($0.line) }
    }
    return isElsewhere || names.contains(where: inPrograms.contains)
  }

  /// What names a file: its path, its folder, and all files of its folder.
  private static func names(of path: TreePath) -> [String] {
    guard let slash = path.text.lastIndex(of: "/") else { return [path.text] }
    return [path.text, path.text[..<slash] + "/*", String(path.text[..<slash])]
  }
}
