import Model
import Supervision

/// The agent of a node as a value: it keeps the node's processes as its configuration says, with or without a
/// leader, and keeps the leader and the disk in step with each other (paper, section 5).
///
/// Everything that the leader must not miss is a numbered report in the ``Outbox``, sent until it is acknowledged.
/// Everything that the node must do comes as files, each a register in which the greater stamp wins. So messages may
/// be lost, doubled or late, and links may break at any time: both sides say what they have, and the rest follows.
///
/// The incarnation grows with each start, except where ends of processes are not acknowledged yet: then the agent
/// goes on as the incarnation that numbered them, from numbers that it had reserved on the disk, so that the leader
/// can tell a repeated report from a new one.
public struct AgentCore: Sendable {
  public typealias Decode = @Sendable (Content) -> Result<NodeConfiguration, ConfigurationProblem>

  /// How long a stopping agent waits for acknowledgements of what it reported last.
  static let farewellLimit = Duration.seconds(3)
  /// How long a stopping agent waits for killed processes that do not go.
  static let abandonLimit = Duration.seconds(30)
  /// The processes' phases are told at most this often: a thousand starts must not be a million lines.
  static let processesInterval = Duration.milliseconds(200)
  /// And so long after one changed, when a process that ended mostly runs again: nobody acts on them, so its start must
  /// not wait for a message about all the others.
  static let processesDelay = Duration.milliseconds(50)
  /// Removals are remembered, so that an older version that comes late does not bring the file back; this many.
  static let removalLimit = 256

  struct HeldFile: Equatable, Sendable {
    var stamp: Stamp
    var content: Content?
    var problem: String?
  }

  enum Mode: Equatable, Sendable {
    case starting
    case working
    /// Processes are being stopped, until `limit`.
    case stopping(limit: Instant)
    /// They have stopped; their ends are being acknowledged, until `limit`.
    case parting(limit: Instant)
    case ended
  }

  let settings: AgentCoreSettings
  /// What the agent begins with, until it has.
  private var boot: AgentBoot?
  /// The run of the machine.
  private let machineRun: String
  let decode: Decode
  let valuesDigest: ValuesDigest
  let restDigest: ValuesDigest
  var record: AgentRecord
  var isRecordChanged = true
  var mode = Mode.starting
  var configuration: NodeConfiguration?
  private(set) var machines = SortedMap<ProcessName, ProcessMachine>()
  /// Of processes that were taken out of the configuration, and may be put back.
  var hastes = SortedMap<ProcessName, Haste>()
  /// When machines are due: most of thousands never are, and looking at each of them whenever something happens would
  /// take longer than all that happens.
  private var machineDeadlines = SortedMap<ProcessName, Instant>()
  var files = SortedMap<NodeFile, HeldFile>()
  /// Being written by the driver, in this order.
  var pending = SortedMap<NodeFile, [Configuration.File]>()
  /// What was last read of the files that the node owns.
  var observed = SortedMap<NodeFile, Content>()
  /// What the leader has of these, or will have.
  var told = SortedMap<NodeFile, ToldFile>()
  /// What the policy reads of them; everything as long as no leader has said.
  var interest = NodeInterest.everything
  /// What a leader may have of them from an earlier agent, and was not read since.
  var unseen: SortedSet<NodeFile>
  var unreadable = SortedMap<NodeFile, String>()
  var restorations = Restorations()
  var machine: MachineState?
  var outbox: Outbox
  var link: Link
  var local: LocalRules
  var watched: [WatchedProcess] = []
  /// From then on a leader may have given the node up; nil: no leader has heard this agent, nor one before it.
  var fenceAt: Instant?
  var isIsolated = true
  /// The leader has said so, and local rules are to follow.
  var isSettledByLeader = false
  /// What the keeper knows of what is to be done then.
  var plan = IsolationPlan()
  /// What of that cannot be done.
  var planProblems = IsolationProblems()
  /// Whether the keeper may have one of an earlier agent.
  var isPlanOfOther = false
  /// What was last reported to be in force, and the report's number; nil: nothing yet.
  var toldInForce: (sequence: UInt64, content: InForce)?
  var areProcessesNews = false {
    didSet { processesDueAt = areProcessesNews ? processesDueAt : nil }
  }
  /// When the phases are told; nil: there is nothing new.
  private(set) var processesDueAt: Instant?
  /// Files reached the disk after hello said what stands there, and before anyone was there to be told.
  var areFilesNews = false
  var processesToldAt: Instant?
  private var clock: (wall: WallTime, at: Instant)

