public import Model
public import Supervision

/// How the clocks of a machine stood at one moment.
public struct ClockReading: Equatable, Sendable {
  /// The run of the machine (`/proc/sys/kernel/random/boot_id`).
  public let boot: String
  public let wall: WallTime
  public let at: Instant

  public init(boot: String, wall: WallTime, at: Instant) {
    self.boot = boot
    self.wall = wall
    self.at = at
  }

  /// What has to be added to an instant by this reading's clock to have it by the other's.
  func offset(to other: ClockReading) -> Duration {
    if boot == other.boot { return .zero }
    return (other.at - at) - .milliseconds(other.wall.milliseconds - wall.milliseconds)
  }
}

/// Everything that a new agent learns from its disk and its keeper.
public struct AgentBoot: Equatable, Sendable {
  /// An end of a start before the last one, which no agent has recorded.
  public struct MissedEnd: Equatable, Sendable {
    public let name: ProcessName
    public let end: ProcessEnd
    public init(_ name: ProcessName, _ end: ProcessEnd) {
      self.name = name
      self.end = end
    }
  }

  /// What the disk remembers, or a new one.
  public var record: AgentRecord
  /// Which of the record's files stand on the disk, also of those that it says were removed.
  public var holdings: SortedMap<NodeFile, Content>
  /// What the disk remembers of local rules; without a policy where that is not there.
  public var local: LocalRecord
  /// What the keeper has, where there is one.
  public var processes: [KeptProcess] = []
  public var missedEnds: [MissedEnd] = []
  /// The end of a lease that has not run out.
  public var leaseUntil: Instant?
  public var clock: ClockReading

  public init(
    record: AgentRecord, holdings: SortedMap<NodeFile, Content> = [:], local: LocalRecord = LocalRecord(),
    clock: ClockReading
  ) {
    self.record = record
    self.holdings = holdings
    self.local = local
    self.clock = clock
  }
}

extension AgentCore {
  /// Goes on with the processes of an earlier agent, before the configuration says what becomes of them.
  mutating func takeOver(_ boot: AgentBoot, at now: Instant) -> [AgentEffect] {
    var effects: [AgentEffect] = []
    for missed in boot.missedEnds { effects += report(.stopped(missed.name, missed.end, wall(at: now))) }
    if let until = boot.leaseUntil { takeOverLease(until: until, at: now) }
    let offset = boot.record.clock.offset(to: boot.clock)
    for process in boot.processes {
      let account = boot.record.accounts[process.name]?.moved(by: offset)
      effects += drive(process.name, .kept(process, account), at: now)
    }
    return effects
  }

  /// Notifies processes of files that were written just before the end of an earlier agent, which may not have done so.
  mutating func catchUp(_ boot: AgentBoot, at now: Instant) -> [AgentEffect] {
    let changed = boot.record.files.filter { file, held in held.digest != boot.holdings[file]?.digest }
    var effects: [AgentEffect] = []
    for file in changed.keys {
      guard let name = file.process, machines[name]?.isAlive == true else { continue }
      let need = need(of: name, after: file, was: nil)
      if !need.isNothing { effects += drive(name, .reconfigured(need), at: now) }
    }
    return effects
  }
}
