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
    /// When its agent knows that it runs.
    var readyAt: Instant
  }

  struct UnseenEnd: Sendable {
    var process: Process
    var end: ProcessEnd
  }

  let name: NodeName
  var record: AgentRecord
  var local = LocalRecord()
  var localPolicy: Bundle?
  /// Everything below the node's folder.
  var files = SortedMap<NodeFile, Content>()
  var processes = SortedMap<ProcessName, Process>()
  /// Processes that ended while no agent ran.
  var unseenEnds = SortedMap<ProcessName, UnseenEnd>()
  var watched: [NodeFile] = []
  /// What its keeper has to do, and when.
  var plan = IsolationPlan()
  var fenceAt: Instant?
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
    core = AgentCore(
      settings: AgentCoreSettings(leaders: ["leader"], version: "1", seed: seed), record: record,
      holdings: held, local: local,
      wall: WallTime(milliseconds: now.sinceStart.milliseconds), at: now, decode: PolicyModel.decode,
      valuesDigest: PolicyModel.valuesDigest, restDigest: { content, _ in content.digest })
    let running = processes.map { ($0, $1) } + unseenEnds.map { ($0, $1.process) }
    let adopted = running.map { name, process in
      AgentInput.adopted(name, pid: process.pid, launch: process.launch, starts: process.starts)
    }
    let ends = unseenEnds.map { AgentInput.ended($0, $1.end) }
    unseenEnds = [:]
    let lease = fenceAt.map { [AgentInput.leased(until: $0)] } ?? []
    return lease + adopted + [.start] + ends
  }

  mutating func crash() {
    core = nil
    life += 1
  }
}
