import ArgumentParser
import Glibc
import Keeper
import Linux

/// The program: reads the command line, runs the command, and ends the process with its exit code.
public enum DMakeTool {
  /// Never returns. The work runs in a task that is started by hand, because an asynchronous `main` costs a
  /// statically linked program 45 ms before it begins; and nothing is done before the command line is read.
  public static func main() -> Never {
    Keeper.runIfNamed(CommandLine.arguments)
    // Threads that are started later inherit the mask: what comes before anybody waits for it is kept until then.
    change(SIG_BLOCK, SIGHUP, SIGQUIT, SIGINT, SIGTERM)
    let environment = Environment.process
    let console = Console(environment: environment)
    let command = parse(console)
    let context = ToolContext(console: console, environment: environment)
    // A daemon outlives whoever reads its log lines, and a command is told by write(2).
    signal(SIGPIPE, SIG_IGN)
    if !type(of: command).takesAllSignals { change(SIG_UNBLOCK, SIGHUP, SIGQUIT) }
    Task(executorPreference: TaskThreads.shared) {
      do throws(CommandFailure) {
        exit((try await command.execute(context)).rawValue)
      } catch {
        exit(report(error, console))
      }
    }
    guard type(of: command).endsOnSignals else { while true { pause() } }
    waitForSignal()
    exit(ExitStatus.interrupted.rawValue)
  }

  /// The command with its options. Help, the version and completion scripts are data; what is wrong is not.
  private static func parse(_ console: Console) -> any ToolCommand {
    do {
      let command = try DMakeCommand.parseAsRoot(separated(Array(CommandLine.arguments.dropFirst())))
      if let command = command as? any ToolCommand { return command }
      if command is DMakeCommand {
        // A script that lost its arguments must notice.
        throw ValidationError("expected a subcommand: agent, leader, apply, status or lint")
      }
      var builtIn = command
      try builtIn.run()
      exit(ExitStatus.done.rawValue)
    } catch {
      let text = DMakeCommand.fullMessage(for: error).visibleLines
      if DMakeCommand.exitCode(for: error).isSuccess {
        exit(output(text + "\n", console))
      }
      console.tell(text + "\n")
      exit(ExitStatus.usage.rawValue)
    }
  }

  /// `--rollback=DIGEST` as two words: the library takes the value of an option that may have none for no value where
  /// more options follow, or where it is not valid.
  static func separated(_ arguments: [String]) -> [String] {
    let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
    return arguments.enumerated().flatMap { position, argument in
      for option in ["--rollback", "--lift"] where position < end && argument.hasPrefix(option + "=") {
        return [option, String(argument.dropFirst(option.count + 1))]
      }
      return [argument]
    }
  }

  private static func output(_ text: String, _ console: Console) -> Int32 {
    do {
      try console.write(text)
      return ExitStatus.done.rawValue
    } catch {
      return report(error, console)
    }
  }

  /// Tells why a command ended, and answers its exit code.
  private static func report(_ failure: CommandFailure, _ console: Console) -> Int32 {
    if failure.status != .done { console.tell(failure) }
    return failure.status.rawValue
  }

  private static func set(of numbers: [Int32]) -> sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in numbers { sigaddset(&signals, number) }
    return signals
  }

  private static func change(_ how: Int32, _ numbers: Int32...) {
    var signals = set(of: numbers)
    pthread_sigmask(how, &signals, nil)
  }

  private static func waitForSignal() {
    var signals = set(of: [SIGINT, SIGTERM])
    var signal: Int32 = 0
    while sigwait(&signals, &signal) != 0 {}
  }
}

/// What a command is given beside its options.
struct ToolContext: Sendable {
  let console: Console
  let environment: Environment
}

/// A subcommand that does something.
protocol ToolCommand: ParsableCommand, Sendable {
  /// Whether SIGINT and SIGTERM simply end it with exit code 130. Daemons stop in good order instead.
  static var endsOnSignals: Bool { get }

  /// Whether SIGHUP and SIGQUIT mean something to it, too, from its first moment on.
  static var takesAllSignals: Bool { get }

  func execute(_ context: ToolContext) async throws(CommandFailure) -> ExitStatus
}

extension ToolCommand {
  static var endsOnSignals: Bool { true }
  static var takesAllSignals: Bool { false }
}

/// `dmake`.
struct DMakeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dmake",
    abstract: "Run a distributed application and configure it by a DMakefile.",
    discussion: """
      An agent on every node runs the application's processes and watches the states that they write. A leader \
      keeps all states and configurations as files in a tree and runs GNU make over it with your DMakefile \
      whenever something changed. Changed configurations go back to the nodes.

      Examples:
        dmake leader                          on one machine
        dmake agent --name n1                 on every node
        dmake lint policy/                    mistakes, each with its place
        dmake apply --dry-run policy/         what would change
        dmake apply --wait policy/            make it so on every node
        dmake status --watch                  nodes, processes, problems
        dmake status --why n1/web/config.xml{rate}
      """,
    version: Version.text,
    subcommands: [
      AgentCommand.self, LeaderCommand.self, ApplyCommand.self, StatusCommand.self, LintCommand.self,
      ManualCommand.self,
    ])

  static var _errorPrefix: String { "dmake: " }
}
