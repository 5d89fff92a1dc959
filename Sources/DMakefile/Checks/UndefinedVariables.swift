import Model

/// References of rules and recipes to variables that nothing defines, as `make --warn-undefined-variables` tells of
/// them where it expands them. A policy that may get variables from elsewhere is left alone.
struct UndefinedVariables {
  private let text: PolicyText
  /// Nil where some name is known only to make.
  private let defined: SortedSet<String>?

  init(_ text: PolicyText) {
    self.text = text
    defined = Self.defined(in: text)
  }

  var findings: [Diagnostic] {
    guard let defined else { return [] }
    return text.files.flatMap { file in
      file.lines.filter { $0.kind == .recipe || $0.kind == .rule }.flatMap { line in
        Self.names(file.source.bytes, line.range).filter { name, _ in
          !defined.contains(name) && !Self.known.contains(name) && !name.hasPrefix("DMAKE_")
        }.map { finding(file.source, $0, $1, defined, isOfShell: line.kind == .recipe) }
      }
    }
  }

  /// make's own, and what recipes find in their environment.
  private static let known: SortedSet<String> = [
    "CURDIR", "GNUMAKEFLAGS", "HOME", "LC_ALL", "MAKE", "MAKECMDGOALS", "MAKEFILES", "MAKEFILE_LIST",
    "MAKEFLAGS",
    "MAKELEVEL", "MAKEOVERRIDES", "MAKE_COMMAND", "MAKE_HOST", "MAKE_RESTARTS", "MAKE_TERMERR", "MAKE_TERMOUT",
    "MAKE_VERSION", "MFLAGS", "PATH", "PWD", "SHELL", "SUFFIXES", "TMPDIR", "VPATH",
  ]

  /// Functions whose arguments are names, or that look whether there is a value.
  private static let tests = [
    "origin ", "flavor ", "value ", "or ", "and ", "if ", "call ", "foreach ", "let ",
  ]

  private static func defined(in text: PolicyText) -> SortedSet<String>? {
    var result: SortedSet<String> = []
    let included = text.files.flatMap { file in
      file.lines.filter { $0.kind == .include }.flatMap { line in
        MakeText.words(file.source.bytes, line.range).dropFirst().prefix { !$0.hasPrefix("#") }
      }
    }
    guard included.allSatisfy({ text[$0] != nil }) else { return nil }
    for file in text.files {
      let bytes = file.source.bytes
      for line in file.lines where ![.blank, .comment, .annotation].contains(line.kind) {
        switch line.kind {
        case .conditional:
          result.formUnion(MakeText.words(bytes, line.range).dropFirst())
          result.formUnion(MakeText.references(bytes, line.range))
        case .targetVariable:
          if let parts = MakeText.ruleParts(bytes, line.range) { note(bytes, parts.prerequisites, &result) }
        case .recipe, .rule: break
        default: note(bytes, line.range, &result)
        }
        // What `eval` reads may define whatever it names, for targets and patterns too.
        let evaluated = MakeText.evals(bytes, line.range) + (line.kind == .defined ? [line.range] : [])
        for range in evaluated {
          note(bytes, range, &result)
          result.formUnion(words(bytes, range))
        }
        result.formUnion(tested(bytes, line.range))
      }
    }
    return result.contains { $0.contains("$") } ? nil : result
  }

  private static func note(_ bytes: [UInt8], _ range: Range<Int>, _ result: inout SortedSet<String>) {
    if let definition = MakeText.variable(bytes, range) { result.insert(bytes[definition.name].text) }
  }

  private static func words(_ bytes: [UInt8], _ range: Range<Int>) -> [String] {
    bytes[range].split { !ShellScanner.isOfName($0) }.map(\.text)
  }

  /// The names that functions in a line only look at.
  private static func tested(_ bytes: [UInt8], _ line: Range<Int>) -> SortedSet<String> {
    var result: SortedSet<String> = []
    var next = line.lowerBound
    while let index = bytes[next..<line.upperBound].firstIndex(of: Byte.dollar), index + 2 < line.upperBound {
      next = index + 2
      guard tests.contains(where: { bytes.starts(with: $0, at: index + 2) }) else { continue }
      let range = index + 2..<min(MakeText.skipReference(bytes, index, line.upperBound), line.upperBound)
      // What stands in it is looked at with it.
      next = max(next, range.upperBound)
      result.formUnion(MakeText.references(bytes, range))
      result.formUnion(words(bytes, range).dropFirst())
    }
    return result
  }

  /// Names that stand as they are in references, with the places of their dollars.
  private static func names(_ bytes: [UInt8], _ line: Range<Int>) -> [(name: String, place: Int)] {
    var result: [(name: String, place: Int)] = []
    var next = line.lowerBound
    while let dollar = bytes[next..<line.upperBound].firstIndex(of: Byte.dollar), dollar + 2 < line.upperBound {
      next = dollar + 2
      let open = bytes[dollar + 1]
      guard open == Byte.openParenthesis || open == Byte.openBrace else { continue }
      let name = bytes[next..<line.upperBound].prefix { ShellScanner.isOfName($0) || $0 == Byte.minus }
      guard name.count > 1, name.endIndex < line.upperBound,
        [Byte.closeParenthesis, Byte.closeBrace, Byte.colon].contains(bytes[name.endIndex]),
        name.contains(where: { $0 < 0x30 || $0 > 0x39 })
      else { continue }
      result.append((name.text, dollar))
    }
    return result
  }

  private func finding(
    _ source: SourceText, _ name: String, _ place: Int, _ defined: SortedSet<String>, isOfShell: Bool
  ) -> Diagnostic {
    let wanted = Array(name.utf8)
    let nearest = defined.map { ($0, GraphCheck.distance(wanted, Array($0.utf8))) }
      .filter { $0.1 <= min(2, wanted.count / 3) }.min { $0.1 < $1.1 }?.0
    return Diagnostic(
      .undefinedVariable, .warning, in: source, at: place..<place + name.utf8.count + 3,
      message: "nothing defines the variable `\(name)`", note: "make reads it as nothing",
      hint: nearest.map { "is `\($0)` meant?" }
        ?? "define it, as by `\(name) ?=`"
        + (isOfShell ? ", or write `$${\(name)}` for a variable of the shell" : ""))
  }
}
