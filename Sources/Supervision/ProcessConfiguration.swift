import Model

/// One `<process>` of a node's configuration.
public struct ProcessConfiguration: Equatable, Sendable {
  /// When the watched files are read.
  public enum Refresh: Hashable, Sendable {
    /// As soon as one of them was written (inotify).
    case event
    /// At this interval, whatever happens in between.
    case period(Duration)
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
  /// What it needs when its files have changed, where no rule says otherwise.
  public var reload = Reload.none
  public var reloadRules: [ReloadRule] = []
  /// How long to wait between two reloads, and after a start before the first one: a signal that comes while a
  /// process is not ready for it would end the process or get lost. Changes in between are one reload.
  public var reloadInterval = Duration.milliseconds(500)
  public var stopSignal = Signal.terminate
  /// How long it may take to stop before it is killed.
  public var stopGrace = Duration.seconds(10)
  public var restart = RestartPolicy.always
  /// Codes with which it says that starting it again would not help.
  public var finalExitCodes: SortedSet<Int32> = []
  public var backOff = BackOff.standard
  /// Nil: it is started again without end.
  public var startLimit: StartLimit?
  public var onAgentExit = AgentExitPolicy.keep
  public var onIsolation = IsolationPolicy.keep
  public var data = DataPolicy.keep
  /// What is run at the fence where ``onIsolation`` says so: a program and its arguments.
  public var isolationCommand: [String] = []
  public var rights = ProcessRights()
  public var health = HealthChecks()
  public var log = LogSize.standard

  public init(name: ProcessName, executable: String) {
    self.name = name
    self.executable = executable
  }
}
