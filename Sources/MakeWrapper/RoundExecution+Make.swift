import DMakefile
import Linux
import Model

extension RoundExecution {
  /// Runs make for a pass.
  func runMake(_ plan: PassPlan) throws(RoundFailure) -> MakeReport {
    do throws(SystemError) { try prepareFolders(plan) } catch { throw .file(error) }
    try writeAppendix(forcing: plan.forced)
    var environment = environment
    environment["DMAKE_RUN"] = "1"
    let process = MakeProcess(
      program: settings.make,
      arguments: policy.arguments + ["--trace", "-j\(settings.limits.jobs)"]
        + (settings.limits.jobs > 1 ? ["-Otarget"] : []) + graph.absentTargets.flatMap { ["-o", $0] }
        + plan.goals,
      environment: environment, folder: root.directory.path, limits: settings.limits,
      startOfRecipe: { MakeMessage.traced($0)?.target })
    let outcome: MakeOutcome
    do throws(MakeProcessError) { outcome = try process.run() } catch { throw .make(error) }
    if let error = MakeMessage.fatal(in: outcome.output) {
      throw .unreadable(place: error.file.map { policy.place($0, error.line) }, message: error.message)
    }
    let report = report(of: outcome)
    if outcome.exitCode < 0 && report.failures.isEmpty {
      throw .unreadable(
        place: nil, message: "make was killed by its limits: \(Excerpt.tail(of: outcome.output))")
    }
    return report
  }

  /// Makes the folders that recipes write into, and old what must be made although no time stamp says so.
  private func prepareFolders(_ plan: PassPlan) throws(SystemError) {
    for target in plan.forced { try root.setStamp(of: target, .never) }
    for entry in try scratch.list() { try scratch.removeTree(entry.name) }
    try root.directory.removeTree(HiddenSpace.assignments)
    for target in plan.goals {
      try root.makeFolder(for: target)
      for made in [target] + (graph.rules[target]?.alsoMakes ?? []) {
        try root.directory.makeFolders(HiddenSpace.assignmentFolder(of: made))
      }
    }
  }

  /// Reads what make said.
  private func report(of outcome: MakeOutcome) -> MakeReport {
    var report = MakeReport()
    var current: String?
    for line in outcome.output.split(separator: "\n") {
      if let traced = MakeMessage.traced(line) {
        current = traced.target
        report.reasons[traced.target] = reason(traced.reason)
        report.outputs[traced.target] = ""
      } else if let failed = MakeMessage.failed(line) {
        report.failures[failed.target] = failure(failed, outcome, report.outputs[failed.target] ?? "")
      } else if let (target, message) = MakeMessage.unmakeable(line) {
        report.failures[target] = MakeReport.Failure(kind: .failed, place: nil, message: message)
      } else if let current {
        report.outputs[current, default: ""] += line + "\n"
      }
    }
    for stopped in outcome.stopped {
      guard let target = stopped.target, report.failures[target] == nil else { continue }
      report.failures[target] = MakeReport.Failure(
        kind: kind(stopped.reason), place: nil, message: text(stopped.reason))
    }
    return report
  }

  private func failure(
    _ failed: MakeMessage.Failed, _ outcome: MakeOutcome, _ output: String
  ) -> MakeReport.Failure {
    let reason = outcome.stopped.first { $0.target == failed.target }?.reason
    // 128 + SIGXFSZ is a shell's word for a program that wrote too large a file.
    let isFileFlood = failed.status.hasPrefix("File size limit") || failed.status == "Error 153"
    let status =
      reason.map(text)
      ?? (isFileFlood
        ? "the recipe wrote a file of more than \(settings.limits.fileLimitBytes) bytes and was killed"
        : "the recipe ended with `\(failed.status)`")
    let printed = Excerpt.tail(of: output)
    return MakeReport.Failure(
      kind: reason.map(kind) ?? (isFileFlood ? .flooded : .failed),
      place: policy.place(failed.file, failed.line),
      message: printed.isEmpty ? status : "\(status)\n\(printed)")
  }

  private func kind(_ reason: MakeOutcome.Stopped.Reason) -> RuleProblem.Kind {
    switch reason {
    case .timedOut: .timedOut
    case .flooded: .flooded
    }
  }

  private func text(_ reason: MakeOutcome.Stopped.Reason) -> String {
    switch reason {
    case .timedOut: "the recipe ran for more than \(settings.limits.recipe) and was killed"
    case .flooded: "the recipe printed more than \(settings.limits.outputLimitBytes) bytes and was killed"
    }
  }

  /// make's words with the names that people know.
  private func reason(_ text: String) -> String {
    text.split(separator: " ").map { word in
      HiddenSpace.shown(HiddenFiles.withoutStandIn(String(word)))
    }.joined(separator: " ")
  }
}
