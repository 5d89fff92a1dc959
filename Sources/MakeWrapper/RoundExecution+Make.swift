import DMakefile
import Linux
import Model

extension RoundExecution {
  /// Runs make for a wave, over slices with these rules alone.
  ///
  /// make ends as a whole where it cannot expand one recipe, such as `$(word $(file <$<),a b)` of a value that is no
  /// number, and where a recipe kills it. That rule has failed then, and the others run without it and what needs it.
  func runMake(_ ready: [Vertex]) throws(RoundFailure) -> MakeReport {
    guard let cached = workshop.graph else { return MakeReport() }
    do throws(SystemError) { try prepare(ready, cached) } catch { throw .file(error) }
    var report = MakeReport()
    var waiting = ready
    var mode = SliceMode()
    for _ in 0..<Self.runLimit {
      let runs = try runSlices(of: waiting, cached, mode)
      if isParallel(mode), runs.contains(where: { $0.signal != nil }) {
        // Which recipe was it, and which had ended? All run once more, one at a time.
        mode.isSerial = true
        (waiting, report) = (ready, MakeReport())
        do throws(SystemError) {
          try restoreTargets(of: ready)
          try prepare(ready, cached)
        } catch { throw .file(error) }
        continue
      }
      for run in runs { report.add(run.report) }
      if let run = runs.first(where: { $0.signal != nil }) {
        note(killed: run, &report)
        waiting = unheard(of: waiting, report)
        if waiting.isEmpty { break }
        continue
      }
      let refused = runs.lazy.compactMap { run in MakeMessage.fatal(in: run.output).map { (run, $0) } }.first
      guard let (run, error) = refused else { break }
      waiting = unheard(of: waiting, report)
      if waiting.isEmpty { break }
      if let rule = culprit(error, run, among: waiting) {
        report.failures[graph.name(of: rule)] = fault(error, of: rule, run)
        waiting = unheard(of: waiting, report)
      } else if mode.isExplained {
        // A recipe may have printed what looks like the end of make.
        if report.ran.isEmpty { throw .unreadable(place: nil, message: error.message) }
        break
      } else {
        mode.isExplained = true
      }
    }
    return report
  }

  private func prepare(_ ready: [Vertex], _ cached: CachedGraph) throws(SystemError) {
    try prepareFolders(ready)
    try age(ready.filter { cached.writer.isDoubleColon(graph.name(of: $0)) })
    try root.write(HiddenFiles.newest, Content(""), .always)
    runNames = []
  }

  /// How often make is run for a wave. Rules that it did not come to by then have failed, and are tried again.
  private static let runLimit = 20

  /// What recipes have begun to write would be newer than all else.
  private func restoreTargets(of rules: [Vertex]) throws(SystemError) {
    for rule in rules.compactMap(graph.rule) where rule.output != nil {
      for target in [rule.target] + rule.alsoMakes { try restore(target) }
    }
  }

  /// Of a run that something killed: the recipe that ran has failed.
  private func note(killed run: SliceRun, _ report: inout MakeReport) {
    let traced = MakeMessage.lines(of: run.output).reversed().lazy.compactMap(MakeMessage.traced)
    guard let last = traced.compactMap(graph.vertex(of:)).first else { return }
    report.failures[graph.name(of: last)] = RuleFault(
      .failed, place: graph.rule(last)?.place,
      "make was killed by signal \(run.signal ?? 0) while it ran the recipe")
  }

  /// The rules that make would have run if it had not ended.
  private func unheard(of rules: [Vertex], _ report: MakeReport) -> [Vertex] {
    let failed = graph.vertices(of: report.failures.keys)
    let heard = report.ran.union(siblings(of: report.ran)).union(graph.reach(from: failed, graph.successors))
    return rules.filter { !heard.contains($0) && !failed.contains($0) && !hasEmptyRecipe($0) }
  }

