import Model

extension GraphCheck {
  /// Names that the tree refuses, and tags that came by way of a variable.
  var nameFindings: [Diagnostic] {
    goals.flatMap { goal in
      var result: [Diagnostic] = []
      for name in [goal.target] + goal.prerequisites + goal.orderOnly where Self.hasTag(name) {
        result.append(
          finding(
            .tagFromVariable, .error, goal.place, target: goal.target,
            prerequisite: name == goal.target ? nil : name,
            "`\(name)` was put together by make, where tags are not translated",
            note: "make takes it for the name of a file, which nothing writes",
            hint: "write file and braces in one word, as `$(FILES){tag}`"))
      }
      if goal.output == nil, !goal.isPhony, !Self.hasTag(goal.target) {
        var reason = "the tree has no such path"
        do throws(NameError) { _ = try TreePath(goal.target) } catch { reason = error.description }
        result.append(
          finding(
            .badTargetPath, .error, goal.place, target: goal.target,
            "a target is no file of the tree: \(reason)",
            note: "what rules make is kept in the tree and delivered from there",
            hint: "give it a name in the tree, or declare it `.PHONY` if it is no file"))
      }
      return result
    }
  }

  /// Prerequisites that are no names of the tree, so that no change of them runs a rule.
  var outsideFindings: [Diagnostic] {
    let isOutside = zip(flow.names, flow.references).map { name, reference in
      if name.contains("%") { return true }
      return reference == nil && !name.hasPrefix(HiddenSpace.folder + "/") && !Self.hasTag(name)
        && !declared.contains(name)
    }
    return goals.indices.flatMap { number in
      flow.prerequisites(of: number).compactMap { isOutside[$0] ? outside(flow.names[$0], goals[number]) : nil }
    }
  }

  private func outside(_ name: String, _ goal: Goal) -> Diagnostic? {
    if name.contains("%") {
      let shown = HiddenSpace.shown(name)
      return finding(
        .outsideTree, .error, goal.place, target: goal.target, prerequisite: name,
        "`%` in `\(shown)` stands for nothing, since the rule's target has none",
        note: "make looks for a percent sign in the name",
        hint: "for each node write `$(DMAKE_NODES:%=\(shown))`, or put `%` into the target too")
    }
    // Wildcards have a finding of their own. The bundle's folder is outside of the tree, and named by a variable.
    let site = goal.place.flatMap { text.rule(at: $0) }
    let word = site.flatMap { site in site.word(for: name, among: site.prerequisites).map(site.text) }
    guard word == name, !name.contains(where: { "*?[".contains($0) }) else { return nil }
    return finding(
      .outsideTree, .warning, goal.place, target: goal.target, prerequisite: name,
      "`\(name)` is no file of the tree",
      note: "no change of it runs the rule, and other leaders need not have it",
      hint: "put it into the bundle as `$(DMAKE_BUNDLE)/NAME`, or read what a process reports")
  }

  private static func hasTag(_ name: String) -> Bool {
    guard name.hasSuffix("}"), let brace = name.firstRange(of: ".xml{") else { return false }
    return TagText.check(String(name[brace.upperBound...].dropLast())) == nil
  }

  /// Patterns that are no goals by themselves, and whose folder the policy does not name again, so that nothing can
  /// need them: they would silently never be made. What needs one may depend on who is a member, so the text counts.
  var patternFindings: [Diagnostic] {
    let used = SortedSet(goals.compactMap(\.place))
    let folders = FolderNames(text)
    return graph.database.patterns.compactMap { rule in
      let folder = String(rule.target.prefix { $0 != "%" })
      guard rule.recipe != nil, rule.targets.count == 1, let place = rule.place, !used.contains(place),
        HiddenSpace.split(rule.target) == nil, !Pattern.isOfProcesses(rule.target), folder.hasSuffix("/"),
        folders.count(folder) == 1
      else { return nil }
      return finding(
        .patternWithoutNeed, .warning, place, target: rule.target,
        "nothing needs `\(rule.target)`, so it is never made",
        note: "by themselves only patterns of processes' files are made, as `%/web/config.xml`",
        hint:
          "let another rule need it, or name its targets before it: `$(DMAKE_NODES:%=\(rule.target)): \(rule.target): …`"
      )
    }
  }
}

/// How often a policy's makefiles name the folders of paths.
private struct FolderNames {
  /// No path is longer (PATH_MAX).
  private static let pathLimitBytes = 4096

  private var counts = SortedMap<String, Int>()

  init(_ text: PolicyText) {
    for file in text.files {
      for token in file.source.bytes.split(whereSeparator: { !TagText.continuesFile($0) && $0 != Byte.slash })
      where token.count <= Self.pathLimitBytes {
        for index in token.indices where token[index] == Byte.slash {
          counts[token[...index].text, default: 0] += 1
        }
      }
    }
  }

  func count(_ folder: String) -> Int { counts[folder] ?? 0 }
}
