import GroupProtocol
import Model
import ProcessPromises
import Supervision

/// A machine with one agent's core, a keeper that does what its agent asks at once, one process that notes what it sees,
/// and a leader that says what the policy gives, all in virtual time.
struct PromisedNode {
  struct Running {
    let number: UInt64
    let launch: Digest
    let since: Instant
    let isBound: Bool
    var isStopping = false
  }

  private static let name = try? ProcessName("web")
  private static let file = try? NodeFile("web/config.xml")

  let process: ProcessPromises.Process
  private var core: AgentCore?
  private var record: AgentRecord
  private var disk = SortedMap<NodeFile, Content>()
  private var boot = 1
  private var now = Instant.zero
  private var life: UInt64 = 0

  /// What the keeper has.
  private(set) var running: Running?
  private var ended: (last: Running, end: ProcessEnd, isSettled: Bool)?
  private var isKeeperUp = true
  private var order: StandingOrder?
  private var plan = IsolationPlan()
  private var leaseUntil: Instant?

  private var isLeaderUp = true
  private var link: LinkID?
  private var wanted = (generation: 1, version: 1)
  private var stamp: UInt64 = 1
  private var stamps = SortedMap<NodeFile, UInt64>()

  private(set) var seen = (generation: 0, version: 0)
  private(set) var starts = 0

  init(_ process: ProcessPromises.Process) throws {
    self.process = process
    record = AgentRecord(node: try NodeName("n1"), instance: "i1")
    startAgent()
    pass(.seconds(20))
  }

  mutating func undergo(_ happening: ProcessPromises.Happening) {
    switch happening {
    case .exits(let code): end(.exited(code: Int32(code)))
    case .isKilled: end(.signalled(9))
    case .agentStops:
      step(.stop)
      if core != nil { pass(.seconds(60)) }
    case .agentLeaves: step(.leave)
    case .agentDies: loseAgent()
    case .agentStarts: startAgent()
    case .keeperDies: killKeeper()
    case .machineStops: stopMachine()
    case .leaderDies:
      isLeaderUp = false
      if let link { step(.closed(link, reason: "it died")) }
    case .leaderStarts: isLeaderUp = true
    case .fencePasses: pass(.seconds(30))
    case .generationChanges: change { $0.generation += 1 }
    case .fileChanges: change { $0.version += 1 }
    case .fileChangesTwice:
      change { $0.version += 1 }
      change { $0.version += 1 }
      return
    }
    let mayBeFenced = process.stopsInIsolation && running != nil && (core == nil || !isLeaderUp)
    pass(mayBeFenced ? .seconds(1) : .seconds(20))
  }

  private mutating func change(_ edit: (inout (generation: Int, version: Int)) -> Void) {
    edit(&wanted)
    stamp += 1
    if let link { tell(link) }
  }

  // MARK: - The agent

  private mutating func startAgent() {
    isKeeperUp = true
    life += 1
    link = nil
    var boot = AgentBoot(
      record: record, holdings: disk,
      clock: ClockReading(boot: "b\(boot)", wall: WallTime(milliseconds: now.sinceStart.milliseconds), at: now))
    boot.processes = kept
    boot.leaseUntil = leaseUntil
    let decode = Self.decode(process)
    core = AgentCore(
      settings: AgentCoreSettings(leaders: ["leader"], version: "1", seed: life), boot: boot, decode: decode,
      valuesDigest: { content, _ in content.digest }, restDigest: { content, _ in content.digest })
    ended?.isSettled = true
    step(.start)
  }

  private var kept: [KeptProcess] {
    guard let name = Self.name else { return [] }
    if let running {
      return [
        KeptProcess(
          name: name, launch: running.launch, number: running.number, state: .running(pid: 1),
          since: running.since)
      ]
    }
    return ended.map { last, end, isSettled in
      [
        KeptProcess(
          name: name, launch: last.launch, number: last.number, state: isSettled ? .settled(end) : .ended(end),
          wasStopped: last.isStopping)
      ]
    } ?? []
  }

  private mutating func step(_ input: AgentInput) {
    guard let effects = core?.step(input, at: now) else { return }
    for effect in effects { perform(effect) }
  }

  private mutating func perform(_ effect: AgentEffect) {
    switch effect {
    case .persist(let new): record = new
    case .connect(let id, _):
      link = id
      if isLeaderUp { step(.opened(id)) } else { step(.closed(id, reason: "nobody answers")) }
    case .send(let id, let messages): if isLeaderUp { hear(messages, from: id) }
    case .deliver(let files):
      for file in files { disk[file.file] = file.content }
      step(.delivered(files.map { DeliveryResult(file: $0.file, stamp: $0.stamp) }))
    case .start(let launch, let number): start(launch, number)
    case .order(_, let new): order = running == nil ? nil : new
    case .signal(_, _, let number): if running?.number == number { seen.version = version }
    case .signalSession(_, _, let number):
      guard running?.number == number else { return }
      running?.isStopping = true
      end(.exited(code: 0))
    case .isolation(let new): plan = new
    case .lease(let until): leaseUntil = until
    case .exit: loseAgent()
    default: break
    }
  }

