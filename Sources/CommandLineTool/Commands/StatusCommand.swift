import ArgumentParser
import GroupProtocol
import Model

/// `dmake status`.
struct StatusCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show nodes, processes, rounds and problems, or explain a value.",
    discussion: """
      Examples:
        dmake status                          everything in a table
        dmake status n1                       one node with its processes and files
        dmake status n1/web                   one process with the content of its files
        dmake status --watch --every 1s       again and again, in place
        dmake status -o json | jq '.nodes[].name'
        dmake status --why 'n1/web/config.xml{rate}'
                                              the rule that made the value, out of what, when
        dmake status --why 'n1/web/config.xml{rate}' --at 815
                                              the same, as it was when the log was at 815
        dmake status --why-not n1/web/config.xml
                                              why its rule did not run in the last round
        dmake status n1/web --log --lines 100
                                              the last lines that the process printed, each behind its time
        dmake status n1/web --log -f          the same, and what it prints from then on

      Logs stay on their nodes: the leader asks the node's agent for each part and keeps none. On a terminal \
      control characters are shown and not sent to it.

      Exit codes: 0 shown, 65 no such node, process or output, 69 no leader or agent answers.
      """)

  @Argument(
    help: ArgumentHelp("NODE, or NODE/PROCESS; without it, everything.", valueName: "node"),
    transform: { try StatusSubject.parse($0) })
  var subject: StatusSubject = .everything

  @Flag(name: .shortAndLong, help: "Show it again and again, in place on a terminal.")
  var watch = false

  @Option(help: ArgumentHelp("How often with --watch, as in 500ms, 10s, 2m.", valueName: "duration"))
  var every = DurationArgument(.seconds(2))

  @Option(
    help: ArgumentHelp(
      "Explain why NODE/PROCESS/FILE, or the value of its element TAG, is what it is: the rule, every reason that it ran, its inputs, and how those came about. Of what [local] rules make, only their node knows.",
      valueName: "file{tag}"), transform: { try ValueReference.parse($0) })
  var why: ValueReference?

  @Option(
    help: ArgumentHelp("Explain with --why how it was when the log was at this index.", valueName: "index"))
  var at: LogIndex?

  @Option(
    help: ArgumentHelp(
      "Explain why the rule for NODE/PROCESS/FILE, FILE{TAG} or another target did not run in the last round.",
      valueName: "target"))
  var whyNot: String?

  @Option(help: ArgumentHelp("Ask with --why-not since this round.", valueName: "index"))
  var since: LogIndex?

  @Flag(help: "Show what NODE/PROCESS has printed.")
  var log = false

  @Flag(name: .shortAndLong, help: "Go on with --log until interrupted.")
  var follow = false

  @Option(help: ArgumentHelp("How many of the last lines with --log; 40 without it.", valueName: "n"))
  var lines: Int?

  @OptionGroup var output: OutputOptions
  @OptionGroup(title: "Leader") var connection: ConnectionOptions

  func validate() throws {
    if why != nil || whyNot != nil, watch || subject != .everything || why != nil && whyNot != nil {
      throw ValidationError("--why and --why-not stand alone: they take neither a node nor --watch")
    }
    if since != nil, whyNot == nil { throw ValidationError("--since is for --why-not, which is missing") }
    if at != nil, why == nil { throw ValidationError("--at says when for --why, which is missing") }
    if follow || lines != nil, !log {
      throw ValidationError("--follow and --lines are for --log, which is missing")
    }
    if log { try validateLog() }
    if every.duration < .milliseconds(100) {
      throw ValidationError("--every \(every) is too often; expected at least 100ms")
    }
  }

  private func validateLog() throws {
    guard case .folder(_, let folder) = subject, folder != TreePath.nodeFolder else {
      throw ValidationError("--log is for a process; name it as NODE/PROCESS")
    }
    if watch || output.format != .text {
      throw ValidationError(
        "--log prints lines as they are; --watch and --output are not for it, but --follow is")
    }
    if let lines, !(0...LogQuery.lineLimit).contains(lines) {
      throw ValidationError("--lines \(lines) is out of range; expected 0 to \(LogQuery.lineLimit)")
    }
  }

  func execute(_ context: ToolContext) async throws(CommandFailure) -> ExitStatus {
    let connection = try connection.connection(context)
    if let why {
      guard case .explained(let report) = try await connection.ask(.why(why, at: at)) else { throw .unexpected }
      try output.write(ExplanationView(report), to: context.console)
    } else if let whyNot {
      guard case .notRun(let report) = try await connection.ask(.whyNot(whyNot, since: since)) else {
        throw .unexpected
      }
      try output.write(WhyNotView(report), to: context.console)
    } else if log, case .folder(let node, let folder) = subject, let process = try? ProcessName(folder) {
      try await LogReading(
        connection: connection, console: context.console, node: node, process: process, lines: lines ?? 40,
        follows: follow
      ).run()
    } else if watch {
      let watch = StatusWatch(
        connection: connection, console: context.console, subject: subject, output: output,
        interval: every.duration)
      try await watch.run()
    } else {
      let report = try await connection.status(files: subject.folder)
      try context.console.write(try subject.render(report, output, context.console))
    }
    return .done
  }
}

extension StatusSubject {
  static func parse(_ text: String) throws -> StatusSubject {
    do { return try StatusSubject(argument: text) } catch { throw ValidationError(error.description) }
  }

  /// The report as this subject's view.
  func render(
    _ report: StatusReport, _ output: OutputOptions, _ console: Console
  ) throws(CommandFailure) -> String {
    switch self {
    case .everything: output.render(StatusView(report), console)
    case .node(let node): output.render(try DetailView(report, node: node, folder: nil), console)
    case .folder(let node, let folder):
      output.render(try DetailView(report, node: node, folder: folder), console)
    }
  }
}

extension ValueReference {
  /// `FILE` or `FILE{tag}`.
  static func parse(_ text: String) throws -> ValueReference {
    do { return try ValueReference(text) } catch { throw ValidationError(error.description) }
  }
}
