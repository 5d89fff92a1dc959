import GroupProtocol
import Model
import Supervision

extension World {
  mutating func startAgent(_ agent: Int) throws {
    guard agents[agent].core == nil, !gone.contains(agent) else { return }
    agents[agent].record = planted(agents[agent].record, agent)
    let inputs = agents[agent].boot(seed: generator.next(), at: now)
    try observe(.agentRuns(agents[agent].name, true))
    for input in inputs { try tellAgent(agent, life: agents[agent].life, input) }
  }

  /// The agent dies; its processes and its disk stay.
  mutating func crashAgent(_ agent: Int) throws {
    guard agents[agent].core != nil else { return }
    let life = agents[agent].life
    agents[agent].crash()
    for stream in network.open.values where stream.agent == agent && stream.agentLife == life {
      breakStream(stream)
    }
    try observe(.agentRuns(agents[agent].name, false))
  }

  mutating func wake(_ agent: Int, life: Int) throws {
    agents[agent].plannedTimer = nil
    guard let deadline = agents[agent].core?.deadline, agents[agent].life == life else { return }
    if deadline <= now {
      try tellAgent(agent, life: life, .timer)
    } else {
      planTimer(agent)
    }
  }

  private mutating func planTimer(_ agent: Int) {
    guard let deadline = agents[agent].core?.deadline else { return }
    if let planned = agents[agent].plannedTimer, planned <= deadline { return }
    agents[agent].plannedTimer = deadline
    agenda.plan(.timer(agent, life: agents[agent].life), after: deadline - now)
  }

  mutating func tellAgent(_ agent: Int, life: Int, _ input: AgentInput) throws {
    guard agents[agent].life == life, var core = agents[agent].core else { return }
    if agents[agent].stillUntil > now {
      return agenda.plan(.toAgent(agent, life: life, input), after: agents[agent].stillUntil - now)
    }
    agents[agent].heard(input)
    let effects = core.step(agents[agent].asRead(input), at: now)
    agents[agent].core = core
    for effect in effects {
      guard agents[agent].life == life else { break }
      try perform(effect, agent)
    }
    planTimer(agent)
  }

  private mutating func perform(_ effect: AgentEffect, _ agent: Int) throws {
    let life = agents[agent].life
    switch effect {
    case .persist(let record):
      agents[agent].record = record
      agents[agent].lastStopped = record.stopped.last ?? agents[agent].lastStopped
    case .keepLocal(let record): agents[agent].local = record
    case .keepPolicy(let policy): agents[agent].localPolicy = policy
    case .runLocal(let request):
      let result = localRound(request, agent)
      agenda.plan(
        .toAgent(agent, life: life, .localRound(result)),
        after: generator.milliseconds(1...options.slowestRoundMilliseconds))
    case .connect(let link, _): connect(agent, link)
    case .send(let link, let messages): try send(messages, from: agent, link)
    case .disconnect(let link):
      if let stream = network.stream(agent: agent, life: life, link: link) { hangUp(stream) }
    case .deliver(let files):
      // The disk does one thing after the other.
      let done =
        max(agents[agent].diskIdleAt, now) + generator.milliseconds(0...options.slowestDiskMilliseconds)
      agents[agent].diskIdleAt = done
      agenda.plan(.writes(agent, life: life, files), after: done - now)
    case .watch(let processes):
      agents[agent].watched = processes.flatMap(\.files)
      for file in agents[agent].watched { see(agents[agent].files[file], file, agent) }
    case .start(let launch, let number): try start(launch, number: number, agent)
    case .signal, .look: break
    case .order(let name, let order): agents[agent].orders[name] = order
    case .isolation(let plan): agents[agent].plan = plan
    case .lease(let until):
      agents[agent].fenceAt = until
      if bug != .fenceIsForgotten { agenda.plan(.fence(agent, until: until), after: until - now) }
    case .signalSession(let name, let signal, let number):
      guard agents[agent].processes[name]?.starts == number else { break }
      agents[agent].processes[name]?.isStopping = true
      end(name, agent, after: signal == .kill ? .zero : generator.milliseconds(1...2000))
    case .forget(let name, let data, let kept):
      for file in agents[agent].files.keys
      where file.process == name && !kept.contains(file) && (data == .remove || file.name == TreePath.stateFile)
      {
        agents[agent].files[file] = nil
      }
      agents[agent].settled[name] = nil
    case .readLog: break
    case .note: note("\(agents[agent].name): \(effect)")
    case .exit(let exit):
      if case .refused(let reason) = exit {
        throw Violation(checker: "world", text: "\(agents[agent].name) was refused for good: \(reason)")
      }
      try crashAgent(agent)
      agenda.plan(.agentStarts(agent), after: generator.milliseconds(100...20_000))
    }
  }

  /// What was sent before goes out first.
  private mutating func hangUp(_ stream: Stream) {
    agenda.plan(.leaderHearsOfEnd(stream), after: generator.milliseconds(20...500))
  }

