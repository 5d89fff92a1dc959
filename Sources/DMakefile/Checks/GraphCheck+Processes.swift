import Model

extension GraphCheck {
  /// Files below a process that no configuration of the policy names: nobody would read them there.
  var processFindings: [Diagnostic] {
    guard var known = ConfiguredProcesses(text).names else { return [] }
    // Whoever reads what a process says knows that it is there, if by another policy's word.
    for reference in flow.references {
      guard let file = reference?.path.nodeFile, file.isState, let process = file.process else { continue }
      known.insert(process.text)
    }
    return goals.compactMap { goal in
      guard let path = goal.output?.reference.path, let process = path.nodeFile?.process,
        !known.contains(process.text), !graph.plainFolders.contains(String(path.top))
      else { return nil }
      return finding(
        .unknownProcess, .warning, goal.place, target: goal.target,
        "no configuration of the policy has a process `\(process)`",
        note:
          "the file is delivered to a folder that no process reads; an intermediate result needs a name that is not `A/B/C`",
        hint: Self.nearest(process.text, in: known).map { "is `\($0)` meant?" }
          ?? "name the process in a `DMake/config.xml`, or correct the folder")
    }
  }

  private static func nearest(_ name: String, in known: SortedSet<String>) -> String? {
    known.map { ($0, distance(Array(name.utf8), Array($0.utf8))) }.filter { $0.1 <= 2 }.min { $0.1 < $1.1 }?.0
  }

  /// Recipes that cannot write their target, as far as their text shows: it names neither the target nor anything
  /// that could write it.
  var outputFindings: [Diagnostic] {
    goals.compactMap { goal in
      guard let recipe = goal.recipe, !goal.isPhony, !goal.assignsOnly, goal.assigned.isEmpty,
        let files = Self.files(goal), let site = goal.place.flatMap({ text.rule(at: $0) }),
        !recipe.allSatisfy(\.isWhitespace), !mayWrite(recipe, files),
        writesWhereTold(RecipeCheck(text, site, isLocal: false))
      else { return nil }
      let target = HiddenSpace.shown(goal.target)
      let isValue = goal.output?.reference.tag != nil
      return finding(
        .targetNotWritten, .warning, site.place, target: goal.target, "the recipe never writes `\(target)`",
        note: "a rule whose target is not there after its recipe has failed, and is tried again",
        hint: isValue
          ? "write the value to `$@`, or assign it in a line of its own, `\(target)=…`"
          : "write the result to `$@`, or declare the target `.PHONY` if it is no file")
    }
  }

  /// What a recipe may name to write what its rule makes; nil if that is nothing of the tree. A value has no name but
  /// `$@`.
  private static func files(_ goal: Goal) -> [String]? {
    switch goal.output {
    case .file(let path): [path.text] + goal.alsoMakes
    case .output: goal.alsoMakes
    case .value, nil: nil
    }
  }

  /// Whether all that the recipe runs writes only files that it is given by name. One that does nothing is meant so.
  private func writesWhereTold(_ recipe: RecipeCheck) -> Bool {
    let programs = recipe.lines.flatMap(\.commands).flatMap(recipe.programs).map(recipe.name)
    return programs.contains { $0 != ":" && $0 != "true" } && programs.allSatisfy(Self.plainPrograms.contains)
  }

  private static let plainPrograms: SortedSet<String> = [
    ":", "[", "awk", "basename", "cat", "cd", "chmod", "comm", "cp", "cut", "date", "diff", "dirname", "echo",
    "env",
    "exit", "expr", "false", "find", "grep", "head", "install", "jq", "ln", "ls", "mkdir", "mv", "paste",
    "printf",
    "read", "rm", "sed", "seq", "set", "sleep", "sort", "tail", "tee", "test", "touch", "tr", "true", "uniq",
    "wc",
    "xmllint",
  ]

  private func mayWrite(_ recipe: String, _ targets: [String]) -> Bool {
    if recipe.contains("DMAKE_") { return true }
    let names = SortedSet(targets.compactMap { $0.split(separator: "/").last.map(String.init) })
    let words = recipe.utf8.split { !TagText.continuesFile($0) }
    if words.contains(where: { $0.split(separator: Byte.slash).last.map { names.contains($0.text) } == true }) {
      return true
    }
    if text.namesProgram(recipe) { return true }
    // A reference may be anything, but for the names of prerequisites.
    let bytes = Array(recipe.utf8)
    return bytes.indices.contains { index in
      guard bytes[index] == Byte.dollar, index + 1 < bytes.count, index == 0 || bytes[index - 1] != Byte.dollar
      else { return false }
      if bytes[index + 1] == Byte.openParenthesis || bytes[index + 1] == Byte.openBrace {
        return !(index + 2 < bytes.count && "<^+?|".utf8.contains(bytes[index + 2]))
      }
      return !"<^+?|$".utf8.contains(bytes[index + 1])
    }
  }
}
