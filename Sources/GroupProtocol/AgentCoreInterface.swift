import Model
import Supervision

/// What the agent's core is told.
public enum AgentInput: Equatable, Sendable {
  /// The keeper has done what is to be done at the fence.
  case fenced
  /// The machine slept, which clocks as ours do not count.
  case slept(Duration)
  /// The agent begins with what it booted from (``AgentBoot``).
  case start
  case opened(LinkID)
  /// The link ended or could not be opened.
  case closed(LinkID, reason: String)
  case received(LinkID, [LeaderMessage])
  /// What became of an ``AgentEffect/deliver(_:)``.
  case delivered([DeliveryResult])
  /// A file that the node owns was read; nil: it is not there.
  case observed(NodeFile, Content?)
  /// A watched file that cannot be taken: not a regular file, too large, or XML that stays broken. What was read
  /// of it before stays.
  case unreadable(NodeFile, String)
  /// A state file has another time of modification than it had, or is seen for the first time: so long ago.
  case written(NodeFile, ago: Duration)
  /// A delivered file is not on the disk as it was delivered; the text says what was found.
  case altered(NodeFile, String)
  case machine(MachineState)
  case started(ProcessName, pid: Int32)
  case notStarted(ProcessName, String)
  /// The node does not permit the process; the text says what, and what decides.
  case refused(ProcessName, String)
  /// Which commands cannot be run at the fence, and why: the node's own, and those of processes. Answers
  /// ``AgentEffect/isolation(_:)``.
  case isolationProblems(IsolationProblems)
  /// The node may permit other processes from now on.
  case permissionsChanged
  /// - Parameter wasStopped: by its keeper, or by its keeper's death.
  case ended(ProcessName, ProcessEnd, wasStopped: Bool = false)
  /// It ended, and its keeper started it again at this time, by an ``AgentEffect/order(_:_:)``.
  case restarted(ProcessName, ProcessEnd, pid: Int32, at: Instant)
  /// What an ``AgentEffect/look(_:number:_:)`` showed.
  case seen(ProcessName, number: UInt64, ProbeRequest.Question, ProbeAnswer)
  /// A process told something of itself.
  case noticed(ProcessName, number: UInt64, ProcessNotice)
  /// What a local round came to; answers ``AgentEffect/runLocal(_:)``.
  case localRound(RoundResult)
  /// The time of day, told now and then: it is for people, and a clock may be set.
  case clock(WallTime)
  /// What a log has, or why it cannot be told: for the leader that asked.
  case logRead(LinkID, number: UInt64, LogQuery, LogResult)
  /// ``AgentCore/deadline`` has come.
  case timer
  case renamed(NodeName)
  /// Stop the processes, say goodbye, end (SIGTERM).
  case stop
  /// End and leave the processes running, for an agent that comes after (SIGQUIT).
  case leave
}

extension AgentInput {
  /// Whether it tells of one process and nothing else, so that the core may take many such together.
  public var isOfProcess: Bool {
    switch self {
    case .started, .notStarted, .refused, .ended, .restarted, .seen, .noticed, .observed, .unreadable, .written:
      true
    default: false
    }
  }

  /// Whether it tells of a process that runs again already.
  public var isOfRestart: Bool { if case .restarted = self { true } else { false } }
}

/// What of a plan for the fence cannot be done, each with the reason.
public struct IsolationProblems: Equatable, Sendable {
  public var command: String?
  public var processes: SortedMap<ProcessName, String> = [:]
  public init() {}
}

/// What the agent's driver must do, in this order.
public enum AgentEffect: Equatable, Sendable {
  /// Make this survive a crash before anything that follows: before a report is sent, say. Only starts go before it,
  /// which the keeper remembers by itself. Where that fails the driver tells the operator and goes
  /// on: running processes are worth more than the record.
  case persist(AgentRecord)
  /// Make this survive a crash, too, before anything that follows.
  case keepLocal(LocalRecord)
  /// Make the policy survive a crash whose local rules run here; nil: there is none any more.
  case keepPolicy(Bundle?)
  /// Run the local rules of the policy that was kept last, without making anything else wait; answered by
  /// ``AgentInput/localRound(_:)``. One at a time.
  case runLocal(RoundRequest)
  /// Answered by ``AgentInput/opened(_:)`` or ``AgentInput/closed(_:reason:)``.
  case connect(LinkID, leader: String)
  case send(LinkID, [AgentMessage])
  /// After what was sent has gone out. Not answered.
  case disconnect(LinkID)
  /// Write each file atomically below the node's folder, or remove it; answered by ``AgentInput/delivered(_:)``.
  case deliver([Configuration.File])
  /// Watch these processes' files and no others. What is there already is told at once.
  case watch([WatchedProcess])
  /// Answered by ``AgentInput/started(_:pid:)``, ``AgentInput/notStarted(_:_:)`` or ``AgentInput/refused(_:_:)``.
  case start(Launch, number: UInt64)
  /// Look at the process of this start; answered by ``AgentInput/seen(_:number:_:_:)``.
  case look(Launch, number: UInt64, ProbeRequest)
  /// From now on the keeper has this to do at the fence.
  case isolation(IsolationPlan)
  /// The fence is put off until then.
  case lease(until: Instant)
  /// What its keeper may do when the process ends, in place of what it might before; nil: nothing. Where that comes of
  /// it, ``AgentInput/restarted(_:_:pid:at:)`` says so and not ``AgentInput/ended(_:_:)``.
  case order(ProcessName, StandingOrder?)
  /// To the start with this number, and to no other.
  case signal(ProcessName, Signal, number: UInt64)
  /// To the process and to all of its session.
  case signalSession(ProcessName, Signal, number: UInt64)
  /// The process ended and is no longer in the configuration: remove its state, what it keeps in its folder where that
  /// is said, and the folder where nothing is left in it; but none of these files, which are still delivered.
  case forget(ProcessName, DataPolicy, keeping: [NodeFile])
  /// Without waiting for it; answered by ``AgentInput/logRead(_:number:_:_:)``.
  case readLog(LinkID, number: UInt64, LogQuery)
  case note(Note)
  case exit(AgentExit)
}

