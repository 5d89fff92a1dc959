import Model

extension Graph {
  /// What is wrong with the graph itself: circles, mixed and double writers, files of other owners, names that the tree
  /// refuses, tags that came by way of a variable.
  public func diagnostics(of goals: [Goal]) -> [Diagnostic] {
    var result = goals.flatMap(nameFindings) + cycleFindings(goals) + patternFindings(goals)
    var writers = SortedMap<TreePath, [Owner]>()
    for owner in owned(by: goals) { writers[owner.reference.path, default: []].append(owner) }
    for (path, owners) in writers { result += writerFindings(path, owners) }
    // A pattern's finding is the same for every node: one of them is enough.
    var found: [Diagnostic] = []
    for finding in SortedSet(result) {
      guard let last = found.last, last.code == finding.code, last.file == finding.file,
        last.line == finding.line
      else {
        found.append(finding)
        continue
      }
    }
    return found
  }

  private func nameFindings(_ goal: Goal) -> [Diagnostic] {
    var result: [Diagnostic] = []
    for name in [goal.target] + goal.prerequisites + goal.orderOnly where Self.hasTag(name) {
      result.append(
        finding(
          .tagFromVariable, .error, goal.place,
          "`\(name)` was put together by make, where tags are not translated",
          hint: "write file and braces in one word, as `$(FILES){tag}`"))
    }
    if goal.output == nil, !goal.isPhony, !Self.hasTag(goal.target) {
      var reason = "the tree has no such path"
      do throws(NameError) { _ = try TreePath(goal.target) } catch { reason = error.description }
      result.append(finding(.badTargetPath, .error, goal.place, "a target is no file of the tree: \(reason)"))
    }
    return result
  }

  /// Patterns that are no goals by themselves, and whose folder the policy does not name again, so that nothing can
  /// need them: they would silently never be made. What needs one may depend on who is a member, so the text counts.
  private func patternFindings(_ goals: [Goal]) -> [Diagnostic] {
    let text = translation.files.map(\.bytes.text).joined(separator: "\n")
    let used = SortedSet(goals.compactMap(\.place))
    return database.patterns.compactMap { rule in
      let folder = rule.target.prefix { $0 != "%" }
      guard rule.recipe != nil, rule.targets.count == 1, let place = rule.place, !used.contains(place),
        HiddenSpace.split(rule.target) == nil, !Pattern.isOfProcesses(rule.target), folder.contains("/"),
        text.ranges(of: folder).count == 1
      else { return nil }
      return finding(
        .patternWithoutNeed, .warning, place, "nothing needs `\(rule.target)`, so it is never made",
        note: "by themselves only patterns of processes' files are made, as `%/web/config.xml`",
        hint:
          "let another rule need it, or name its targets before it: `$(DMAKE_NODES:%=\(rule.target)): \(rule.target): …`"
      )
    }
  }

  private static func hasTag(_ name: String) -> Bool {
    guard name.hasSuffix("}"), let brace = name.firstRange(of: ".xml{") else { return false }
    return TagText.check(String(name[brace.upperBound...].dropLast())) == nil
  }

  private func writerFindings(_ path: TreePath, _ owners: [Owner]) -> [Diagnostic] {
    if path.isWrittenByAgents, let first = owners.first {
      return [
        finding(
          .foreignFile, .error, first.place, "a rule writes `\(path)`, which is not the policy's file",
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
          .mixedWriters, .error, part.place,
          "`\(part.reference)` is set by a rule, and `\(path)` is made as a whole by another (\(shown(whole)))",
          note: "one of the two would undo what the other wrote, in an order that nobody chose",
          hint: "make the file by tags only, or as a whole only"))
    }
    for (first, second) in zip(owners, owners.dropFirst()) where first.reference == second.reference {
      result.append(
        finding(
          .twoWriters, first.reference.tag == nil ? .error : .warning, second.place,
          "`\(first.reference)` has two writers; the other is the rule for `\(HiddenSpace.shown(first.target))` (\(shown(first)))",
          note: "two different values in one pass are an error of the round",
          hint: "let one rule decide the value"))
    }
    return result
  }

  private func shown(_ owner: Owner) -> String { owner.place?.description ?? "no recipe" }

  private func finding(
    _ code: DiagnosticCode, _ severity: Diagnostic.Severity, _ place: SourcePlace?, _ message: String,
    note: String? = nil, hint: String? = nil
  ) -> Diagnostic {
    Diagnostic(
      code, severity, file: place?.file ?? Bundle.policyFile, line: place?.line ?? 0, message: message,
      note: note, hint: hint)
  }
}
