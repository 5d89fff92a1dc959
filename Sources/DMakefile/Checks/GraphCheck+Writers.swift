import Model

extension GraphCheck {
  /// Files of other owners, mixed and double writers.
  var writerFindings: [Diagnostic] { owners.flatMap { writerFindings($0, $1) } + ownTagFindings }

  private func writerFindings(_ path: TreePath, _ owners: [Owner]) -> [Diagnostic] {
    if path.isWrittenByAgents, let first = owners.first {
      return [
        finding(
          .foreignFile, .error, first.place, target: first.target,
          "a rule writes `\(path)`, which is not the policy's file",
          note: "states are written by agents and applications, events by DMake",
          hint: "write another file, as `config.xml`, and let the application act on it")
      ]
    }
    var result: [Diagnostic] = []
    if let whole = owners.first(where: { $0.reference.tag == nil }),
      let part = owners.first(where: { $0.reference.tag != nil && $0.target != whole.target })
    {
      result.append(
        finding(
          .mixedWriters, .error, part.place, target: part.target,
          "`\(part.reference)` is set by a rule, and `\(path)` is made as a whole by another (\(shown(whole)))",
          note: "one of the two would undo what the other wrote, in an order that nobody chose",
          hint: "make the file by tags only, or as a whole only"))
    }
    for (first, second) in zip(owners, owners.dropFirst()) where first.reference == second.reference {
      // One run of a grouped rule makes all of its targets.
      if first.place == second.place, first.place != nil,
        first.reference.tag == nil || isOneRun(first.target, second.target)
      {
        continue
      }
      result.append(
        finding(
          .twoWriters, first.reference.tag == nil ? .error : .warning, second.place, target: second.target,
          "`\(first.reference)` has two writers; the other is the rule for `\(HiddenSpace.shown(first.target))` (\(shown(first)))",
          note: "two different values in one pass are an error of the round",
          hint: "let one rule decide the value"))
    }
    return result
  }

  /// Whether the targets are of one grouped rule. Goals are in the order of their targets.
  private func isOneRun(_ target: String, _ other: String) -> Bool {
    var low = 0
    var high = goals.count
    while low < high {
      let middle = (low + high) / 2
      if goals[middle].target < target { low = middle + 1 } else { high = middle }
    }
    return low < goals.count && goals[low].target == target && goals[low].alsoMakes.contains(other)
  }

  /// Rules that make a file as a whole and set tags of the same file.
  private var ownTagFindings: [Diagnostic] {
    goals.compactMap { goal in
      guard !goal.isPhony, !goal.assignsOnly, case .file(let path) = goal.output,
        let part = goal.assigned.first(where: { $0.path == path }), writesTarget(goal)
      else { return nil }
      return finding(
        .mixedWriters, .error, goal.place, target: goal.target,
        "the rule makes `\(path)` as a whole and sets `\(part)` too",
        note: "one of the two would undo what the other wrote",
        hint: "make the file by assignments only, or write the value where the whole is written")
    }
  }

  /// Whether a line of the recipe that assigns nothing writes the target, as far as its text shows.
  private func writesTarget(_ goal: Goal) -> Bool {
    guard let site = goal.place.flatMap({ text.rule(at: $0) }) else { return false }
    return site.recipe.contains { range in
      let line = site.text(range)
      return AssignmentLine(site.source.bytes, range) == nil
        && ["$@", "$(@)", "${@}", "$(@F)", HiddenSpace.shown(goal.target)].contains { Self.writes(line, $0) }
    }
  }

  /// By redirection, or by a program that may write what it is given; some only print it.
  private static func writes(_ line: String, _ target: String) -> Bool {
    let words = line.replacing(">", with: " > ").replacing("\"", with: " ").replacing("'", with: " ")
      .split(whereSeparator: \.isWhitespace)
    guard words.contains(where: { $0.hasSuffix(target) }) else { return false }
    let isPrinting = ["echo", "printf", "test", "[", ":"].contains(words[0].drop { "@-+".contains($0) })
    return !isPrinting || line.contains { ">|;&".contains($0) }
  }

  private func shown(_ owner: Owner) -> String {
    (owner.place.flatMap { text.rule(at: $0)?.place } ?? owner.place)?.description ?? "no recipe"
  }
}
