import ArgumentParser
import DMakefile
import MakeWrapper
import Model
import NodeSchema
import Transport

/// `dmake lint`.
struct LintCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint",
    abstract: "Check a policy, or a node's configuration; no leader is needed.",
    discussion: """
      These are the checks of `dmake apply`. Findings go to standard output; beside the forms that show the policy \
      itself they go to standard error.

      make reads the policy in a private folder, without network and with limits. Where the system does not allow \
      that, a policy that makes make run programs while it reads, by `$(shell …)` say, is refused unless it is trusted.

      A comment `# dmake: allow DM207 because REASON` on the line of a finding or above its rule suppresses it, and at \
      the top of a file for the whole file. What refuses `dmake apply` cannot be suppressed.

      Examples:
        dmake lint                            the DMakefile in this folder
        dmake lint policy/ -o json            for programs
        dmake lint policy/ -o sarif           for editors and code hosts
        dmake lint policy/ -o make            what make gets
        dmake lint policy/ -o svg > g.svg     the graph as a picture, by Graphviz; see -o dot too
        dmake lint --explain DM207            what a finding means, with examples
        dmake lint policy/ --leader unix:/run/dmake/leader.sock
        dmake lint --config web-node.xml      a node's DMake/config.xml
        dmake lint --schema > dmake.rng       the schema of DMake/config.xml

      Exit codes: 0 nothing found or advice only, 1 findings, 64 usage, 65 not readable, 77 it would run unconfined.
      """)

  @OptionGroup var policy: PolicyOptions

  @Option(
    help: ArgumentHelp("Check a node's configuration instead (dmake-config(5)).", valueName: "file"),
    completion: .file(extensions: ["xml"]))
  var config: String?

  @Flag(help: "Print the RELAX NG schema of a node's configuration.")
  var schema = false

  @Option(
    help: ArgumentHelp("Say at length what a finding means and how to mend it.", valueName: "code"),
    transform: { try LintCommand.code($0) })
  var explain: DiagnosticCode?

  @Flag(help: "Let make run what the policy makes it run, also where it cannot be confined.")
  var trust = false

  @Option(
    help: ArgumentHelp(
      "Check against the members and files of this leader too, and by a trial round there.",
      valueName: "address"),
    transform: { try LeaderAddresses.parseReachable($0) })
  var leader: Address?

  @Option(
    help: ArgumentHelp("The leader's token; without it, DMAKE_TOKEN holds the token.", valueName: "file"),
    completion: .file())
  var tokenFile: String?

  @Flag(help: "Tell also what could be better although nothing is wrong.")
  var advice = false

  @Option(name: [.customShort("o"), .customLong("output")], help: "The form of the answer.")
  var format: LintFormat = .text

  @Option(help: "Colours; NO_COLOR in the environment forbids them where this says auto.")
  var color: ColorChoice = .auto

  /// In any case, as people type it.
  private static func code(_ text: String) throws -> DiagnosticCode {
    if let code = DiagnosticCode(rawValue: text.uppercased()) { return code }
    throw ValidationError(
      "`\(text)` is no code of a finding; expected one as DM207, which findings have in brackets")
  }

  func validate() throws {
    if config != nil, schema || !policy.isDefault {
      throw ValidationError("--config takes neither a policy nor --schema")
    }
    if schema, !policy.isDefault { throw ValidationError("--schema takes no policy") }
    if explain != nil, schema || config != nil || !policy.isDefault {
      throw ValidationError("--explain takes a code and nothing to check")
    }
    if config != nil || explain != nil, ![.text, .json].contains(format) {
      throw ValidationError("expected `-o text` or `-o json` where no policy is checked")
    }
  }

  func execute(_ context: ToolContext) async throws(CommandFailure) -> ExitStatus {
    if schema {
      try context.console.write(
        NodeSchema.relaxNG.hasSuffix("\n") ? NodeSchema.relaxNG : NodeSchema.relaxNG + "\n")
      return .done
    }
    if let explain {
      let view = FindingExplanationView(explain)
      try context.console.write(
        format == .json ? view.json.text : view.text(context.console.style(color)))
      return .done
    }
    if let config { return try check(configuration: config, context) }
    var examiner = PolicyExaminer(console: context.console)
    examiner.settings.isTrusted = trust
    examiner.settings.givesAdvice = advice
    let (bundle, refused) = try policy.source.readToCheck()
    let examination = try await examine(bundle, by: examiner, context)
    let status = try await show(examination, context)
    if let refused { throw refused }
    return status
  }

  private func examine(
    _ bundle: Bundle, by examiner: PolicyExaminer, _ context: ToolContext
  ) async throws(CommandFailure) -> PolicyExamination {
    guard let leader else { return try await examiner.examine(bundle) }
    let token = try LeaderToken.find(file: tokenFile, context.environment)
    let connection = OperatorConnection(addresses: [leader], token: token)
    return try await TreeExaminer(examiner: examiner, connection: connection).examine(bundle)
  }

  private func show(
    _ examination: PolicyExamination, _ context: ToolContext
  ) async throws(CommandFailure) -> ExitStatus {
    let console = context.console
    let findings = FindingsView(examination.findings, sources: examination.bundle)
    switch format {
    case .text: try console.write(findings.text(console.style(color)))
    case .json: try console.write(findings.json.text)
    case .sarif:
      let log = SarifLog(
        findings: examination.findings, sources: examination.bundle, locate: policy.source.uri)
      try console.write(log.json.text)
    case .make:
      console.tell(findings.text(console.errorStyle(color)))
      try console.write(TranslationText(examination.translation).bytes)
    case .dot, .svg:
      console.tell(findings.text(console.errorStyle(color)))
      guard examination.graph != nil else {
        // Without a finding that says why there are no rules, it was make that was missing.
        if findings.hasErrors { return findings.status }
        throw CommandFailure(.unavailable, "there is no graph without make, which reads the rules")
      }
      let picture = GraphPicture(examination)
      try console.write(
        format == .dot ? Array(picture.dot.utf8) : try await Drawing(context.environment).svg(of: picture))
    }
    return findings.status
  }

  private func check(configuration file: String, _ context: ToolContext) throws(CommandFailure) -> ExitStatus {
    let errors = try ConfigurationFile.errors(in: file)
    let view = ConfigurationFindingsView(file: file, errors: errors)
    try context.console.write(format == .json ? view.json.text : view.text(context.console.style(color)))
    return errors.isEmpty ? .done : .found
  }
}

/// `-o` of `dmake lint`: findings for people or for programs, or the policy in another form.
enum LintFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
  case text, json, sarif, make, dot, svg
}
