import Model

/// Files that a rule looks for by a wildcard, so that one that comes later would not run it.
extension RecipeCheck {
  var wildcardFindings: [Diagnostic] {
    let ofRule = site.prerequisites.filter { hasWildcard($0) }.map { word in
      finding(
        .unseenFiles, word, "make looks for `\(text(word))` once, and not again when files come",
        note: "where it finds none, the pattern itself is taken for the name of a file",
        hint: "write `$(wildcard \(text(word)))`, or name the files by who is there, with `DMAKE_NODES`")
    }
    // A variable may hold who is there, or what a wildcard finds.
    guard !site.prerequisites.contains(where: { text($0).contains("$") }) else { return ofRule }
    return ofRule
      + lines.filter { !$0.isAssignment }.flatMap { line in
        (functions(line.range) + globs(line.commands)).map { range in
          finding(
            .unseenFiles, range, "the recipe looks for files that are no prerequisites of its rule",
            note: "a file that comes later, as of a node that joins, would not run the rule",
            hint: "make them prerequisites, as `$(DMAKE_NODES:%=%/web/state.xml)`, and use `$^`")
        }
      }
  }

  private func hasWildcard(_ word: Range<Int>) -> Bool {
    !bytes[word].contains(Byte.openBrace)
      && MakeText.withoutReferences(bytes[word]).contains { "*?[".utf8.contains($0) }
  }

  /// `$(wildcard …)` in a line.
  private func functions(_ line: Range<Int>) -> [Range<Int>] {
    line.filter { index in
      bytes[index] == Byte.dollar
        && ["$(wildcard ", "${wildcard "].contains { bytes.starts(with: $0, at: index) }
    }.map { $0..<min(MakeText.skipReference(bytes, $0, line.upperBound), line.upperBound) }
  }

  /// Words that the shell completes to files of several folders of the tree.
  private func globs(_ commands: [ShellCommand]) -> [Range<Int>] {
    commands.filter { command in
      ["cat", "grep", "head", "sort", "tail", "wc", "xmllint"].contains(command.words.first.map(name) ?? "")
    }.flatMap { $0.words.dropFirst() }.filter { word in
      let text = self.text(word)
      return text.contains("*") && text.contains("/") && !text.contains { "'\"$\\`=".contains($0) }
        && !text.hasPrefix("/") && !text.hasPrefix("-")
    }
  }
}
