import Model
import Supervision

extension AgentCore {
  /// Puts a configuration in force.
  mutating func configure(_ new: NodeConfiguration, at now: Instant) -> [AgentEffect] {
    noteLeaving(from: configuration, to: new)
    configuration = new
    switch mode {
    case .working: break
    case .starting, .stopping, .parting, .ended: return []
    }
    var effects = watch(new) + planIsolation(new)
    for name in machines.keys where !new.processes.contains(name) {
      effects += drive(name, .unwanted, at: now)
    }
    // One that stopped when no agent ran.
    for name in record.leaving.keys where !knows(name) { effects.append(forget(name)) }
    for process in new.processes.values { effects += want(process, new, at: now) }
    return effects
  }

  /// What becomes of the data of processes that leave, for whichever agent sees the end of them.
  mutating func noteLeaving(from old: NodeConfiguration?, to new: NodeConfiguration) {
    var leaving = record.leaving.filter { name, _ in !new.processes.contains(name) }
    for (name, process) in old?.processes ?? [:] where !new.processes.contains(name) {
      leaving[name] = process.data
    }
    guard leaving != record.leaving else { return }
    record.leaving = leaving
    isRecordChanged = true
  }

  /// That it was forgotten goes to the disk with what comes next: to do it again does no harm.
  private mutating func forget(_ name: ProcessName) -> AgentEffect {
    let data = record.leaving[name] ?? .keep
    record.leaving[name] = nil
    var kept = SortedSet(files.filter { $0.process == name && $1.content != nil }.keys)
    // The driver may have written these already.
    kept.formUnion(pending.filter { $0.process == name && $1.last?.content != nil }.keys)
    return .forget(name, data, keeping: kept.elements)
  }

  mutating func watch(_ configuration: NodeConfiguration) -> [AgentEffect] {
    let wanted = configuration.processes.map { name, process in
      let files = process.watchedFiles.compactMap { try? NodeFile(name, $0) }
      return WatchedProcess(name: name, files: files, refresh: process.refresh)
    }
    guard wanted != watched || !unseen.isEmpty else { return [] }
    watched = wanted
    var kept = SortedSet(wanted.flatMap(\.files))
    kept.formUnion(
      configuration.processes.filter { $1.health.areReported }.keys.compactMap {
        try? NodeFile($0, TreePath.healthFile)
      })
    var effects: [AgentEffect] = [.watch(wanted)]
    for file in observed.keys + unseen.elements
    where file.process != nil && !kept.contains(file) && !isLocal(file) {
      observed[file] = nil
      local.news.insert(file)
      unseen.remove(file)
      effects += reportState(file, nil)
    }
    return effects
  }

  /// Feeds one process's machine and turns what it wants into the agent's effects.
  mutating func drive(
    _ name: ProcessName, _ input: ProcessMachine.Input, at now: Instant
  ) -> [AgentEffect] {
    let before = machines[name]?.phase
    let hasteBefore = machines[name]?.haste.lastCount ?? 0
    // Where no process runs any more its keeper has no order.
    let orderBefore = input.isEnd ? nil : machines[name]?.standingOrder
    var machine = machines[name] ?? newMachine(name, at: now)
    let wanted = machine.step(input, at: now)
    set(machine, of: name)
    noteAccount(of: name, machine.account)
    if before != machine.phase { areProcessesNews = true }
    var effects = hasteNotes(name, machine.haste.lastCount, before: hasteBefore)
    for effect in wanted {
      switch effect {
      case .start(let launch, let number): effects.append(.start(launch, number: number))
      case .signal(let signal): effects.append(.signal(name, signal, number: machine.starts))
      case .signalSession(let signal): effects.append(.signalSession(name, signal, number: machine.starts))
      case .look(let request):
        if let launch = machine.currentLaunch { effects.append(.look(launch, number: machine.starts, request)) }
      case .ended(let end):
        effects.append(note(.info, "a process ended", ["process": name.text, "end": end.description]))
        effects += report(.stopped(name, end, wall(at: now)))
      case .stopped(let end):
        effects.append(note(.info, "a process was stopped", ["process": name.text, "end": end.description]))
      }
    }
    // Behind a start, but before the signal that is to end it.
    let order = machine.standingOrder
    if order != orderBefore { effects.insert(.order(name, order), at: order == nil ? 0 : effects.endIndex) }
    effects += reportHealth(of: name, machine.healthReport)
    let isConfigured = configuration?.processes.contains(name) ?? true
    let isForgotten = mode == .working && !isConfigured && !machine.isWanted && !machine.isAlive
    if isForgotten {
      remember(machine.haste, of: name, at: now)
      set(nil, of: name)
      noteAccount(of: name, nil)
      effects.append(forget(name))
    }
    return effects
  }

