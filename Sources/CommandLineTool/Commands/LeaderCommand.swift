import ArgumentParser
import Leader

/// `dmake leader`.
struct LeaderCommand: ToolCommand {
  static let endsOnSignals = false

  static let configuration = CommandConfiguration(
    commandName: "leader",
    abstract: "Lead: keep the tree of states and configurations and run the policy.",
    discussion: """
      The leader keeps its log in the state folder and answers nobody before what was said is on disk. Killed at \
      any moment, it comes back with everything that it had acknowledged. Without its log it rebuilds the tree \
      from the agents.

      Examples:
        dmake leader                          on a Unix socket of this machine
        dmake leader --listen 127.0.0.1:7420 --token-file /etc/dmake/token
        dmake leader --policy /etc/dmake/policy --lease 30s

      Exit codes: 0 stopped by SIGTERM or SIGINT, 64 usage, 65 a damaged log or a bad policy, 69 the port or the \
      state folder is in use or the disk is full, 77 not allowed.
      """)

  @OptionGroup var lead: LeadOptions
  @OptionGroup var daemon: DaemonOptions

  @Option(
    help: ArgumentHelp(
      "The token that loopback TCP asks for: a file of mode 0600, made where it is absent. Without it, DIR/leader/token.",
      valueName: "file"), completion: .file())
  var tokenFile: String?

  func execute(_ context: ToolContext) async throws(CommandFailure) -> ExitStatus {
    let logger = daemon.logger("leader", context.console)
    let settings = try lead.settings(
      stateFolder: try daemon.stateFolder(context.environment), tokenFile: tokenFile)
    let leader = LeaderService(settings: settings, logger: logger, onStart: lead.announce(logger))
    return try await Daemon(logger: logger).run([leader])
  }
}
