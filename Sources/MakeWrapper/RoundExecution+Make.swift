import DMakefile
import Linux
import Model

extension RoundExecution {
  /// Runs make for a wave, over a slice with these rules alone.
  func runMake(_ ready: [Vertex]) throws(RoundFailure) -> MakeReport {
    guard let cached = workshop.graph else { return MakeReport() }
    let slice = cached.writer.slice(
      of: ready.compactMap { graph.rule($0)?.goal }, newest: HiddenFiles.newest,
      standIns: needStandIns(ready) ? HiddenFiles.standIns : nil,
      group: { cached.groups[$0] })
    do throws(SystemError) {
      try prepareFolders(ready)
      try age(ready.filter { cached.writer.isDoubleColon(graph.name(of: $0)) })
      try root.write(HiddenFiles.newest, Content(""), .always)
      try root.write(HiddenFiles.slice, Content(slice.bytes), .never)
      root.settle()
    } catch { throw .file(error) }
    var environment = environment
    runName = (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 16) }.joined(separator: "-")
    environment["DMAKE_RUN"] = runName
    let limits = settings.limits.expanding(slice.bytes.count)
    let process = MakeProcess(
      program: settings.make,
      arguments: ["-r", "-R", "-k", "--no-print-directory", "--trace", "-j\(settings.limits.jobs)"]
        + (settings.limits.jobs > 1 ? ["-Otarget"] : []) + ["-f", HiddenFiles.slice, HiddenSpace.goal],
      environment: environment, folder: root.directory.path, limits: limits,
      startOfRecipe: MakeMessage.traced)
    let outcome: MakeOutcome
    do throws(MakeProcessError) { outcome = try process.run() } catch { throw .make(error) }
    if let error = MakeMessage.fatal(in: outcome.output) { throw unreadable(error, slice) }
    let report = report(of: outcome, slice)
    if outcome.exitCode < 0 && report.failures.isEmpty { throw unreadable(outcome, limits, ready, report) }
    return report
  }

  /// Whether one of the rules needs a file that is absent.
  private func needStandIns(_ ready: [Vertex]) -> Bool {
    ready.contains { rule in
      (graph.needs(of: rule) + graph.orders(of: rule)).contains { vertex in
        guard let reference = graph.input(vertex), reference.tag == nil else { return false }
        return root.digest(of: HiddenFiles.standIn(for: reference.path)) != nil
      }
    }
  }

  /// Lets make run all rules of double-colon targets that have another reason to run than a changed prerequisite.
  private func age(_ rules: [Vertex]) throws(SystemError) {
    if rules.isEmpty { return }
    let state = ruleState
    for rule in rules {
      let isByTime = reasons[rule]?.allSatisfy { if case .changed = $0 { true } else { false } } ?? false
      if !isByTime || state.newer(rule).isEmpty { try root.setStamp(of: graph.name(of: rule), .never) }
    }
  }

  /// make gave up: it stops at once where it cannot expand a recipe, and names the line of the slice.
  private func unreadable(_ error: MakeMessage.Fatal, _ slice: Slice) -> RoundFailure {
    let before = slice.recipeLines.filter { $1 <= error.line }.max { $0.1 < $1.1 }
    guard error.file != nil, let (target, first) = before, let rule = graph.rule(named: target) else {
      return .unreadable(place: nil, message: error.message)
    }
    return .unreadable(
      place: SourcePlace(file: rule.place.file, line: rule.place.line + error.line - first),
      message: "make cannot expand the recipe of `\(HiddenSpace.shown(target))`: \(error.message)")
  }

  /// make itself was killed: it expands a recipe before it starts it.
  private func unreadable(
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
    try root.directory.remove(HiddenSpace.assigned)
    let phony = workshop.graph?.groups.values.filter { $0.recipe != nil }.map(\.target) ?? []
    // Nothing but make writes for a rule that only assigns.
    let rules = ready.compactMap(graph.rule).filter { !$0.onlyAssigns }
    for (target, others) in rules.map({ ($0.target, $0.alsoMakes) }) + phony.map({ ($0, []) }) {
      try root.makeFolder(for: target)
      for made in [target] + others {
        try root.directory.makeFolders(HiddenSpace.assignmentFolder(of: made))
      }
    }
  }

  /// Reads what make said.
  private func report(of outcome: MakeOutcome, _ slice: Slice) -> MakeReport {
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
      } else if let current {
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
