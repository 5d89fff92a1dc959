import ArgumentParser
import NodeSchema

/// `dmake lint`.
struct LintCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint",
    abstract: "Check a policy, or a node's configuration, without a leader.",
    discussion: """
      These are the checks of `dmake apply`. Findings go to standard output.

      Examples:
        dmake lint                            the DMakefile in this folder
        dmake lint policy/ -o json            for programs
        dmake lint --config web-node.xml      a node's DMake/config.xml
        dmake lint --schema > dmake.rng       the schema of DMake/config.xml

      Exit codes: 0 nothing found or advice only, 1 warnings, 64 usage, 65 errors or an unreadable file.
      """)

  @OptionGroup var policy: PolicyOptions

  @Option(
    help: ArgumentHelp("Check a node's configuration instead (dmake-config(5)).", valueName: "file"),
    completion: .file(extensions: ["xml"]))
  var config: String?

  @Flag(help: "Print the RELAX NG schema of a node's configuration.")
  var schema = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if config != nil, schema || !policy.isDefault {
      throw ValidationError("--config takes neither a policy nor --schema")
    }
    if schema, !policy.isDefault { throw ValidationError("--schema takes no policy") }
  }

  func execute(_ context: ToolContext) async throws(CommandFailure) -> ExitStatus {
    if schema {
      try context.console.write(
        NodeSchema.relaxNG.hasSuffix("\n") ? NodeSchema.relaxNG : NodeSchema.relaxNG + "\n")
      return .done
    }
    if let config { return try check(configuration: config, context) }
    let bundle = try policy.source.read()
    let findings = try await PolicyFindings(console: context.console).of(bundle)
    try output.write(findings, to: context.console)
    return findings.hasErrors ? .badInput : findings.hasWarnings ? .found : .done
  }

  private func check(configuration file: String, _ context: ToolContext) throws(CommandFailure) -> ExitStatus {
    let errors = try ConfigurationFile.errors(in: file)
    try output.write(ConfigurationFindingsView(file: file, errors: errors), to: context.console)
    return errors.isEmpty ? .done : .badInput
  }
}
