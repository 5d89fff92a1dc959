import Linux
import Model
import XML

extension RoundExecution {
  /// Asks make for the rules when something may have changed them.
  func refreshGraph() throws(RoundFailure) {
    let processes = processes
    let key = graphKey(processes)
    if let cachedGraph, cachedGraph.key == key { return }
    do throws(SystemError) {
      try root.write(HiddenFiles.membership, membership(processes), .never)
      let first = MakeDatabase(try database([]))
      let goals = policy.goals(first, request.members, processes)
      // An explicit rule's absent prerequisite must be there, or make gives the whole run up.
      let known = Set(goals)
      for name in goals.flatMap({ policy.prerequisites(of: $0, first) }) + first.files.flatMap({ $0.prerequisites }) {
        guard !known.contains(name), let path = try? TreePath(name), root.digest(of: name) == nil else { continue }
        try root.write(HiddenFiles.standIn(for: path), TagValues.none, .never)
      }
      let second = MakeDatabase(try database(goals))
      let presence = Presence(
        tree: tree, members: request.members,
        mentioned: goals.compactMap { try? TreePath($0) } + second.files.flatMap(\.prerequisites).compactMap { try? TreePath($0) })
      let graph = policy.graph(second, goals: goals, members: request.members, presence: presence)
      cachedGraph = CachedGraph(graph: graph, key: key)
      try forgetInputs()
    } catch { throw .file(error) }
    try removeOrphans()
  }

  /// The processes that each member is told to run.
  private var processes: [NodeName: [ProcessName]] {
    var processes: [NodeName: [ProcessName]] = [:]
    for member in request.members {
      let path = TreePath.nodeConfig(member)
      let names = TagValues.values(in: values.content(of: "process/@name", in: path, tree[path]?.content))
      processes[member] = Array(SortedSet(names.compactMap { try? ProcessName($0) }))
    }
    return processes
  }

  private func graphKey(_ processes: [NodeName: [ProcessName]]) -> Digest {
    var bytes = request.policy.bytes
    for member in request.members {
      bytes += Array("\(member) \(processes[member] ?? [])\n".utf8)
    }
    for (path, file) in tree.files {
      bytes += Array("\(path)\n".utf8)
      if policy.readsEverything { bytes += file.content.digest.bytes }
    }
    return Digest(of: bytes)
  }

  private func membership(_ processes: [NodeName: [ProcessName]]) -> Content {
    var text = "DMAKE_NODES := \(request.members.map(\.text).joined(separator: " "))\n"
    let pairs = request.members.flatMap { member in (processes[member] ?? []).map { "\(member)/\($0)" } }
    text += "DMAKE_PROCS := \(pairs.joined(separator: " "))\n"
    return Content(text)
  }

  private var arguments: [String] {
    [
      "-r", "-R", "-k", "--no-print-directory", "-I", policy.installation.path, "-f", HiddenFiles.membership,
      "-f", policy.installation.path + "/" + Bundle.policyFile, "-f", HiddenFiles.appendix,
    ]
  }

  private func database(_ goals: [String]) throws(SystemError) -> String {
    try root.write(
      HiddenFiles.appendix,
      Content("export DMAKE_TARGET = $@\nvpath % \(HiddenFiles.standIns)\n.DELETE_ON_ERROR:\n.SECONDARY:\n"), .never)
    let process = MakeProcess(
      program: settings.make, arguments: arguments + ["-pq"] + goals, environment: environment,
      folder: root.directory.path, limits: .database, confinedTo: scratch.path)
    do { return try process.run().output } catch { throw SystemError(error.errno, "run", error.program) }
  }

  private var environment: SortedMap<String, String> {
    [
      "PATH": "\(policy.installation.path):\(settings.searchPath)", "LC_ALL": "C.UTF-8", "HOME": scratch.path,
      "TMPDIR": scratch.path, "DMAKE_BUNDLE": policy.installation.path,
    ]
  }

  /// Runs make for a pass.
  func runMake(_ plan: PassPlan) throws(RoundFailure) -> MakeReport {
    let outcome: MakeOutcome
    do {
      for target in plan.forced {
        if graph.rules[target]?.prerequisites.isEmpty == false {
          try root.setStamp(of: target, .never)
        } else {
          try root.remove(target)
        }
      }
      for target in plan.goals { try root.makeFolder(for: target) }
      var environment = environment
      environment["DMAKE_RUN"] = "1"
      let process = MakeProcess(
        program: settings.make,
        arguments: arguments + ["--trace", "-j\(settings.limits.jobs)"]
          + graph.absentTargets.flatMap { ["-o", $0] } + plan.goals,
        environment: environment, folder: root.directory.path, limits: settings.limits,
        startOfRecipe: { MakeMessage.traced($0)?.target })
      outcome = try process.run()
    } catch let error as MakeProcessError {
      throw .make(error)
    } catch let error as SystemError {
      throw .file(error)
    } catch { throw .unreadable(place: nil, message: "\(error)") }
    return report(outcome)
  }

  private func report(_ outcome: MakeOutcome) -> MakeReport {
    var report = MakeReport()
    var current: String?
    for line in outcome.output.split(separator: "\n") {
      if let traced = MakeMessage.traced(line) {
        current = traced.target
        report.reasons[traced.target] = traced.reason
        report.outputs[traced.target] = ""
      } else if let failed = MakeMessage.failed(line) {
        let stopped = outcome.stopped.first { $0.target == failed.target }
        let kind: RuleProblem.Kind =
          switch stopped?.reason {
          case .timedOut: .timedOut
          case .flooded: .flooded
          case nil: .failed
          }
        report.failures[failed.target] = MakeReport.Failure(
          kind: kind, place: SourcePlace(file: policy.place(failed.file), line: failed.line),
          message: "\(failed.status)\n\(report.outputs[failed.target] ?? "")")
      } else if let current {
        report.outputs[current, default: ""] += line + "\n"
      }
    }
    return report
  }

  func readAssignments(
    of ran: SortedSet<String>, _ report: MakeReport
  ) throws(SystemError) -> SortedMap<String, AssignedValues> { [:] }
}

enum MakeMessage {
  static func traced(_ line: Substring) -> (target: String, reason: String)? {
    guard line.contains(": update target '") || line.contains(": target '") else { return nil }
    let parts = line.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    return (String(parts[1]), String(parts[2].drop { $0 == " " }))
  }

  static func failed(_ line: Substring) -> (file: String, line: Int, target: String, status: String)? {
    guard line.hasPrefix("make: *** ["), let end = line.firstIndex(of: "]") else { return nil }
    let inner = line[..<end].dropFirst("make: *** [".count).split(separator: ":", maxSplits: 2)
    guard inner.count == 3, let number = Int(inner[1]) else { return nil }
    return (
      String(inner[0]), number, String(inner[2].drop { $0 == " " }),
      String(line[line.index(after: end)...].drop { $0 == " " })
    )
  }
}