  /// What only people look at goes to the disk with what comes next.
  private mutating func noteAccount(of name: ProcessName, _ account: ProcessAccount?) {
    let known = record.accounts[name]
    record.accounts[name] = account.flatMap { $0.isPlain ? nil : $0 }
    if (account ?? ProcessAccount()).decides(otherwiseThan: known) { isRecordChanged = true }
  }

  /// Policies read it as a file of the process, although the node has no such file.
  private mutating func reportHealth(of name: ProcessName, _ report: Content?) -> [AgentEffect] {
    guard let file = try? NodeFile(name, TreePath.healthFile), observed[file] != report else { return [] }
    return observe(file, report)
  }

  mutating func stop(at now: Instant) -> [AgentEffect] {
    switch mode {
    case .starting, .working: break
    case .stopping, .parting, .ended: return []
    }
    let grace = machines.values.compactMap { $0.configuration?.stopGrace }.max() ?? .seconds(10)
    mode = .stopping(limit: now + grace + Self.abandonLimit)
    var effects = [note(.info, "the agent stops its processes")]
    let order = configuration?.order ?? []
    let others = machines.keys.filter { !order.contains($0) }
    for name in others + order.reversed() where machines[name] != nil {
      effects += drive(name, .held(grace: nil), at: now)
    }
    return effects
  }

  /// The steps of stopping: processes, then acknowledgements, then goodbye.
  mutating func progress(at now: Instant) -> [AgentEffect] {
    if case .stopping(let limit) = mode {
      let alive = machines.filter { $1.isAlive }.keys
      if alive.isEmpty {
        mode = .parting(limit: now + Self.farewellLimit)
      } else if limit <= now {
        return finish(.abandoned(alive))
      }
    }
    guard case .parting(let limit) = mode else { return [] }
    guard link.welcomed == nil || outbox.isEmpty || limit <= now else { return [] }
    return finish(.stopped)
  }

  mutating func finish(_ exit: AgentExit) -> [AgentEffect] {
    mode = .ended
    var effects: [AgentEffect] = []
    if exit == .stopped {
      record.hasLeft = true
      isRecordChanged = true
      if let id = link.welcomed { effects.append(.send(id, [.goodbye])) }
    }
    if let id = link.id { effects.append(.disconnect(id)) }
    return effects + [.exit(exit)]
  }

  /// Processes of one agent have different chances (FNV-1a).
  static func seed(of name: ProcessName) -> UInt64 {
    name.text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
  }

  private func detail(of name: ProcessName, _ machine: ProcessMachine) -> String {
    let parts = [
      machine.lastEnd?.description, machine.lookProblem.map { "nobody can look at it: \($0)" },
      planProblems.processes[name],
    ]
    return parts.compactMap { $0 }.joined(separator: "; ")
  }

  /// A look at a process has come to something.
  mutating func see(_ name: ProcessName, _ input: ProcessMachine.Input, at now: Instant) -> [AgentEffect] {
    let before = machines[name]?.lookProblem
    let effects = drive(name, input, at: now)
    guard let after = machines[name]?.lookProblem, after != before else {
      if before != nil, machines[name]?.lookProblem == nil { areProcessesNews = true }
      return effects
    }
    areProcessesNews = true
    return effects + [
      note(.warning, "nobody can look at a process", ["process": name.text, "reason": after])
    ]
  }

  func processReports(at now: Instant) -> [ProcessReport] {
    machines.map { name, machine in
      ProcessReport(
        name: name, phase: machine.phase.report, pid: machine.pid, starts: machine.starts,
        since: wall(at: machine.since), detail: detail(of: name, machine),
        hastyStarts: machine.haste.lastCount)
    }
  }
}

extension ProcessMachine.Input {
  fileprivate var isEnd: Bool {
    switch self {
    case .ended, .restarted, .notStarted, .refused: true
    default: false
    }
  }
}

extension ProcessMachine.Phase {
  var report: ProcessReport.Phase {
    switch self {
    case .stopped: .stopped
    case .failed: .failed
    case .starting: .starting
    case .running: .running
    case .ready: .ready
    case .backOff: .backOff
    case .stopping: .stopping
    }
  }
}
