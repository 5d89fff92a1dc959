import Agent
import ArgumentParser
import Leader
import Linux
import Model
import ServiceLifecycle
import Transport

/// `dmake agent`.
struct AgentCommand: ToolCommand {
  static let endsOnSignals = false
  static let takesAllSignals = true
  static let standardAllowList = "/etc/dmake/allow"

  static let configuration = CommandConfiguration(
    commandName: "agent",
    abstract: "Run a node's processes, watch their states and apply their configurations.",
    discussion: """
      The agent runs what its node's DMake/config.xml says (dmake-config(5)). SIGTERM and SIGINT stop the \
      processes and then the agent; the node is then lost at once. Killed, or ended by SIGQUIT, it leaves the \
      processes running, and the next one takes them over: they are the children of a small keeper process, which \
      outlives it and ends with the last of them. The next agent starts what the one before has stopped, or what ended \
      with the machine, whatever its restart policy says. What had ended by itself for good, or had given up, stays \
      down, and a reload that was due still comes.

      SIGTERM stops the processes all at once: the signals go out in the reverse order of the configuration, and no \
      process waits for the end of another, so that the whole takes no longer than the longest grace. As a service of \
      systemd the agent tells when it is ready and that it works (Type=notify, WatchdogSec); KillMode=process leaves the keeper alone.

      Rules of the policy that are marked [local] (dmakefile(5)) are run by the agent itself, with a leader or without \
      one; it keeps the policy in DIR/local. They need GNU make, /usr/bin/make, on the node; where it is missing, \
      dmake status says so.

      Where the agent may divide its control group (cgroups(7), version 2), each process gets one of its own: what it \
      daemonised is told to stop with it, and is killed with it, whatever it did to its session and its variables. \
      A service of systemd says Delegate=yes for it, and with systemd 254 or newer DelegateSubgroup=agent; a \
      container needs a writable /sys/fs/cgroup. The agent logs what it found. Without control groups a process is \
      told by its session and its variables.

      The name of a node may change while its agent runs: write the new one to DIR/name and send SIGHUP. \
      Where there is such a file, it counts instead of --name.

      What a leader may have started on the node is everything that the agent's user can start, unless there is an \
      allow-list (dmake-allow(5)), which only the node's administrator writes. SIGHUP reads it again.

      Examples:
        dmake agent                           named as the host, leader on this machine
        dmake agent --name n1 --leader 127.0.0.1:7420 --token-file /etc/dmake/token
        dmake agent --lead --policy /etc/dmake/policy
                                              with the leader in the same process

      Exit codes: 0 stopped by a signal, 64 usage, 65 a damaged state folder or a bad allow-list, 69 the state folder is in use, the \
      disk is full or the leader refuses the node, 77 not allowed.
      """)

  @Option(
    help: ArgumentHelp("The node's name; without it, the host's name.", valueName: "name"),
    transform: { try NodeName.parse($0) })
  var name: NodeName?

  @Option(
    name: .customLong("leader"),
    help: ArgumentHelp(
      "Where a leader listens: unix:/path, host:port or [ipv6]:port; may be given several times.",
      discussion: "Without it, the addresses in DMAKE_LEADERS hold, else \(LeaderAddresses.standard).",
      valueName: "address"), transform: { try LeaderAddresses.parseReachable($0) })
  var leaders: [Address] = []

  @Option(
    help: ArgumentHelp(
      "The leader's token, which loopback TCP asks for: a file of mode 0600.", valueName: "file"),
    completion: .file())
  var tokenFile: String?

  @Option(
    name: .customLong("allow"),
    help: ArgumentHelp(
      "The list of what a leader may have started here (dmake-allow(5)); the file must be there.",
      discussion: "Without it, \(standardAllowList) holds if there is that file; else everything is permitted.",
      valueName: "file"), completion: .file())
  var allowList: String?

  @Option(
    name: .customLong("cgroup"),
    help: ArgumentHelp(
      "Where processes get control groups: auto, off, or a folder of the cgroup2 hierarchy.",
      discussion: "Without it, auto: in the agent's own group, where it may divide that.",
      valueName: "auto|off|dir"),
    completion: .directory, transform: { try ControlGroupFolder.Choice.parse($0) })
  var controlGroups = ControlGroupFolder.Choice.automatic

  @OptionGroup var daemon: DaemonOptions

  @Flag(help: "Lead too, in the same process.")
  var lead = false

  @OptionGroup(title: "With --lead") var leadOptions: LeadOptions

  func validate() throws {
    if !lead, !leadOptions.isDefault {
      throw ValidationError(
        "--listen, --policy, --lease, --tick, --make-jobs and --recipe-limit are for --lead")
    }
  }

  func execute(_ context: ToolContext) async throws(CommandFailure) -> ExitStatus {
    let folder = try daemon.stateFolder(context.environment)
    let logger = daemon.logger("agent", context.console)
    var settings = AgentSettings(
      name: name, stateFolder: folder, leaders: try addresses(context).map(\.description),
      version: Version.text)
    settings.allowList = AllowListFile(
      path: try allowList.map(WorkingFolder.absolute) ?? Self.standardAllowList, isRequired: allowList != nil)
    settings.controlGroups = controlGroups
    settings.serviceManager = ServiceManager { context.environment[$0] }
    let token = try tokenFile.map(WorkingFolder.absolute)
    let agent = AgentService(settings: settings, dialer: TransportDialer(tokenFile: token), logger: logger)
    guard lead else { return try await Daemon(logger: logger).run([agent]) }
    let leaderLogger = daemon.logger("leader", context.console)
    let leader = LeaderService(
      settings: try leadOptions.settings(stateFolder: folder, tokenFile: token), logger: leaderLogger,
      onStart: leadOptions.announce(leaderLogger))
    return try await Daemon(logger: logger).run([leader, agent])
  }

  /// An agent that leads looks for its own leader where that listens, unless it is told otherwise.
  private func addresses(_ context: ToolContext) throws(CommandFailure) -> [Address] {
    if !leaders.isEmpty { return leaders }
    if lead, let own = leadOptions.addresses.first { return [own] }
    return try LeaderAddresses.from(context.environment)
  }
}

extension ControlGroupFolder.Choice {
  static func parse(_ text: String) throws -> Self {
    switch text {
    case "auto": return .automatic
    case "off": return .off
    default:
      guard text.hasPrefix("/") else {
        throw ValidationError("`\(text)` is neither `auto`, `off` nor the absolute path of a control group")
      }
      return .folder(text.hasSuffix("/") ? String(text.dropLast()) : text)
    }
  }
}

extension NodeName {
  static func parse(_ text: String) throws -> NodeName {
    do { return try NodeName(text) } catch { throw ValidationError(error.description) }
  }
}
