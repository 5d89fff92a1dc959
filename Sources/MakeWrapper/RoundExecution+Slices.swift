import DMakefile
import Glibc
import Linux
import Model

/// A run of make over a slice.
struct SliceRun {
  let slice: Slice
  /// Where make read it, below ROOT.
  let file: String
  let output: String
  /// The signal by which something else than our limits ended make; nil where it ended by itself.
  let signal: Int32?
  let report: MakeReport
}

/// How make runs for a wave, once it has ended before its time.
struct SliceMode {
  /// Whether make says of each rule that it turns to it.
  var isExplained = false
  /// Whether one recipe runs at a time, so that it is known which one ended make.
  var isSerial = false
}

extension RoundExecution {
  /// How many runs of make may expand the recipes of one wave, side by side.
  static let partLimit = 4
  /// How many rules make two runs worth their cost.
  static let partSize = 500

  /// Runs make for the rules, side by side over several slices where there are many and make does all by itself.
  func runSlices(
    of rules: [Vertex], _ cached: CachedGraph, _ mode: SliceMode
  ) throws(RoundFailure) -> [SliceRun] {
    let parts = mode.isExplained || mode.isSerial ? [rules] : parts(of: rules, cached)
    partCount = max(partCount, parts.count)
    runNames.append(
      (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 16) }.joined(separator: "-"))
    let slices = slices(of: parts, cached)
    do throws(SystemError) {
      for (part, slice) in slices.enumerated() {
        try root.write(HiddenFiles.slice(part: part), Content(slice.bytes), .never)
      }
      root.settle()
    } catch { throw .file(error) }
    let processes = slices.enumerated().map { process(part: $0, $1, mode) }
    let outcomes = Lanes.map(processes) { process in
      Result { () throws(MakeProcessError) in try process.run() }
    }
    var runs: [SliceRun] = []
    for (part, outcome) in outcomes.enumerated() {
      let ended: MakeOutcome
      do throws(MakeProcessError) { ended = try outcome.get() } catch { throw .make(error) }
      let report = report(of: ended, slices[part], isExplained: mode.isExplained)
      // Of several recipes that run at once make prints nothing before they end.
      let isKnown = !report.ran.isEmpty || isParallel(mode)
      let isKilled = (ended.exitCode < 0 && isKnown || Self.lostChildren(ended)) && !ended.isStopped
      if ended.exitCode < 0 && !isKilled && report.failures.isEmpty {
        throw unreadable(ended, processes[part].limits, parts[part], report)
      }
      runs.append(
        SliceRun(
          slice: slices[part], file: HiddenFiles.slice(part: part), output: ended.output,
          signal: isKilled ? ended.signal : nil, report: report))
    }
    return runs
  }

  private func slices(of parts: [[Vertex]], _ cached: CachedGraph) -> [Slice] {
    let (writer, groups) = (cached.writer, cached.groups)
    let inputs = parts.map { part in
      let goals = part.compactMap { graph.rule($0)?.goal }
      return (goals: goals, standIns: needStandIns(part) ? HiddenFiles.standIns : nil)
    }
    return Lanes.map(inputs) { input in
      writer.slice(of: input.goals, newest: HiddenFiles.newest, standIns: input.standIns) { groups[$0] }
    }
  }

  /// The rules in parts that several runs of make can make at once: none is to wait for another, and no program runs,
  /// of which there are to be no more at a time than the limits say.
  private func parts(of rules: [Vertex], _ cached: CachedGraph) -> [[Vertex]] {
    let processors = sysconf(Int32(_SC_NPROCESSORS_ONLN))
    let count = min(rules.count / Self.partSize, processors, Self.partLimit)
    guard count > 1, cached.groups.isEmpty, isMakeAlone(in: rules) else { return [rules] }
    let set = VertexSet(rules)
    guard rules.allSatisfy({ !graph.successors(of: $0).contains(where: set.contains) }) else { return [rules] }
    return (0..<count).map { part in
      Array(rules[(part * rules.count / count)..<((part + 1) * rules.count / count)])
    }
  }

  /// Whether a signal met make while it waited for several recipes, which it then has killed.
  private static func lostChildren(_ ended: MakeOutcome) -> Bool {
    ended.exitCode > 0 && MakeMessage.fatal(in: ended.output)?.message.hasPrefix("wait: ") == true
  }

  /// Whether recipes run side by side.
  func isParallel(_ mode: SliceMode) -> Bool { settings.limits.jobs > 1 && !mode.isSerial }

  private func process(part: Int, _ slice: Slice, _ mode: SliceMode) -> MakeProcess {
    let jobs = mode.isSerial ? 1 : settings.limits.jobs
    var environment = environment
    environment["DMAKE_RUN"] = runNames.last
    environment["DMAKE_PART"] = AssignmentRecord.suffix(part: part)
    return MakeProcess(
      program: settings.make,
      arguments: ["-r", "-R", "-k", "--no-print-directory", "--trace", "-j\(jobs)"]
        + (jobs > 1 ? ["-Otarget"] : []) + (mode.isExplained ? ["--debug=b"] : [])
        + ["-f", HiddenFiles.slice(part: part), HiddenSpace.goal],
      environment: environment, folder: root.directory.path,
      limits: settings.limits.expanding(slice.bytes.count), startOfRecipe: MakeMessage.traced)
  }
}
