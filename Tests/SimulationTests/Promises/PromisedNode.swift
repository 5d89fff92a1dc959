import GroupProtocol
import Model
import ProcessPromises
import Supervision

/// A machine with one agent's core, a keeper that does what its agent asks at once, one process that notes what it
/// sees, and a leader that says what the policy gives, all in virtual time.
struct PromisedNode {
  struct Running {
    let number: UInt64
    let launch: Digest
    let since: Instant
    let isBound: Bool
    var isStopping = false
  }

  static let name = try? ProcessName("web")
  static let file = try? NodeFile("web/config.xml")

  let process: ProcessPromises.Process
  var core: AgentCore?
  var record: AgentRecord
  var disk = SortedMap<NodeFile, Content>()
  var boot = 1
  var now = Instant.zero
  var life: UInt64 = 0

  /// What the keeper has.
  var running: Running?
  var ended: (last: Running, end: ProcessEnd, isSettled: Bool)?
  var isKeeperUp = true
  var order: StandingOrder?
  var plan = IsolationPlan()
  var leaseUntil: Instant?

  var isLeaderUp = true
  var link: LinkID?
  var wanted = (generation: 1, version: 1)
  var stamp: UInt64 = 1
  var stamps = SortedMap<NodeFile, UInt64>()

  var seen = (generation: 0, version: 0)
  var starts = 0

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

  mutating func change(_ edit: (inout (generation: Int, version: Int)) -> Void) {
    edit(&wanted)
    stamp += 1
    if let link { tell(link) }
  }

  mutating func startAgent() {
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

  var kept: [KeptProcess] {
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

  mutating func step(_ input: AgentInput) {
    guard let effects = core?.step(input, at: now) else { return }
    for effect in effects { perform(effect) }
  }

  mutating func perform(_ effect: AgentEffect) {
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

  mutating func loseAgent() {
    core = nil
    order = nil
    link = nil
    if process.stopsWithAgent, running != nil {
      running?.isStopping = true
      end(.exited(code: 0))
    }
  }

  /// Time goes by from one deadline to the next, the keeper's among them.
  mutating func pass(_ duration: Duration) {
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
}
