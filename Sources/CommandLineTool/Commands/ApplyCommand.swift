import ArgumentParser
import GroupProtocol
import Model

/// `dmake apply`.
struct ApplyCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Check, plan and activate a policy: a DMakefile with the programs beside it.",
    discussion: """
      The policy is checked here first, as `dmake lint` does. A bad one changes nothing.

      Examples:
        dmake apply policy/                   activate the policy in a folder
        dmake apply --dry-run policy/         show what would change, change nothing
        dmake apply -q policy/                only the exit code: 1 if something would change
        dmake apply --wait policy/            wait until every node has applied it
        dmake apply --history                 the policies that were active
        dmake apply --rollback                the one before the active one
        dmake apply --rollback=3fa9c1         another one, by its first digits
        dmake apply --rollback -n             show what that would change
        dmake apply --lift                    let all quarantined rules run again
        dmake apply --lift 'n1/web/config.xml{rate}'
                                              one of them, as `dmake status` names it

      Exit codes: 0 done, 1 a rule failed or (-q) something would change, 64 usage, 65 bad policy, 69 no leader \
      answers, 77 not allowed, 124 not everywhere in time, 130 interrupted.
      """)

  @OptionGroup var source: PolicyOptions

  @Flag(name: [.customShort("n"), .long], help: "Show what would change, node by node, and change nothing.")
  var dryRun = false

  @Flag(name: .shortAndLong, help: "Say nothing and change nothing: exit with 1 if something would change.")
  var quiet = false

  @Flag(help: "Wait until every present node has applied it.")
  var wait = false

  @Option(help: ArgumentHelp("How long to wait for plans, rounds and nodes.", valueName: "duration"))
  var timeout = DurationArgument(.seconds(300))

  @Flag(help: "List the policies that were active.")
  var history = false

  @Option(
    defaultAsFlag: RollbackTarget.previous,
    help: ArgumentHelp(
      "Activate an earlier policy again: the previous one, or the one with this digest.", valueName: "digest"))
  var rollback: RollbackTarget?

  @Option(
    defaultAsFlag: LiftTarget.all,
    help: ArgumentHelp(
      "Let quarantined rules run again: all of them, or the one for this target.", valueName: "target"))
  var lift: LiftTarget?

  @OptionGroup var output: OutputOptions
  @OptionGroup(title: "Leader") var connection: ConnectionOptions

  func validate() throws {
    let modes = [history, rollback != nil, lift != nil].count { $0 }
    if modes > 1 { throw ValidationError("expected at most one of --history, --rollback and --lift") }
    if history || lift != nil, dryRun || quiet {
      throw ValidationError("--dry-run and -q are for a policy that would be activated")
    }
    if rollback != nil, let path = source.path {
      throw ValidationError(
        "`\(path)` is no digest of a policy; expected its first hexadecimal digits, as --history lists them")
    }
    if modes > 0, !source.isDefault {
      throw ValidationError("--history, --rollback and --lift take no policy")
    }
    if wait, history || dryRun || quiet || lift != nil {
      throw ValidationError("--wait waits for an activation, and there is none")
    }
  }

  func execute(_ context: ToolContext) async throws(CommandFailure) -> ExitStatus {
    let connection = try connection.connection(context)
    let application = PolicyApplication(
      connection: connection, console: context.console, timeout: timeout.duration)
    if history {
      try output.write(HistoryView(try await application.history()), to: context.console)
      return .done
    }
    let author = Author.name(context.environment)
    if let lift {
      try output.write(try await application.lift(lift, author: author), to: context.console)
      return .done
    }
    if let rollback {
      if dryRun || quiet { return try show(try await application.planRollback(to: rollback), context) }
      return try await finish(
        try await application.rollBack(to: rollback, author: author), application, context)
    }
    let text = try source.source.read()
    if dryRun || quiet {
      return try show(try await application.plan(try await application.check(text, output.color)), context)
    }
    // Asked before the check, which takes its time; a bad policy is told even where no leader answers.
    let active = await application.active()
    let bundle = try await application.check(text, output.color)
    return try await finish(
      try await application.activate(bundle, author: author, expected: try active.get()), application, context)
  }

  private func show(_ plan: PlanView, _ context: ToolContext) throws(CommandFailure) -> ExitStatus {
    if !quiet { try output.write(plan, to: context.console) }
    return quiet && !plan.isEmpty ? .found : .done
  }

  private func finish(
    _ activation: PolicyApplication.Activation, _ application: PolicyApplication, _ context: ToolContext
  ) async throws(CommandFailure) -> ExitStatus {
    let report = wait ? try await application.wait(for: activation) : nil
    let view = ActivationView(policy: activation.policy, index: activation.index, report: report)
    try output.write(view, to: context.console)
    return view.hasProblems ? .found : .done
  }
}

/// `--lift`, or `--lift TARGET`.
enum LiftTarget: ExpressibleByArgument, CustomStringConvertible, Sendable {
  case all
  case target(String)

  init?(argument: String) {
    if argument.isEmpty { return nil }
    self = .target(argument)
  }

  /// None stand for all.
  var targets: [String] {
    switch self {
    case .all: []
    case .target(let target): [target]
    }
  }

  var description: String {
    switch self {
    case .all: "all"
    case .target(let target): target
    }
  }
}

/// `--rollback`, or `--rollback=DIGEST`.
enum RollbackTarget: ExpressibleByArgument, CustomStringConvertible, Sendable {
  case previous
  case digest(String)

  init?(argument: String) {
    guard !argument.isEmpty, argument.utf8.count <= 64, argument.allSatisfy(\.isHexDigit) else { return nil }
    self = .digest(argument)
  }

  var description: String {
    switch self {
    case .previous: "previous"
    case .digest(let text): text
    }
  }
}
