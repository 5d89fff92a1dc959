public import Linux
public import Model
public import Supervision

/// All that a keeper needs to know to start a process: names and folders are looked up by the agent, so that a keeper
/// that is older than its agent has nothing to understand.
public struct ProcessStart: Equatable, Sendable {
  public let name: ProcessName
  /// Of what is executed.
  public let launch: Digest
  /// How often the process was started, with this time.
  public private(set) var number: UInt64
  /// Paths to try in this order.
  public var executables: [String]
  /// From the program's own name on.
  public var arguments: [String]
  /// `NAME=VALUE`.
  public var environment: [String]
  public var folder: String
  /// Nil: the keeper's own.
  public var account: UserAccount?
  public var confinement = Confinement()
  /// Nil: it has no control group.
  public var group: GroupRequest?
  /// Whether it ends with its agent (`on-agent-exit stop`), by this signal, and is killed after the grace.
  public var stopsWithAgent = false
  public var stopSignal = Signal.terminate
  public var stopGrace = Duration.seconds(10)
  public var log = LogSize.standard
  /// Whether it gets a `NOTIFY_SOCKET`.
  public var notifies = false
  /// Whether it runs only under a lease: then it dies with the keeper, which would have to stop it.
  public var isFenced = false

  public init(
    name: ProcessName, launch: Digest, number: UInt64, executables: [String], arguments: [String],
    environment: [String], folder: String
  ) {
    self.name = name
    self.launch = launch
    self.number = number
    self.executables = executables
    self.arguments = arguments
    self.environment = environment
    self.folder = folder
  }

  /// Whether it dies with its keeper.
  var isBound: Bool { stopsWithAgent || isFenced }

  /// The variable that tells a process the number of its start.
  public static let numberVariable = "DMAKE_START"

  /// The same once more.
  var again: ProcessStart {
    var next = self
    next.number &+= 1
    let prefix = "\(Self.numberVariable)="
    next.environment = environment.map { $0.hasPrefix(prefix) ? "\(prefix)\(next.number)" : $0 }
    return next
  }
}

/// The control group in which a process runs.
public struct GroupRequest: Equatable, Sendable {
  /// A file of it, as `memory.max`, and what is written there.
  public struct Setting: Equatable, Sendable {
    public let file: String
    public let value: String
    public init(file: String, value: String) {
      self.file = file
      self.value = value
    }
  }

  public let path: String
  public var settings: [Setting]

  public init(path: String, settings: [Setting] = []) {
    self.path = path
    self.settings = settings
  }
}

/// What an agent asks of its keeper.
public enum KeeperRequest: Equatable, Sendable {
  case hello(version: UInt32)
  case start(ProcessStart)
  /// To the process of this start, or to all of its control group, or of its session where it has none. Zero: whichever
  /// start runs.
  case signal(ProcessName, Signal, number: UInt64, toSession: Bool)
  /// The agent has recorded the end of this start, and need not hear of it again.
  case settle(ProcessName, number: UInt64)
  /// The process will not be started again: its records go.
  case forget(ProcessName)
  case isolation(IsolationPlan, running: [ProcessStart])
  /// By ``bootTime()``.
  case lease(until: Duration)
  /// Nil: it has none any more.
  case order(ProcessName, StandingOrder?)
}

/// What a keeper tells its agent.
public enum KeeperAnswer: Equatable, Sendable {
  case welcome(KeeperWelcome)
  case started(ProcessName, number: UInt64, pid: Int32)
  /// Why it does not run, in a sentence.
  case notStarted(ProcessName, number: UInt64, String)
  case ended(UnsettledEnd)
  case restarted(RestartedProcess)
  /// What a process said of itself.
  case notice(ProcessName, number: UInt64, ProcessNotice)
  /// The lease has run out.
  case fenced
  /// For the agent's log.
  case problem(String)
}

/// What a keeper has when an agent comes.
public struct KeeperWelcome: Equatable, Sendable {
  public let version: UInt32
  public let pid: Int32
  /// The last start of each process.
  public let processes: [KeptProcess]
  /// Ends of earlier starts, in their order.
  public let ended: [UnsettledEnd]
  /// The end of a lease that has not run out, by ``bootTime()``.
  public let leaseUntil: Duration?

  public init(
    version: UInt32, pid: Int32, processes: [KeptProcess], ended: [UnsettledEnd], leaseUntil: Duration? = nil
  ) {
    self.version = version
    self.pid = pid
    self.processes = processes
    self.ended = ended
    self.leaseUntil = leaseUntil
  }
}

/// The end of a start that no agent has settled.
public struct UnsettledEnd: Equatable, Sendable {
  public let name: ProcessName
  public let number: UInt64
  public let end: ProcessEnd
  /// Whether it was asked to stop, or ended with its keeper or the machine.
  public let wasStopped: Bool

  public init(name: ProcessName, number: UInt64, end: ProcessEnd, wasStopped: Bool = false) {
    self.name = name
    self.number = number
    self.end = end
    self.wasStopped = wasStopped
  }
}

/// A process that ended, and that the keeper has started again by its order.
public struct RestartedProcess: Equatable, Sendable {
  public let ended: UnsettledEnd
  public let pid: Int32
  /// When it was started.
  public let at: Instant

  public init(ended: UnsettledEnd, pid: Int32, at: Instant) {
    self.ended = ended
    self.pid = pid
    self.at = at
  }

  public var name: ProcessName { ended.name }
  /// Of the start that runs.
  public var number: UInt64 { ended.number + 1 }
}
