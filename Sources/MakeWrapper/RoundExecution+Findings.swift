import DMakefile
import FileTree
import Linux
import Model

extension RoundExecution {
  /// A rule whose run is to be repeated, with what it had made before.
  struct Sample {
    let rule: Vertex
    let old: Content?
  }

  /// Tells whose recipes wrote files that are not their targets. They have been taken away.
  func reportStray(_ paths: [String], ran: VertexSet) {
    if paths.isEmpty { return }
    var pathsOfCulprit = SortedMap<String, [String]>()
    let programs = ran.filter { !onlyAssigns($0) }
    let ran = SortedSet((programs.isEmpty ? ran : programs).map(graph.name))
    for path in paths {
      let readers = ran.filter { graph.rule(named: $0)?.prerequisites.contains(path) ?? false }
      let suspects = SortedSet(ran.count == 1 ? ran.elements : readers + ran.filter { mentions(path, $0) })
      if let culprit = suspects.first(where: { _ in true }), suspects.count == 1 {
        pathsOfCulprit[culprit, default: []].append(path)
        continue
      }
      let names = (suspects.isEmpty ? ran : suspects).prefix(5).map { "`\(HiddenSpace.shown($0))`" }
      note(
        RuleFault(
          .undeclared,
          "the recipe of one of \(names.joined(separator: ", ")) writes `\(path)`, which is not its target; it was taken away: declare it as a target"
        ), about: path)
    }
    for (culprit, paths) in pathsOfCulprit { note(strayFault(of: culprit, paths), about: culprit) }
  }

  private func strayFault(of target: String, _ paths: [String]) -> RuleFault {
    func list(_ paths: [String]) -> String { paths.map { "`\($0)`" }.joined(separator: ", ") }
    let read = SortedSet(graph.rule(named: target)?.prerequisites ?? [])
    let own = paths.filter { read.contains($0) }
    let others = paths.filter { !read.contains($0) }
    let verb = "writes \(list(others)), which no target of its rule names"
    if own.isEmpty {
      return RuleFault(.undeclared, "the recipe \(verb); it was taken away: declare it as a target")
    }
    return RuleFault(
      .ownInput,
      "the recipe changes \(list(own)), which it reads\(others.isEmpty ? "" : ", and \(verb)"); all was brought back: let it work on a copy"
    )
  }

  private func mentions(_ path: String, _ target: String) -> Bool {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return graph.rule(named: target)?.goal?.recipe?.contains(name) ?? false
  }

  private func note(_ fault: RuleFault, about target: String) {
    ledger[finding: target] = FailureRecord(
      fault.at(graph.rule(named: target)?.place), attempts: 1, retryAt: nil, inputs: Digest(of: []))
  }

  /// A rule has run again. Only a repeated run, or another recipe, shows that one is deterministic after all.
  func forgetFindings(of rule: Vertex, isNewRule: Bool) {
    guard let finding = ledger[finding: rule] else { return }
    if finding.kind != .nondeterministic || isNewRule { ledger[finding: rule] = nil }
  }
}

extension RoundExecution {
  private static let sampleLimit = 64

  /// The rules of a wave whose run is to be repeated: the first of each rule of the text, and a few others. What is
  /// chosen follows from the log alone, so that replicas choose the same.
  func samples(of ready: [Vertex]) throws(RoundFailure) -> [Sample] {
    guard settings.runsPerSample > 0 else { return [] }
    var places: Set<SourcePlace> = []
    var samples: [Sample] = []
    for vertex in ready where samples.count < Self.sampleLimit {
      guard let rule = graph.rule(vertex), let output = rule.output, rule.alsoMakes.isEmpty,
        // Which of its rules run, times tell, and a repetition has others.
        rule.goal?.assignsOnly == false, workshop.graph?.writer.isDoubleColon(rule.target) != true,
        !Self.asksForNewer(rule.goal?.recipe ?? "")
      else { continue }
      let isFirst = ledger[rule: vertex]?.signature != rule.signature && places.insert(rule.place).inserted
      let dice = Digest(of: Array("\(request.index) \(rule.target)".utf8)).bytes.prefix(8)
      let number = dice.reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
      guard isFirst || number % settings.runsPerSample == 0 else { continue }
      let old =
        output.tag == nil
        ? tree[output.path]?.content
        : ledger[assignments: vertex]?.values[output].map(TagValues.content)
      samples.append(Sample(rule: vertex, old: old))
    }
    return samples
  }

  /// Whether the recipe uses `$?`, which is another in a repetition.
  private static func asksForNewer(_ recipe: String) -> Bool {
    guard recipe.contains("?") else { return false }
    let references = recipe.replacing("$$", with: "")
    return ["$?", "$(?", "${?"].contains { references.contains($0) }
  }

  /// Runs recipes again from what they began with, and compares. What they have made the first time stays.
  func repeatRuns(of samples: [Sample]) throws(RoundFailure) {
    guard !samples.isEmpty else { return }
    do throws(SystemError) {
      for sample in samples {
        if let old = sample.old {
          try root.write(graph.name(of: sample.rule), old, .never)
        } else {
          try root.remove(graph.name(of: sample.rule))
        }
      }
    } catch { throw .file(error) }
    let rules = samples.map(\.rule)
    let report = try runMake(rules)
    do throws(SystemError) {
      var failures = report.failures
      let assigned = try readAssignments(of: report.ran, &failures)
      for rule in rules where report.ran.contains(rule) && !failures.contains(graph.name(of: rule)) {
        try compare(rule, assigned[rule])
      }
      let written = try root.foreignChanges(hidden: hiddenFiles(of: rules))
      for path in SortedSet(rules.map(graph.name) + written) {
        try restore(path)
      }
    } catch { throw .file(error) }
  }

  private func compare(_ rule: Vertex, _ assigned: AssignedValues?) throws(SystemError) {
    guard let output = graph.rule(rule)?.output else { return }
    let target = graph.name(of: rule)
    var differences: [RuleProblem.Detail] = []
    func compare(_ reference: ValueReference, _ first: Content?, _ second: Content?) {
      guard first != second else { return }
      differences.append(
        RuleProblem.Detail(reference: "\(reference)", texts: [first, second].map { $0.map(Excerpt.text) }))
    }
    let again = try root.readPlain(target)
    if output.tag == nil, let first = tree[output.path]?.content, let again { compare(output, first, again) }
    let values = ledger[assignments: rule]?.values ?? [:]
    for (reference, first) in values where reference != output || again == nil {
      compare(reference, TagValues.content(of: first), assigned?.values[reference].map(TagValues.content))
    }
    if output.tag != nil, let first = values[output], let again {
      compare(output, TagValues.content(of: first), TagValues.content(of: TagValues.values(in: again)))
    }
    guard !differences.isEmpty else {
      if ledger[finding: rule]?.kind == .nondeterministic { ledger[finding: rule] = nil }
      return
    }
    note(
      RuleFault(
        .nondeterministic,
        "the recipe gave another result when it was run again with the same inputs, so replicas would not agree; "
          + "let it read nothing but its prerequisites: no clock, no random number, no host name, no network",
        details: differences),
      about: target)
  }
}
