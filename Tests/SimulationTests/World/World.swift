import GroupProtocol
import Model

/// One leader and many agents, the production cores, in virtual time. Whatever is drawn is drawn from one generator,
/// so one seed is one history.
///
/// The world shows what happens in it to checkers, which know nothing of its inside.
struct World: Sendable {
  let options: SimulationOptions
  let bug: PlantedBug?
  var generator: Generator
  var agenda = Agenda()
  var network = Network()
  var disk = LogDisk()
  var leader: LeaderCore?
  /// Counts the leader's starts and ends; what was meant for an earlier one is void.
  var leaderLife = 0
  var logWrittenAt = Instant.zero
  /// Up to where the checkers have seen what the log does to the tree.
  var shownIndex: LogIndex = 0
  var agents: [AgentMachine]
  var checkers: [any Checker]
  var isCalm = false
  /// Agents that stay down until the end.
  var gone = SortedSet<Int>()
  /// Agents that were told what the policy reads.
  var interested = SortedSet<Int>()
  var exitCodes: Int32 = 0
  var pids: Int32 = 0
  var contents = 0
  var requests: UInt64 = 0
  /// What happened, for a failure's report, where it is kept.
  var keepsTrace = false
  var trace: [String] = []
  let timing: Timing

  init(_ options: SimulationOptions, bug: PlantedBug? = nil, checkers: [any Checker]) throws {
    self.options = options
    self.bug = bug
    self.checkers = checkers
    generator = Generator(seed: options.seed)
    timing = Timing(
      tick: .seconds(1), leaseTicks: options.leaseTicks, heartbeat: .seconds(1),
      fence: .seconds(max(2, Int(options.leaseTicks) / 2)))
    agents = try (1...options.agents).map { AgentMachine(name: try NodeName("n\($0)")) }
  }

  var now: Instant { agenda.now }
  var wall: WallTime { WallTime(milliseconds: now.sinceStart.milliseconds) }

  /// Unrest first, then rest: the world must end as it should be.
  mutating func run() throws {
    try begin()
    try pass(options.unrest)
    try calm()
    let end = now + options.patience
    var restfulChecks = 0
    while now < end, restfulChecks < 4 {
      try pass(.seconds(4))
      restfulChecks = isAtRest ? restfulChecks + 1 : 0
    }
    try conclude()
  }

  /// Everybody starts.
  mutating func begin() throws {
    agenda.plan(.leaderStarts, after: .zero)
    for agent in agents.indices { agenda.plan(.agentStarts(agent), after: generator.milliseconds(0...3000)) }
    agenda.plan(.unrest, after: .milliseconds(200))
  }

  /// Lets time pass.
  mutating func pass(_ duration: Duration) throws {
    let limit = now + duration
    while let event = agenda.next(before: limit) { try happen(event) }
  }

  mutating func observe(_ observation: Observation) throws {
    if keepsTrace { note("\(observation)") }
    for position in checkers.indices { try checkers[position].observe(observation, at: now) }
  }

  mutating func note(_ text: String) {
    if keepsTrace { trace.append("\(now) \(text)") }
  }

  private mutating func happen(_ event: Agenda.Event) throws {
    switch event {
    case .unrest: try stir()
    case .leaderStarts: try startLeader()
    case .leaderTick(let life):
      guard life == leaderLife else { return }
      agenda.plan(.leaderTick(life: life), after: timing.tick)
      let ticks = bug == .clockStands ? 0 : bug == .clockRaces ? 20 : 1
      for _ in 0..<ticks { try tellLeader(.tick) }
    case .logWritten(let life, let through, let isDurable):
      if life == leaderLife { try logWritten(through: through, isDurable: isDurable) }
    case .roundEnds(let life, let request):
      if life == leaderLife { try endRound(request) }
    case .opens(let stream): try open(stream)
    case .arrivesAtLeader(let stream, let message):
      guard network.open.contains(stream.session), stream.leaderLife == leaderLife else { return }
      try tellLeader(.received(stream.session, [message]))
    case .arrivesAtAgent(let stream, let message):
      guard network.open.contains(stream.session) else { return }
      try tellAgent(stream.agent, life: stream.agentLife, .received(stream.link, [message]))
    case .leaderHearsOfEnd(let stream):
      if stream.leaderLife == leaderLife { try tellLeader(.disconnected(stream.session)) }
    case .agentHearsOfEnd(let stream):
      try tellAgent(stream.agent, life: stream.agentLife, .closed(stream.link, reason: "it broke"))
    case .agentStarts(let agent): try startAgent(agent)
    case .toAgent(let agent, let life, let input): try tellAgent(agent, life: life, input)
    case .timer(let agent, let life): try wake(agent, life: life)
    case .writes(let agent, let life, let files): try write(files, agent: agent, life: life)
    case .processEnds(let agent, let name, let pid): try processEnds(name, pid: pid, agent: agent)
    case .partitionEnds(let agent): network.rejoin(agent)
    case .fence(let agent, let until): try fence(agent, until: until)
    }
  }
}
