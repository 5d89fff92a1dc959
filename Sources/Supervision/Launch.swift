import Model

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
  public let rights: ProcessRights
  public let onAgentExit: AgentExitPolicy
  /// These hold for the next start; a change of them alone is no reason for one.
  public let stopSignal: Signal
  public let stopGrace: Duration
  public let log: LogSize
  /// Whether it is told where to say of itself that it is ready or alive, and how often it must say the latter.
  public let notifies: Bool
  /// One that must not outlive its keeper, which is to stop it at the fence.
  public let isFenced: Bool
  public let watchdog: Duration?
  /// What else is executed with its rights: to look at it, and at the fence.
  public let commands: [[String]]
  /// Over all that is executed: a restarted agent compares it with what a running process was started from.
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
    rights = process.rights
    onAgentExit = process.onAgentExit
    stopSignal = process.stopSignal
    stopGrace = process.stopGrace
    log = process.log
    isFenced = process.onIsolation == .stop
    notifies = process.health.areNotified
    watchdog = process.health.liveness.flatMap { $0.probe == .notify ? $0.silence : nil }
    let atFence = process.onIsolation == .command ? [process.isolationCommand] : []
    commands = process.health.commands + atFence
    var fields = [process.name.text, process.generation, process.executable, "\(process.arguments.count)"]
    fields += process.arguments
    fields += environment.flatMap { [$0, $1] }
    fields += [process.workingFolder, process.user, process.group].map { $0.map { "=\($0)" } ?? "" }
    // What stands here as it always did is left out: an agent that learns something new restarts nothing for it.
    fields += rights.digestFields
    if onAgentExit != .keep { fields.append("on-agent-exit \(onAgentExit.rawValue)") }
    digest = Digest(of: fields.flatMap { Array($0.utf8) + [0] })
  }
}