  private mutating func loseAgent() {
    core = nil
    order = nil
    link = nil
    if process.stopsWithAgent, running != nil {
      running?.isStopping = true
      end(.exited(code: 0))
    }
  }

  /// Time goes by from one deadline to the next, the keeper's among them.
  private mutating func pass(_ duration: Duration) {
    let limit = now + duration
    while true {
      let due = [core?.deadline, leaseUntil].compactMap { $0 }.min() ?? limit
      guard due <= limit else { break }
      now = max(now, due)
      if let until = leaseUntil, until <= now { fence() }
      step(.timer)
      if core == nil, leaseUntil == nil { break }
    }
    now = limit
  }

  // MARK: - The keeper and the machine

  private var version: Int {
    Self.file.flatMap { disk[$0] }.flatMap { Int($0.text) } ?? 0
  }

  private var generationOnDisk: Int { disk[.config].flatMap { Int($0.text) } ?? 0 }

  private mutating func start(_ launch: Launch, _ number: UInt64) {
    running = Running(
      number: number, launch: launch.digest, since: now,
      isBound: process.stopsWithAgent || process.stopsInIsolation)
    ended = nil
    starts += 1
    seen = (Int(launch.generation) ?? 0, version)
    step(.started(launch.name, pid: 1))
  }

  private mutating func end(_ end: ProcessEnd) {
    guard let last = running, let name = Self.name else { return }
    running = nil
    // Whoever is no parent does not see how it ended.
    let end = isKeeperUp ? end : .unknown
    ended = (last, end, core != nil)
    let mayRun = !plan.stopped.contains(name) || leaseUntil.map { $0 > now } ?? false
    if let order, core != nil, mayRun, !last.isStopping, order.number == last.number + 1,
      order.holds(after: end, at: now)
    {
      self.order = nil
      running = Running(number: order.number, launch: last.launch, since: now, isBound: last.isBound)
      ended = nil
      starts += 1
      seen.version = version
      return step(.restarted(name, end, pid: 1, at: now))
    }
    order = nil
    step(.ended(name, end, wasStopped: last.isStopping))
  }

  private mutating func fence() {
    leaseUntil = nil
    step(.fenced)
    guard let name = Self.name, plan.stopped.contains(name), running != nil else { return }
    running?.isStopping = true
    end(.exited(code: 0))
  }

  private mutating func killKeeper() {
    isKeeperUp = core != nil
    leaseUntil = core == nil ? nil : leaseUntil
    order = nil
    guard running?.isBound == true else { return }
    running?.isStopping = true
    end(.unknown)
  }

  private mutating func stopMachine() {
    core = nil
    link = nil
    order = nil
    leaseUntil = nil
    if let last = running {
      running = nil
      ended = (last, .unknown, false)
      ended?.last.isStopping = true
    }
    boot += 1
    now = .zero + .seconds(5)
  }

  // MARK: - The leader

  private mutating func hear(_ messages: [AgentMessage], from id: LinkID) {
    for message in messages where isLeaderUp {
      switch message {
      case .hello:
        let welcome = Welcome(
          epoch: 1, acknowledged: record.sequenceLimit - 1, resend: false, holdings: false, timing: .standard,
          isSettled: isCurrent)
        step(.received(id, [.welcome(welcome)]))
        tell(id)
      case .report(let report): step(.received(id, [.acknowledged(sequence: report.sequence)]))
      case .heartbeat(let number): step(.received(id, [.answered(heartbeat: number, isSettled: isCurrent)]))
      case .applied: if isCurrent { step(.received(id, [.answered(heartbeat: 0, isSettled: true)])) }
      default: break
      }
    }
  }

  private var isCurrent: Bool { generationOnDisk == wanted.generation && version == wanted.version }

  private mutating func tell(_ id: LinkID) {
    guard isLeaderUp, !isCurrent, let file = Self.file else { return }
    let all = [(file, "\(wanted.version)"), (NodeFile.config, "\(wanted.generation)")]
    let files = all.filter { disk[$0.0]?.text != $0.1 }.map {
      Configuration.File(file: $0.0, stamp: Stamp(epoch: 1, index: stamp), content: Content($0.1))
    }
    step(
      .received(id, [.configure(Configuration(stamp: Stamp(epoch: 1, index: stamp), seen: 0, files: files))]))
  }

  /// A configuration is the process's generation.
  private static func decode(_ process: ProcessPromises.Process) -> AgentCore.Decode {
    { content in
      guard let name else { return .failure(ConfigurationProblem("no name")) }
      var configured = ProcessConfiguration(name: name, executable: "/bin/web")
      configured.generation = content.text
      configured.restart = RestartPolicy(rawValue: process.restart.rawValue) ?? .always
      configured.reload =
        switch process.reload {
        case .none: .none
        case .signal: .signal(.hangup)
        case .restart: .restart
        }
      configured.reloadInterval = .seconds(3)
      configured.startLimit = process.startLimit.map { StartLimit(count: $0, within: .seconds(3600)) }
      configured.onIsolation = process.stopsInIsolation ? .stop : .keep
      configured.onAgentExit = process.stopsWithAgent ? .stop : .keep
      return .success(NodeConfiguration(environment: [:], processes: [configured]))
    }
  }
}