  /// The keeper of the agent, which may be dead, stops what runs only under a lease.
  mutating func fence(_ agent: Int, until: Instant) throws {
    guard agents[agent].fenceAt == until else { return }
    agents[agent].fenceAt = nil
    try tellAgent(agent, life: agents[agent].life, .fenced)
    for name in agents[agent].plan.stopped {
      agents[agent].stoppedAtFence.insert(name)
      agents[agent].processes[name]?.isStopping = true
      end(name, agent, after: min(agents[agent].plan.grace, generator.milliseconds(1...2000)))
    }
  }

  /// Files of a configuration reach the disk, or do not.
  mutating func write(_ files: [Configuration.File], agent: Int, life: Int) throws {
    guard agents[agent].life == life, agents[agent].core != nil else { return }
    if agents[agent].stillUntil > now {
      return agenda.plan(.writes(agent, life: life, files), after: agents[agent].stillUntil - now)
    }
    let isFull = !isCalm && generator.happens(perMille: options.failuresPerMille)
    if !isFull {
      for file in files {
        agents[agent].files[file.file] = file.content
        try observe(.agentWrote(agents[agent].name, planted(file, agent)))
      }
    }
    // Nothing is drawn in a world without such crashes.
    let crashes = options.agentCrashesPerMille
    if !isCalm, crashes > 0, generator.happens(perMille: crashes) {
      try crashAgent(agent)
      return agenda.plan(.agentStarts(agent), after: generator.milliseconds(10...5_000))
    }
    let results = files.map {
      DeliveryResult(file: $0.file, stamp: $0.stamp, problem: isFull ? "no space left on device" : nil)
    }
    agenda.plan(.toAgent(agent, life: life, .delivered(results)), after: generator.milliseconds(0...5))
  }

  private mutating func see(_ content: Content?, _ file: NodeFile, _ agent: Int) {
    agenda.plan(
      .toAgent(agent, life: agents[agent].life, .observed(file, content)), after: .zero)
  }

  private mutating func start(_ launch: Launch, number: UInt64, _ agent: Int) throws {
    let life = agents[agent].life
    let delay = generator.milliseconds(1...20)
    if !isCalm, generator.happens(perMille: options.failuresPerMille) {
      agenda.plan(.toAgent(agent, life: life, .notStarted(launch.name, "no such file")), after: delay)
      return
    }
    let process = AgentMachine.Process(
      pid: nextPID(), launch: launch.digest, starts: number, isFenced: launch.isFenced,
      readyAt: now + delay + .milliseconds(1))
    try begin(launch.name, process, agent)
    agenda.plan(.toAgent(agent, life: life, .started(launch.name, pid: process.pid)), after: delay)
  }

  private mutating func nextPID() -> Int32 {
    pids += 1
    return pids
  }

  private mutating func begin(
    _ name: ProcessName, _ process: AgentMachine.Process, _ agent: Int
  ) throws {
    agents[agent].processes[name] = process
    try observe(.processRuns(agents[agent].name, name, true))
    if let file = try? NodeFile(name, TreePath.stateFile) { change(file, agent) }
  }

  /// The application writes its state.
  mutating func change(_ file: NodeFile, _ agent: Int) {
    contents += 1
    let text = "rate=\(contents / 4) load=\(contents / 2) noise=\(contents)"
    change(file, agent, to: generator.happens(perMille: 30) ? nil : Content(text))
  }

  mutating func change(_ file: NodeFile, _ agent: Int, to content: Content?) {
    agents[agent].files[file] = content
    if agents[agent].watched.contains(file) { see(content, file, agent) }
  }

  /// A process will end.
  mutating func end(_ name: ProcessName, _ agent: Int, after delay: Duration) {
    guard let process = agents[agent].processes[name] else { return }
    agenda.plan(.processEnds(agent, name, pid: process.pid), after: max(delay, process.readyAt - now))
  }

  /// A process ends, with an exit code that no other end ever has: occurrences are told apart by it.
  mutating func processEnds(_ name: ProcessName, pid: Int32, agent: Int) throws {
    guard let process = agents[agent].processes[name], process.pid == pid else { return }
    agents[agent].processes[name] = nil
    try observe(.processRuns(agents[agent].name, name, false))
    exitCodes += 1
    let end = ProcessEnd.exited(code: exitCodes)
    let isRestarted = agents[agent].follows(
      name, process, after: end, at: now, forgetsFence: bug == .ordersOutliveFence)
    agents[agent].unheardEnds.append(.init(name: name, process: process, end: end, isRestarted: isRestarted))
    let life = agents[agent].life
    guard isRestarted else { return try tellAgent(agent, life: life, .ended(name, end)) }
    var next = process
    next.pid = nextPID()
    next.starts += 1
    next.isStopping = false
    next.readyAt = now + .milliseconds(1)
    try begin(name, next, agent)
    agenda.plan(
      .toAgent(agent, life: life, .restarted(name, end, pid: next.pid, at: now)),
      after: generator.milliseconds(0...5))
  }
}