/// A stream to a leader, numbered by the core, never used twice.
public struct LinkID: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let number: UInt64
  public init(_ number: UInt64) { self.number = number }
  public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
  public var description: String { "link \(number)" }
}

/// Whether a file of a configuration stands on the disk now.
public struct DeliveryResult: Equatable, Sendable, CustomStringConvertible {
  public let file: NodeFile
  public let stamp: Stamp
  /// Why it does not; nil if it does.
  public let problem: String?
  public init(file: NodeFile, stamp: Stamp, problem: String? = nil) {
    self.file = file
    self.stamp = stamp
    self.problem = problem
  }
  public var description: String { "\(file)@\(stamp)" + (problem.map { " problem: \($0)" } ?? "") }
}

/// Why an agent ends.
public enum AgentExit: Equatable, Sendable, CustomStringConvertible {
  /// It was asked to, and its processes have stopped.
  case stopped
  /// It was asked to, and its processes go on.
  case left
  /// It was asked to, but processes do not die: they wait in the kernel, say for a disk.
  case abandoned([ProcessName])
  /// The leader will never have it; the text says why.
  case refused(String)

  public var description: String {
    switch self {
    case .stopped: "stopped"
    case .left: "left its processes running"
    case .abandoned(let names): "could not stop \(names.map(\.text).joined(separator: " "))"
    case .refused(let reason): "refused: \(reason)"
    }
  }
}

/// What an agent must remember through a crash of itself.
///
/// The processes are not in it: the driver records each of them by itself, at the moment of its start.
public struct AgentRecord: Equatable, Sendable {
  public struct HeldFile: Equatable, Sendable {
    public let stamp: Stamp
    /// Nil: a configuration with this stamp removed the file.
    public let digest: Digest?
    public init(stamp: Stamp, digest: Digest?) {
      self.stamp = stamp
      self.digest = digest
    }
  }

  /// The end of a process that no leader has acknowledged yet.
  public struct StoppedProcess: Equatable, Sendable {
    public let sequence: UInt64
    public let process: ProcessName
    public let end: ProcessEnd
    public let time: WallTime
    public init(sequence: UInt64, process: ProcessName, end: ProcessEnd, time: WallTime) {
      self.sequence = sequence
      self.process = process
      self.end = end
      self.time = time
    }
  }

  public var node: NodeName
  /// Drawn at random once, when the state folder is made.
  public let instance: String
  public var incarnation: UInt64
  /// Numbers of reports from here on are unused.
  public var sequenceLimit: UInt64
  /// The greatest stamp of any configuration.
  public var stamp: Stamp
  public var files: SortedMap<NodeFile, HeldFile>
  /// The `DMake/config.xml` that is in force: the last one that made sense.
  public var configuration: Content?
  public var stopped: [StoppedProcess]
  /// State files that a leader may have: one that went while no agent ran must be reported as gone.
  public var reported: SortedSet<NodeFile>
  /// The processes of which a leader may count on it that they are stopped at the fence.
  public var fenced: SortedSet<ProcessName>
  /// What becomes of the data of processes that have left the configuration, and may not have stopped yet.
  public var leaving: SortedMap<ProcessName, DataPolicy>
  /// What decides whether and how processes are started again.
  public var accounts: SortedMap<ProcessName, ProcessAccount>
  /// How the clocks stood when the record was made: instants in it are by the clock of that run of the machine.
  public var clock: ClockReading
  /// Since the node was isolated, no leader has said yet that a round has settled what it runs.
  public var isUnsettled: Bool
  /// It said goodbye.
  public var hasLeft: Bool

  public init(node: NodeName, instance: String) {
    self.node = node
    self.instance = instance
    incarnation = 0
    sequenceLimit = 1
    stamp = .zero
    files = [:]
    stopped = []
    reported = []
    fenced = []
    leaving = [:]
    accounts = [:]
    clock = ClockReading(boot: "", wall: WallTime(milliseconds: 0), at: .zero)
    isUnsettled = false
    hasLeft = false
  }
}

/// What an agent is told once, when it starts.
public struct AgentCoreSettings: Equatable, Sendable {
  /// Addresses in the order in which they are tried; the driver knows what they mean.
  public var leaders: [String]
  /// DMake's version, for `status`.
  public var version: String
  /// What control groups the processes have, in words, for `status`.
  public var groups: String
  /// For the jitter of reconnections.
  public var seed: UInt64
  public init(leaders: [String], version: String, groups: String = "", seed: UInt64) {
    self.leaders = leaders
    self.version = version
    self.groups = groups
    self.seed = seed
  }
}

/// A `DMake/config.xml` that makes no sense; the text names the line.
public struct ConfigurationProblem: Error, Equatable, Sendable, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }
}