  /// The rule whose recipe make was expanding: that with the line, or, where the line is that of a variable, the one
  /// that make turned to last.
  private func culprit(
    _ error: MakeMessage.Fatal, _ run: SliceRun, among waiting: [Vertex]
  ) -> Vertex? {
    let named = error.file == run.file ? recipe(at: error.line, run.slice)?.rule : nil
    let turnedTo = MakeMessage.lines(of: run.output).reversed().lazy.compactMap(MakeMessage.turnedTo).first
    guard let rule = named ?? turnedTo.flatMap(graph.vertex(of:)) else { return nil }
    return waiting.first { $0 == rule || siblings(of: [rule]).contains($0) }
  }

  /// The rule whose recipe has this line of the slice, and which of the recipe's lines it is.
  private func recipe(at line: Int, _ slice: Slice) -> (rule: Vertex, offset: Int)? {
    guard let (target, first) = slice.recipeLines.filter({ $1 <= line }).max(by: { $0.1 < $1.1 }),
      let vertex = graph.vertex(of: target), let text = graph.rule(vertex)?.goal?.recipe,
      line - first <= text.utf8.count(where: { $0 == UInt8(ascii: "\n") })
    else { return nil }
    return (vertex, line - first)
  }

  private func fault(_ error: MakeMessage.Fatal, of rule: Vertex, _ run: SliceRun) -> RuleFault {
    let place = graph.rule(rule)?.place
    let found = error.file == run.file ? recipe(at: error.line, run.slice) : nil
    return RuleFault(
      .failed,
      place: place.map { place in
        SourcePlace(file: place.file, line: place.line + (found?.rule == rule ? found?.offset ?? 0 : 0))
      }, "make cannot expand the recipe: \(error.message)")
  }

  /// Whether one of the rules needs a file that is absent.
  func needStandIns(_ ready: [Vertex]) -> Bool {
    ready.contains { rule in
      (graph.needs(of: rule) + graph.orders(of: rule)).contains { vertex in
        guard let reference = graph.input(vertex), reference.tag == nil else { return false }
        return root.digest(of: HiddenFiles.standIn(for: reference.path)) != nil
      }
    }
  }

  /// Lets make run those rules of double-colon targets whose prerequisites changed after the last run; all, where
  /// there is another reason to run. A run that left the target as it was counts too.
  private func age(_ rules: [Vertex]) throws(SystemError) {
    if rules.isEmpty { return }
    let state = ruleState
    for rule in rules {
      let isByTime = reasons[rule]?.allSatisfy { if case .changed = $0 { true } else { false } } ?? false
      let last = isByTime && !state.newer(rule).isEmpty ? ledger[rule: rule]?.stamp : nil
      try root.setStamp(of: graph.name(of: rule), last ?? .never)
    }
  }

  /// make itself was killed: it expands a recipe before it starts it.
  func unreadable(
    _ outcome: MakeOutcome, _ limits: MakeLimits, _ ready: [Vertex], _ report: MakeReport
  ) -> RoundFailure {
    let waiting = ready.filter { !report.ran.contains($0) }
    let names = waiting.prefix(3).map { "`\(HiddenSpace.shown(graph.name(of: $0)))`" }.joined(separator: ", ")
    let recipes = "\(names)\(waiting.count > 3 ? " or \(waiting.count - 3) others" : "")"
    let what =
      switch outcome.stop {
      case .grew:
        "make took more than \(limits.makeResidentLimitBytes >> 20) MiB of memory and was killed; the recipe that it expanded is that of \(recipes)"
      case .busy:
        "make took more than \(limits.expansion) of processor time for one text and was killed; the recipe that it expanded is that of \(recipes)"
      case .timedOut: "make ran for more than \(limits.run) and was killed"
      case .flooded: "make printed too much and was killed"
      case nil: "make was killed"
      }
    let printed = Excerpt.tail(of: outcome.output)
    return .unreadable(
      place: waiting.first.flatMap { graph.rule($0)?.place },
      message: printed.isEmpty ? what : "\(what): \(printed)")
  }

