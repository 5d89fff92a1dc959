import Model

/// Which files of a bundle an `include` means, as far as the makefiles' text tells. A part of a name that only make
/// can know stands for any text: a file that is translated and not read does no harm.
struct IncludedNames {
  private let bundle: Bundle
  /// What the variables that were seen so far are defined as, in conditionals and out of them.
  private var definitions = SortedMap<String, [ArraySlice<UInt8>]>()

  /// A few variables that name each other many times mean more than anybody can look at.
  private let budget = AnalysisBudget(steps: 1 << 20)

  private static let limit = 64
  private static let any = "*"

  init(_ bundle: Bundle) { self.bundle = bundle }

  mutating func note(_ file: Makefiles.File) {
    let bytes = file.source.bytes
    for line in file.lines where line.kind == .variable || line.kind == .directive {
      guard let definition = MakeText.definition(bytes, line.range) else { continue }
      let value = bytes[definition.value].prefix { $0 != Byte.hash }
      definitions[bytes[definition.name].text, default: []].append(value)
    }
  }

  /// The files that an `include` line names.
  func files(_ source: SourceText, _ line: LogicalLine) -> [String] {
    let text = source.bytes[line.range].trimmed.drop { !Byte.isSpace($0) }.prefix { $0 != Byte.hash }
    let names = texts(text, depth: 0).flatMap { text in
      text.split(whereSeparator: { $0.isWhitespace || $0 == "\\" }).map(String.init)
    }
    return SortedSet(names).elements.flatMap(files)
  }

  private func files(named name: String) -> [String] {
    let name = name.hasPrefix("./") ? String(name.dropFirst(2)) : name
    guard name.contains(where: { "*?[".contains($0) }) else { return bundle[name] == nil ? [] : [name] }
    let glob = Glob(name.replacing("*", with: "%"))
    let isAny = name.allSatisfy { "*?".contains($0) }
    return bundle.files.filter { !$0.isExecutable }.map(\.path.text).filter { path in
      glob.matches(path) && (!isAny || path.hasSuffix(".mk"))
    }
  }

  /// What a text may be when make has expanded it.
  private func texts(_ text: ArraySlice<UInt8>, depth: Int) -> [String] {
    let bytes = Array(text)
    var result = [""]
    var next = 0
    guard budget.spend(bytes.count) else { return [Self.any] }
    while next < bytes.count {
      guard bytes[next] == Byte.dollar, next + 1 < bytes.count else {
        let plain = bytes[next...].prefix { $0 != Byte.dollar }
        let part = plain.isEmpty ? bytes[next...] : plain
        result = result.map { $0 + part.text }
        next += part.count
        continue
      }
      let end = min(MakeText.skipReference(bytes, next, bytes.count), bytes.count)
      let parts = values(bytes[next..<end], depth: depth + 1)
      result = result.flatMap { head in parts.map { head + $0 } }
      let isShort = budget.spend(result.reduce(AnalysisBudget.nameSteps) { $0 + $1.utf8.count })
      if result.count > Self.limit || !isShort { return [Self.any] }
      next = end
    }
    return result
  }

  /// What a reference may be. The bundle's own folder is the place where all names are looked for.
  private func values(_ reference: ArraySlice<UInt8>, depth: Int) -> [String] {
    let isLong = reference.count > 2
    let inner = isLong ? reference.dropFirst(2).dropLast() : reference.dropFirst()
    if inner.text == "DMAKE_BUNDLE" { return ["."] }
    guard depth < 8 else { return [Self.any] }
    if inner.starts(with: "wildcard ".utf8) { return texts(inner.dropFirst(9), depth: depth) }
    guard let known = definitions[inner.text] else { return [Self.any] }
    return known.flatMap { texts($0, depth: depth) }
  }
}