  /// - Parameters:
  ///   - decode: reads a `DMake/config.xml`.
  ///   - valuesDigest: of the values at location paths in a file, as of what a policy reads of a state.
  ///   - restDigest: of a file without what these location paths find.
  public init(
    settings: AgentCoreSettings, boot: AgentBoot, decode: @escaping Decode,
    valuesDigest: @escaping ValuesDigest, restDigest: @escaping ValuesDigest
  ) {
    let old = boot.record
    self.boot = boot
    machineRun = boot.clock.boot
    self.settings = settings
    self.decode = decode
    self.valuesDigest = valuesDigest
    self.restDigest = restDigest
    record = old
    if old.stopped.isEmpty || old.hasLeft || old.incarnation == 0 { record.incarnation += 1 }
    record.hasLeft = false
    unseen = old.reported
    outbox = Outbox(next: old.sequenceLimit, stopped: old.stopped)
    link = Link(seed: settings.seed)
    local = LocalRules(record: boot.local, at: boot.clock.at)
    clock = (boot.clock.wall, boot.clock.at)
    for (file, held) in old.files {
      // What stands on the disk counts: a file may have been written just before a crash.
      files[file] = HeldFile(stamp: held.stamp, content: boot.holdings[file])
    }
    takeInForce()
  }

  public var node: NodeName { record.node }
  /// The configuration that is in force; nil until there was one.
  public var currentConfiguration: NodeConfiguration? { configuration }
  /// The configuration files as they stand on the disk.
  public var holdings: SortedMap<NodeFile, Content> {
    var contents = SortedMap<NodeFile, Content>()
    for (file, held) in files { contents[file] = held.content }
    return contents
  }
  /// Whether a leader has welcomed it.
  public var isLinked: Bool { link.welcomed != nil }
  public var isEnded: Bool { mode == .ended }

  /// When ``AgentInput/timer`` is due; nil: never.
  public var deadline: Instant? {
    var deadlines = machineDeadlines.values
    if let due = link.deadline { deadlines.append(due) }
    if let fenceAt, !isIsolated, plan.isNeeded { deadlines.append(fenceAt) }
    if mode == .working, let due = local.deadline { deadlines.append(due) }
    if let due = restorations.deadline { deadlines.append(due) }
    if link.welcomed != nil, let due = outbox.resendAt { deadlines.append(due) }
    if link.welcomed != nil, let due = processesDueAt { deadlines.append(due) }
    switch mode {
    case .stopping(let limit), .parting(let limit): deadlines.append(limit)
    case .starting, .working: break
    case .ended: return nil
    }
    return deadlines.min()
  }

  public mutating func step(_ input: AgentInput, at now: Instant) -> [AgentEffect] { step([input], at: now) }

  /// Takes what came together. The record is written once for all of it: of thousands of processes that end at once,
  /// the last would wait for thousands of records otherwise.
  ///
  /// - Parameter inputs: where there are several, each ``AgentInput/isOfProcess``.
  public mutating func step(_ inputs: some Collection<AgentInput>, at now: Instant) -> [AgentEffect] {
    guard mode != .ended else { return [] }
    var effects: [AgentEffect] = []
    for input in inputs where mode != .ended {
      // An end that comes behind the fence is no reason for a start.
      if mode != .starting { effects += checkFence(at: now) }
      effects += take(input, at: now)
      if mode != .starting { effects += checkFence(at: now) }
    }
    effects += progress(at: now)
    effects += progressLocal(at: now)
    effects += settle(at: now)
    effects += tell(at: now)
    if isRecordChanged {
      isRecordChanged = false
      record.stopped = outbox.stopped
      record.clock = ClockReading(boot: machineRun, wall: wall(at: now), at: now)
      record.reported = reported
      // A process that died is started again before the disk is waited for.
      let leading = effects.prefix(while: \.mayPrecedePersistence)
      effects =
        leading.filter(\.isStart) + [.persist(record)] + leading.filter { !$0.isStart }
        + effects[leading.endIndex...]
    }
    if local.isRecordChanged {
      local.isRecordChanged = false
      // Before anything is delivered or told that follows from it, and after the policy that it goes by.
      let position = effects.firstIndex { !$0.mayPrecedeLocalRecord } ?? effects.endIndex
      effects.insert(.keepLocal(local.record), at: position)
    }
    return effects
  }

  /// The state files that a leader may have.
  private var reported: SortedSet<NodeFile> {
    var files = SortedSet(observed.keys)
    files.formUnion(unseen)
    files.formUnion(outbox.stateFiles)
    // What a local rule made each agent tells anew. But that it is the node's no more a leader must surely hear.
    for file in files.elements where isLocal(file) || file.isReserved { files.remove(file) }
    return files
  }

