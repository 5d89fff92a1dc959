import GroupProtocol
import Model
import Supervision

/// A node's machine: its disk, its processes, and its agent where one runs. The disk and the processes outlive the
/// agent.
struct AgentMachine: Sendable {
  struct Process: Sendable {
    var pid: Int32
    var launch: Digest
    var starts: UInt64
    var isFenced: Bool
    /// When its agent knows that it runs.
    var readyAt: Instant
    /// It was asked to.
    var isStopping = false

    func kept(_ name: ProcessName, _ state: KeptProcess.State) -> KeptProcess {
      KeptProcess(
        name: name, launch: launch, number: starts, state: state, wasStopped: isStopping, since: readyAt)
    }
  }

  /// An end that no agent has heard of.
  struct UnheardEnd: Sendable {
    var name: ProcessName
    var process: Process
    var end: ProcessEnd
    /// The keeper has started it again.
    var isRestarted: Bool
  }

  let name: NodeName
  var record: AgentRecord
  var local = LocalRecord()
  var localPolicy: Bundle?
  /// Everything below the node's folder.
  var files = SortedMap<NodeFile, Content>()
  var processes = SortedMap<ProcessName, Process>()
  /// Each with an exit code of its own.
  var unheardEnds: [UnheardEnd] = []
  /// The last end of each process that an agent has recorded.
  var settled = SortedMap<ProcessName, UnheardEnd>()
  var watched: [NodeFile] = []
  /// What its keeper has to do, and when.
  var plan = IsolationPlan()
  var fenceAt: Instant?
  var orders = SortedMap<ProcessName, StandingOrder>()
  /// What it has told to stop at the fence.
  var stoppedAtFence = SortedSet<ProcessName>()
  /// Its agent stands still until then (SIGSTOP), and hears everything later.
  var stillUntil = Instant.zero
  var core: AgentCore?
  /// Counts the agent's starts; what was meant for an earlier one is void.
  var life = 0
  var plannedTimer: Instant?
  var diskIdleAt = Instant.zero
  /// The last end of a process that its disk remembered.
  var lastStopped: AgentRecord.StoppedProcess?

  init(name: NodeName) {
    self.name = name
    record = AgentRecord(node: name, instance: "instance of \(name)")
  }

  /// The configuration files: all but those of the applications.
  var delivered: SortedMap<NodeFile, Content> { files.filter { file, _ in !file.isState } }

  /// The state files of the processes that the node's configuration names.
  var states: SortedMap<NodeFile, Content> {
    guard let core, let configuration = core.currentConfiguration else { return [:] }
    let names = SortedSet(configuration.processes.keys)
    return files.filter { file, _ in
      file.isState && file.process.map { names.contains($0) } ?? false
    }
  }

  /// A new agent over the disk, and what it is told first.
  mutating func boot(seed: UInt64, at now: Instant) -> [AgentInput] {
    life += 1
    plannedTimer = nil
    watched = []
    // A driver knows by the record which files are configurations.
    let held = delivered.filter { file, _ in record.files.contains(file) }
    var boot = AgentBoot(
      record: record, holdings: held, local: local,
      clock: ClockReading(boot: "b1", wall: WallTime(milliseconds: now.sinceStart.milliseconds), at: now))
    boot.leaseUntil = fenceAt
    boot.missedEnds = unheardEnds.filter(\.isRestarted).map { .init($0.name, $0.end) }
    let ended = unheardEnds.filter { !$0.isRestarted }
    boot.processes = processes.map { $1.kept($0, .running(pid: $1.pid)) }
    boot.processes += ended.map { $0.process.kept($0.name, .ended($0.end)) }
    boot.processes += settled.filter { name, _ in
      !processes.contains(name) && !ended.contains { $0.name == name }
    }.map { name, end in
      end.process.kept(name, .settled(end.end))
    }
    core = AgentCore(
      settings: AgentCoreSettings(leaders: ["leader"], version: "1", seed: seed), boot: boot,
      decode: PolicyModel.decode, valuesDigest: PolicyModel.valuesDigest,
      restDigest: { content, _ in content.digest })
    return [.start]
  }

  mutating func crash() {
    core = nil
    life += 1
    orders = [:]
    stillUntil = .zero
  }

  /// A file is read when its agent comes to it, not when it was written.
  func asRead(_ input: AgentInput) -> AgentInput {
    guard case .observed(let file, _) = input, file.isState else { return input }
    return .observed(file, files[file])
  }

  /// The agent has taken this.
  mutating func heard(_ input: AgentInput) {
    switch input {
    case .ended(let name, let end, _), .restarted(let name, let end, _, _):
      settle { $0.name == name && $0.end == end }
    case .start: settle { _ in true }
    default: break
    }
  }

  private mutating func settle(_ isHeard: (UnheardEnd) -> Bool) {
    for end in unheardEnds where isHeard(end) { settled[end.name] = end }
    unheardEnds.removeAll(where: isHeard)
  }

  /// Whether the keeper follows its order after this end: under a lease where the process needs one, and with no end
  /// before it that its agent has not heard of.
  mutating func follows(
    _ name: ProcessName, _ process: Process, after end: ProcessEnd, at now: Instant, forgetsFence: Bool
  ) -> Bool {
    let isStopped = stoppedAtFence.contains(name)
    stoppedAtFence.remove(name)
    guard core != nil, let order = orders[name] else { return false }
    orders[name] = nil
    let isHeld = process.isFenced || plan.stopped.contains(name)
    let mayRun = !isStopped && (!isHeld || fenceAt.map { $0 > now } ?? false)
    return order.number == process.starts + 1 && order.holds(after: end, at: now) && (mayRun || forgetsFence)
      && !unheardEnds.contains { $0.name == name }
  }
}
