import Model

/// What comes at another time than the lines of the recipe around it: `$(shell …)`, whose command make runs when it
/// expands the recipe, before the first line, and a here-document, whose text would be the next shell's.
extension RecipeCheck {
  var timeFindings: [Diagnostic] {
    lines.indices.flatMap { number in
      lines[number].documents.map(document)
        + functions(lines[number].range).compactMap { function in
          self.function(function, writtenBefore(function.lowerBound, number))
        }
    }
  }

  private func document(_ range: Range<Int>) -> Diagnostic {
    finding(
      .hereDocument, range, "the text of a here-document cannot follow this line",
      note:
        "each line of a recipe is a shell of its own, and the lines behind a backslash are joined with this one",
      hint:
        "write the text by `printf '%s\\n' …`, keep it in the bundle, or put `.ONESHELL:` into the DMakefile")
  }

  /// `$(shell …)` in a line, the outermost ones.
  private func functions(_ line: Range<Int>) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var next = line.lowerBound
    while let dollar = bytes[next..<line.upperBound].firstIndex(of: Byte.dollar) {
      if ["$(shell ", "${shell "].contains(where: { bytes.starts(with: $0, at: dollar) }) {
        next = min(MakeText.skipReference(bytes, dollar, line.upperBound), line.upperBound)
        result.append(dollar..<next)
      } else {
        next = min(dollar + (bytes.starts(with: "$$", at: dollar) ? 2 : 1), line.upperBound)
      }
    }
    return result
  }

  /// A finding where the command would mean something else in the shell of its line. One that reads what was there
  /// before the recipe, as its prerequisites, does not.
  private func function(_ range: Range<Int>, _ written: SortedSet<String>) -> Diagnostic? {
    // As words of the shell, with make's references as they stand.
    let start = range.lowerBound + "$(shell ".utf8.count
    let commands = ShellScanner.commands(in: bytes, start..<max(start, range.upperBound - 1))
    let reads = commands.flatMap { $0.words.dropFirst() + $0.redirections }.map(plain)
    if let name = reads.first(where: written.contains) {
      return finding(
        .shellFunction, range, "`$(shell …)` reads `\(name)` before the recipe's own line writes it",
        note:
          "make expands all lines of a recipe before the first one runs, so this finds what was there before",
        hint: inShell)
    }
    guard let word = commands.lazy.flatMap(writes).first else { return nil }
    return finding(
      .shellFunction, range, "`$(shell …)` writes `\(plain(word))` before the recipe's first line runs",
      note: "make runs it when it expands the recipe, whatever the recipe's own conditions say",
      hint: "make it a line of the recipe")
  }

  private var inShell: String {
    "write `$$(…)`, which the recipe's own shell runs; it may append `X{tag}=Y` to the file `$$DMAKE_ASSIGN`"
  }

  /// The words for files that the recipe's lines, and the commands of the same line, have written at a place.
  private func writtenBefore(_ index: Int, _ line: Int) -> SortedSet<String> {
    let commands = lines[...line].flatMap(\.commands).filter { ($0.words.first?.lowerBound ?? index) < index }
    return SortedSet(commands.flatMap(writes).filter { $0.lowerBound < index }.map(plain))
  }

  /// The words of a command that name files which it writes, as far as they are known.
  func writes(_ command: ShellCommand) -> [Range<Int>] {
    let redirected = command.redirections.filter { isOutput($0) }
    guard let first = command.words.first else { return redirected }
    let arguments = command.words.dropFirst().filter { bytes[$0].first != Byte.minus }
    switch name(first) {
    case "cp", "mv", "ln", "install": return redirected + arguments.suffix(1)
    case "touch", "tee", "mkdir", "rm", "rmdir", "truncate": return redirected + arguments
    case "sed" where command.words.contains { text($0).hasPrefix("-i") }:
      return redirected + arguments.suffix(1)
    default: return redirected
    }
  }

  /// Whether the word of a redirection stands behind `>`, and is a file.
  private func isOutput(_ word: Range<Int>) -> Bool {
    let before = bytes[..<word.lowerBound].reversed().prefix { Byte.isBlank($0) || ">|&<".utf8.contains($0) }
    return before.contains(UInt8(ascii: ">")) && !before.contains(Byte.ampersand)
      && !plain(word).hasPrefix("/dev/")
  }

  /// A word without quotes; `$(@)` and `${@}` are `$@`.
  func plain(_ word: Range<Int>) -> String {
    let text = self.text(word).filter { $0 != "\"" && $0 != "'" }
    let target = text.replacing("$*", with: "%")
    if ["$(@)", "${@}"].contains(text)
      || site.targets.contains(where: { [text, target].contains(self.text($0)) })
    {
      return "$@"
    }
    return text
  }
}