  private mutating func take(_ input: AgentInput, at now: Instant) -> [AgentEffect] {
    switch input {
    case .fenced: fenced(at: now)
    case .slept(let duration): slept(duration)
    case .start: begin(at: now)
    case .opened(let id): opened(id, at: now)
    case .closed(let id, let reason): closed(id, reason, at: now)
    case .received(let id, let messages): receive(messages, from: id, at: now)
    case .delivered(let results): delivered(results, at: now)
    case .observed(let file, let content): observe(file, content)
    case .written(let file, let age): noteWritten(file, ago: age, at: now)
    case .seen(let name, let number, let question, let answer):
      see(name, .seen(answer, question, start: number), at: now)
    case .noticed(let name, let number, let notice): drive(name, .notice(notice, start: number), at: now)
    case .unreadable(let file, let reason): noteUnreadable(file, reason)
    case .altered(let file, let reason): restore(file, reason, at: now)
    case .machine(let state): observe(state, at: now)
    case .started(let name, let pid): drive(name, .started(pid: pid), at: now)
    case .notStarted(let name, let reason): drive(name, .notStarted(reason), at: now)
    case .refused(let name, let reason): drive(name, .refused(reason), at: now)
    case .isolationProblems(let problems): note(problems)
    case .permissionsChanged: machines.keys.flatMap { drive($0, .permissionsChanged, at: now) }
    case .ended(let name, let end, let wasStopped):
      drive(name, .ended(end, wasStopped: wasStopped), at: now)
    case .restarted(let name, let end, let pid, let time):
      drive(name, .restarted(end, pid: pid, at: time), at: now)
    case .clock(let wall): set(clock: wall, at: now)
    case .logRead(let id, let number, let query, let result): tellLog(result, number, query, on: id)
    case .timer: timer(at: now)
    case .localRound(let result): finishLocal(result, at: now)
    case .renamed(let name): rename(name, at: now)
    case .stop: stop(at: now)
    case .leave: finish(.left)
    }
  }

  private mutating func begin(at now: Instant) -> [AgentEffect] {
    guard mode == .starting else { return [] }
    mode = .working
    var effects = [note(.info, "the agent starts", ["incarnation": "\(record.incarnation)"])]
    if let boot { effects += takeOver(boot, at: now) }
    effects += configuration.map { configure($0, at: now) } ?? (unseen.isEmpty ? [.watch([])] : watch(.empty))
    if let boot { effects += catchUp(boot, at: now) }
    boot = nil
    return effects + beginLocal() + connect(at: now)
  }

  private mutating func timer(at now: Instant) -> [AgentEffect] {
    var effects: [AgentEffect] = []
    for (name, due) in machineDeadlines where due <= now { effects += drive(name, .timer, at: now) }
    return effects + restoreDue(at: now) + linkTimer(at: now)
  }

  /// The phases of the processes, where it is time to tell them.
  mutating func dueProcesses(at now: Instant) -> [AgentMessage] {
    guard areProcessesNews else { return [] }
    let due =
      processesDueAt ?? processesToldAt.map { max($0 + Self.processesInterval, now + Self.processesDelay) }
      ?? now
    processesDueAt = due
    guard due <= now else { return [] }
    areProcessesNews = false
    processesToldAt = now
    return [.processes(processReports(at: now))]
  }

  mutating func set(_ machine: ProcessMachine?, of name: ProcessName) {
    machines[name] = machine
    let deadline = machine?.deadline
    if machineDeadlines[name] != deadline { machineDeadlines[name] = deadline }
  }

  private mutating func set(clock wall: WallTime, at now: Instant) -> [AgentEffect] {
    clock = (wall, now)
    return []
  }

  func wall(at now: Instant) -> WallTime {
    WallTime(milliseconds: clock.wall.milliseconds + (now - clock.at).milliseconds)
  }

  func note(_ level: Note.Level, _ message: String, _ data: SortedMap<String, String> = [:]) -> AgentEffect {
    .note(Note(level, message, data))
  }
}

extension AgentEffect {
  fileprivate var mayPrecedePersistence: Bool {
    switch self {
    case .start, .order, .note: true
    default: false
    }
  }

  fileprivate var mayPrecedeLocalRecord: Bool {
    switch self {
    case .start, .order, .note, .persist, .keepPolicy: true
    default: false
    }
  }

  fileprivate var isStart: Bool { if case .start = self { true } else { false } }
}