  /// Makes the folders that recipes write into.
  private func prepareFolders(_ ready: [Vertex]) throws(SystemError) {
    for entry in try scratch.list() { try scratch.removeTree(entry.name) }
    try root.directory.removeTree(HiddenSpace.assignments)
    for part in 0..<(ready.count < Self.partSize ? 1 : Self.partLimit) {
      try root.directory.remove(AssignmentRecord.file(part: part))
    }
    partCount = 1
    let phony = workshop.graph?.groups.values.filter { $0.recipe != nil }.map(\.target) ?? []
    // Nothing but make writes for a rule that only assigns.
    let rules = ready.compactMap(graph.rule).filter { !$0.onlyAssigns }
    for (target, others) in rules.map({ ($0.target, $0.alsoMakes) }) + phony.map({ ($0, []) }) {
      try root.makeFolder(for: target)
      for made in [target] + others {
        // A recipe left a folder there once, which no file can take the place of.
        if root.digest(of: made) == nil { _ = try root.directory.removeEmptyFolder(made) }
        try root.directory.makeFolders(HiddenSpace.assignmentFolder(of: made))
      }
    }
  }

  /// Reads what make said.
  func report(of outcome: MakeOutcome, _ slice: Slice, isExplained: Bool) -> MakeReport {
    var report = MakeReport()
    var current: String?
    var ran: [Vertex] = []
    for line in MakeMessage.lines(of: outcome.output) {
      if let target = MakeMessage.traced(line) {
        current = target
        if let rule = graph.vertex(of: target) { ran.append(rule) }
      } else if let failed = MakeMessage.failed(line) {
        report.failures[failed.target] = failure(failed, outcome, report.outputs[failed.target] ?? "", slice)
      } else if let (target, message) = MakeMessage.unmakeable(line) {
        report.failures[target] = RuleFault(.failed, message)
      } else if let current, !(isExplained && MakeMessage.isExplanation(line)) {
        report.outputs[current, default: ""] += line + "\n"
      }
    }
    report.ran = VertexSet(ran).filter(graph.isRule)
    for stopped in outcome.stopped {
      guard let target = stopped.target, report.failures[target] == nil else { continue }
      report.failures[target] = RuleFault(kind(stopped.reason), text(stopped.reason))
    }
    return report
  }

  private func failure(
    _ failed: MakeMessage.Failed, _ outcome: MakeOutcome, _ output: String, _ slice: Slice
  ) -> RuleFault {
    let reason = outcome.stopped.first { $0.target == failed.target }?.reason
    // 128 + SIGXFSZ is a shell's word for a program that wrote too large a file.
    let isFileFlood = failed.status.hasPrefix("File size limit") || failed.status == "Error 153"
    let status =
      reason.map(text)
      ?? (isFileFlood
        ? "the recipe wrote a file of more than \(settings.limits.fileLimitBytes) bytes and was killed"
        : "the recipe ended with `\(failed.status)`")
    let printed = Excerpt.tail(of: output)
    return RuleFault(
      reason.map(kind) ?? (isFileFlood ? .flooded : .failed), place: place(of: failed, slice),
      printed.isEmpty ? status : "\(status)\n\(printed)")
  }

  private func kind(_ reason: MakeOutcome.Stopped.Reason) -> RuleProblem.Kind {
    switch reason {
    case .timedOut, .busy: .timedOut
    case .flooded, .grew: .flooded
    }
  }

  private func text(_ reason: MakeOutcome.Stopped.Reason) -> String {
    switch reason {
    case .timedOut, .busy: "the recipe ran for more than \(settings.limits.recipe) and was killed"
    case .flooded: "the recipe printed more than \(settings.limits.outputLimitBytes) bytes and was killed"
    case .grew:
      "the recipe took more than \(settings.limits.recipeResidentLimitBytes >> 20) MiB of memory and was killed"
    }
  }

  /// The line of the policy for one of the slice: a recipe has the same lines in both.
  private func place(of failed: MakeMessage.Failed, _ slice: Slice) -> SourcePlace? {
    guard let rule = graph.rule(named: failed.target) else { return nil }
    let offset = failed.line - (slice.recipeLines[failed.target] ?? failed.line)
    return SourcePlace(file: rule.place.file, line: rule.place.line + max(0, offset))
  }
}
