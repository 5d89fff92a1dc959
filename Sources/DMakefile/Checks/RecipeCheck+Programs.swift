import Model

/// Programs that are not there, or that nobody may execute.
extension RecipeCheck {
  private static let builtins: SortedSet<String> = [
    ".", ":", "[", "[[", "]]", "alias", "bg", "break", "builtin", "caller", "cd", "command", "continue",
    "declare",
    "dirs", "disown", "echo", "eval", "exec", "exit", "export", "false", "fg", "function", "getopts", "hash",
    "help",
    "in", "jobs", "kill", "let", "local", "mapfile", "popd", "printf", "pushd", "pwd", "read", "readarray",
    "readonly",
    "return", "set", "shift", "shopt", "source", "test", "times", "trap", "true", "type", "typeset", "ulimit",
    "umask", "unalias", "unset", "wait",
  ]

  /// - Parameter isProgram: whether the machine has a program of this name in its PATH, or at this path; nil where
  ///   that is not known, and only the bundle's programs are looked at.
  func programFindings(_ isProgram: ((String) -> Bool)?) -> [Diagnostic] {
    let functions = lines.flatMap(\.functions)
    return lines.flatMap { line in
      (line.commands + line.inner).flatMap(programs).compactMap { word in
        let plain = name(word)
        return functions.contains(plain) ? nil : programFinding(word, plain, isProgram)
      }
    }
  }

  private func programFinding(
    _ word: Range<Int>, _ name: String, _ isProgram: ((String) -> Bool)?
  ) -> Diagnostic? {
    var bundled = name
    for prefix in ["$(DMAKE_BUNDLE)/", "${DMAKE_BUNDLE}/"] where name.hasPrefix(prefix) {
      bundled = String(name.dropFirst(prefix.utf8.count))
    }
    if let file = text.bundle[bundled], bundled != name || !name.contains("/") {
      if file.isExecutable { return nil }
      return finding(
        .notExecutable, word, "`\(bundled)` of the bundle is not executable",
        note: "the recipe would fail: permission denied", hint: "run `chmod +x \(bundled)` beside the DMakefile"
      )
    }
    guard name.utf8.allSatisfy({ TagText.continuesFile($0) && !"%*?@".utf8.contains($0) }) else { return nil }
    if name.contains("/") { return pathFinding(word, name, isProgram) }
    if Self.builtins.contains(name) || name.first?.isLetter != true { return nil }
    guard let isProgram, !isProgram(name) else { return nil }
    return finding(
      .missingProgram, word, "there is no program `\(name)`",
      note: "it is neither in the bundle nor in the PATH of this machine, and the recipe would fail",
      hint: "correct its name, put it beside the DMakefile, or install it on every leader")
  }

  private func pathFinding(_ word: Range<Int>, _ name: String, _ isProgram: ((String) -> Bool)?) -> Diagnostic?
  {
    let relative = name.hasPrefix("./") ? String(name.dropFirst(2)) : name
    if text.bundle[relative] != nil {
      return finding(
        .missingProgram, word, "there is no program `\(name)` where recipes run",
        note: "their working folder is the root of the tree; the bundle's folder is first in PATH",
        hint: "write `$(DMAKE_BUNDLE)/\(relative)`")
    }
    guard name.hasPrefix("/"), let isProgram, !isProgram(name) else { return nil }
    return finding(
      .missingProgram, word, "there is no program `\(name)`",
      note: "this machine has none at this path, and the recipe would fail",
      hint: "correct the path, or install the program on every leader")
  }
}
