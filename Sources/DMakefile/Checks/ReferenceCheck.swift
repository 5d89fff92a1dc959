import Model

/// Finds `$VAR`, which make reads as `$(V)` and `AR`, and `$x` in a recipe where the shell's `$$x` was meant.
struct ReferenceCheck {
  private let text: PolicyText
  /// Variables with names of one character that the policy defines somewhere.
  private let defined: SortedSet<String>

  init(_ text: PolicyText) {
    self.text = text
    defined = Self.defined(text)
  }

  var findings: [Diagnostic] {
    text.files.flatMap { file in
      file.lines.flatMap { line -> [Diagnostic] in
        switch line.kind {
        case .blank, .comment, .annotation, .define: []
        case .recipe: findings(file.source, line, isRecipe: true)
        default: findings(file.source, line, isRecipe: false)
        }
      }
    }
  }

  private static func defined(_ text: PolicyText) -> SortedSet<String> {
    var result: SortedSet<String> = []
    for file in text.files {
      let bytes = file.source.bytes
      for line in file.lines {
        if [.variable, .targetVariable, .define, .directive].contains(line.kind) {
          for word in bytes[line.range].split(whereSeparator: { !ShellScanner.isOfName($0) })
          where word.count == 1 {
            result.insert(word.text)
          }
        }
        for index in line.range where bytes.starts(with: "foreach ", at: index) {
          result.insert(bytes[(index + 8)..<line.range.upperBound].prefix { $0 != Byte.comma }.trimmed.text)
        }
      }
    }
    return result
  }

  private func findings(_ source: SourceText, _ line: LogicalLine, isRecipe: Bool) -> [Diagnostic] {
    let bytes = source.bytes
    var result: [Diagnostic] = []
    var next = line.range.lowerBound
    // What stands within a reference that is closed is closed too, as far as it is of the same kind.
    var closed = SortedMap<UInt8, Int>()
    if isRecipe, bytes[line.range].trimmed.first == Byte.hash { return [] }
    while next + 1 < line.range.upperBound {
      guard bytes[next] == Byte.dollar else {
        if bytes[next] == Byte.hash, !isRecipe { return result }
        next += 1
        continue
      }
      let name = bytes[(next + 1)..<line.range.upperBound].prefix(while: ShellScanner.isOfName)
      if let first = name.first, !defined.contains([first].text), isMistake(first, isRecipe: isRecipe) {
        result.append(finding(source, next..<name.endIndex, name.text, isRecipe: isRecipe))
      }
      if isRecipe, next >= closed[bytes[next + 1]] ?? 0 {
        if let open = unclosed(bytes, next, line.range.upperBound) { return result + [unclosed(source, open)] }
        closed[bytes[next + 1]] = MakeText.skipReference(bytes, next, line.range.upperBound)
      }
      if let function = unknownFunction(bytes, next, line.range.upperBound) {
        result.append(finding(source, function, isRecipe: isRecipe))
      }
      next += 2
    }
    return result
  }

  /// A reference that nothing closes, for which make gives up when it expands the recipe, with all others of the round.
  private func unclosed(_ bytes: [UInt8], _ index: Int, _ end: Int) -> Range<Int>? {
    guard index + 1 < end, bytes[index + 1] == Byte.openParenthesis || bytes[index + 1] == Byte.openBrace else {
      return nil
    }
    let close = bytes[index + 1] == Byte.openParenthesis ? Byte.closeParenthesis : Byte.closeBrace
    let behind = MakeText.skipReference(bytes, index, end)
    if behind < end { return nil }
    let inner = bytes[index..<end]
    let isClosed =
      inner.last == close && inner.count { $0 == close } >= inner.count { $0 == bytes[index + 1] }
    return isClosed ? nil : index..<index + 2
  }

  private func unclosed(_ source: SourceText, _ range: Range<Int>) -> Diagnostic {
    let open = source.bytes[range].text
    return Diagnostic(
      .unclosedReference, .error, in: source, at: range, message: "a reference `\(open)…` is not closed",
      note: "make gives up when it expands the recipe, and nothing of the round counts",
      hint: "close it, or write `$\(open)` for one of the shell")
  }

  /// The name in `$(NAME …` where make has no function of it, and takes all of it for the name of a variable.
  private func unknownFunction(_ bytes: [UInt8], _ index: Int, _ end: Int) -> Range<Int>? {
    guard index + 2 < end, "({".utf8.contains(bytes[index + 1]) else { return nil }
    let name = bytes[(index + 2)..<end].prefix { ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7a) || $0 == Byte.minus }
    guard !name.isEmpty, name.endIndex < end, bytes[name.endIndex] == Byte.space,
      !Self.functions.contains(name.text)
    else { return nil }
    // `$(A :x=y)`, and what a policy defines with a blank in its name.
    let rest = bytes[name.endIndex..<end].prefix { $0 != Byte.closeParenthesis && $0 != Byte.closeBrace }
    return rest.contains(Byte.equals) ? nil : name.startIndex..<name.endIndex
  }

  /// GNU make manual, "Functions for Transforming Text", those of 4.4 among them.
  private static let functions: SortedSet<String> = [
    "abspath", "addprefix", "addsuffix", "and", "basename", "call", "dir", "error", "eval", "file", "filter",
    "filter-out", "findstring", "firstword", "flavor", "foreach", "guile", "if", "info", "intcmp", "join",
    "lastword",
    "let", "notdir", "or", "origin", "patsubst", "realpath", "shell", "sort", "strip", "subst", "suffix",
    "value",
    "warning", "wildcard", "word", "wordlist", "words",
  ]

  private func finding(_ source: SourceText, _ name: Range<Int>, isRecipe: Bool) -> Diagnostic {
    let text = source.bytes[name].text
    return Diagnostic(
      .unknownFunction, .warning, in: source, at: name, message: "make has no function `\(text)`",
      note: "it takes all between the parentheses for the name of a variable, which is empty",
      hint: isRecipe
        ? "write `$$(\(text) …)` for a command of the shell"
        : "correct its name; commands of a shell stand in recipes")
  }

  /// Outside of recipes a number is an argument of `$(call …)`.
  private func isMistake(_ first: UInt8, isRecipe: Bool) -> Bool {
    isRecipe || first < 0x30 || first > 0x39
  }

  private func finding(_ source: SourceText, _ range: Range<Int>, _ name: String, isRecipe: Bool) -> Diagnostic
  {
    let first = String(name.prefix(1))
    let rest = name.dropFirst()
    return Diagnostic(
      .shortReference, .warning, in: source, at: range,
      message: rest.isEmpty
        ? "make reads `$\(first)` as its own variable, which nothing defines"
        : "make reads `$\(name)` as its variable `\(first)` and the text `\(rest)`",
      note: "make takes one character behind `$`, and a variable that is not defined is empty",
      hint: isRecipe
        ? "write `$$\(name)` for a variable of the shell or a field of awk, `$(\(name))` for one of make"
        : "write `$(\(name))`")
  }
}
