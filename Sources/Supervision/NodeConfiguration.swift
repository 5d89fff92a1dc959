import Model

/// What a node must run: the value of its `DMake/config.xml` (paper, section 5). Module NodeSchema reads it from
/// XML; nothing here knows the notation.
public struct NodeConfiguration: Equatable, Sendable {
  /// Given to every process of the node; a process's own entries win.
  public let environment: SortedMap<String, String>
  public let processes: SortedMap<ProcessName, ProcessConfiguration>

  public static let empty = NodeConfiguration(environment: [:], processes: [])

  /// Of two processes with one name the last wins; module NodeSchema refuses them before.
  public init(environment: SortedMap<String, String>, processes: [ProcessConfiguration]) {
    self.environment = environment
    self.processes = SortedMap(processes.map { ($0.name, $0) })
  }

  /// What is executed for the process, with the node's environment merged in; nil if the node does not run it.
  public func launch(of name: ProcessName) -> Launch? {
    guard let process = processes[name] else { return nil }
    var merged = environment
    for (key, value) in process.environment { merged[key] = value }
    return Launch(process, environment: merged)
  }
}

/// One `<process>` of a node's configuration.
public struct ProcessConfiguration: Equatable, Sendable {
  /// When the watched files are read.
  public enum Refresh: Hashable, Sendable {
    /// As soon as one of them was written (inotify).
    case event
    /// At this interval, whatever happens in between.
    case period(Duration)
  }

  /// What tells the process that its files are new.
  public enum Reload: Hashable, Sendable {
    case none
    case signal(Signal)
    case restart
  }

  public let name: ProcessName
  /// Any text; a changed one restarts the process (DMake's contract with policies, rule 10).
  public var generation = ""
  /// A path with a slash, or a name that is looked up in the child's PATH.
  public var executable: String
  public var arguments: [String] = []
  public var environment: SortedMap<String, String> = [:]
  /// Nil: the process's own folder on the node, where its files are delivered.
  public var workingFolder: String?
  /// A name or a number; nil: the agent's own.
  public var user: String?
  /// Nil: the user's primary group.
  public var group: String?
  /// Names in the process's folder; they are reported to the leader when they change.
  public var watchedFiles: [String] = [TreePath.stateFile]
  public var refresh = Refresh.event
  public var reload = Reload.none
  /// How long to wait between two reloads, and after a start before the first one: a signal that comes while a
  /// process is not ready for it would end the process or get lost. Changes in between are one reload.
  public var reloadInterval = Duration.milliseconds(500)
  public var stopSignal = Signal.terminate
  /// How long it may take to stop before it is killed.
  public var stopGrace = Duration.seconds(10)
  public var restart = RestartPolicy.always
  public var backOff = BackOff.standard

  public init(name: ProcessName, executable: String) {
    self.name = name
    self.executable = executable
  }
}

/// Whether a process that ended is started again.
public enum RestartPolicy: String, Hashable, Sendable, CaseIterable {
  case always
  /// Unless it exited with code 0.
  case onFailure = "on-failure"
  case never
}

/// How long to wait before a process is started again. The first restart is immediate, since most ends are single
/// ones; a process that dies again and again waits longer each time, so that it cannot take the machine with it.
public struct BackOff: Hashable, Sendable {
  public static let standard = BackOff(
    initial: .milliseconds(500), factor: 2, limit: .seconds(30), healthyAfter: .seconds(10))

  /// The second restart's delay.
  public let initial: Duration
  public let factor: Int
  public let limit: Duration
  /// A process that ran as long as this begins anew with an immediate restart.
  public let healthyAfter: Duration

  public init(initial: Duration, factor: Int, limit: Duration, healthyAfter: Duration) {
    self.initial = initial
    self.factor = factor
    self.limit = limit
    self.healthyAfter = healthyAfter
  }

  /// The delay before a restart, after `failures` ends in a row that came too early.
  public func delay(failures: Int) -> Duration {
    guard failures > 0 else { return .zero }
    var delay = initial
    for _ in 1..<failures where delay < limit { delay = delay * factor }
    return min(delay, limit)
  }
}

/// Exactly what is executed. A process whose launch changed must be restarted to run it; all else in a
/// ``ProcessConfiguration`` holds at once.
public struct Launch: Equatable, Sendable {
  public let name: ProcessName
  public let generation: String
  public let executable: String
  public let arguments: [String]
  public let environment: SortedMap<String, String>
  public let workingFolder: String?
  public let user: String?
  public let group: String?
  /// Over all of the above: a restarted agent compares it with what a running process was started from.
  public let digest: Digest

  init(_ process: ProcessConfiguration, environment: SortedMap<String, String>) {
    name = process.name
    generation = process.generation
    executable = process.executable
    arguments = process.arguments
    self.environment = environment
    workingFolder = process.workingFolder
    user = process.user
    group = process.group
    var fields = [process.name.text, process.generation, process.executable, "\(process.arguments.count)"]
    fields += process.arguments
    fields += environment.flatMap { [$0, $1] }
    fields += [process.workingFolder, process.user, process.group].map { $0.map { "=\($0)" } ?? "" }
    digest = Digest(of: fields.flatMap { Array($0.utf8) + [0] })
  }
}
