import DMakefile
public import MakeWrapper
public import Model

/// GNU make as a leader's policy engine.
public struct MakeEngine: PolicyEngine {
  private let runner: RoundRunner
  private let make: String

  public init(settings: LeaderSettings) {
    make = settings.make
    runner = RoundRunner(
      settings: WrapperSettings(
        root: settings.root, stateFolder: "\(settings.stateFolder)/make", limits: settings.makeLimits,
        make: settings.make),
      validate: settings.validate)
  }

  public func check(
    _ bundle: Bundle, members: [NodeName], processes: [ProcessName]
  ) async throws(WrapperError) -> PolicyVerdict {
    let findings = try await PolicyCheck.check(bundle, members: members, processes: processes, make: make)
    return PolicyVerdict(
      isAcceptable: !findings.hasErrors, text: DiagnosticRenderer(bundle: bundle).render(findings))
  }

  public func install(_ bundle: Bundle) async throws(WrapperError) { try await runner.install(bundle) }

  public func prepare(tree: Tree, memory: WrapperMemory) async throws(WrapperError) {
    try await runner.prepare(tree: tree, memory: memory)
  }

  public func show(_ tree: Tree) async throws(WrapperError) { try await runner.show(tree) }

  public func run(_ request: RoundRequest) async -> RoundResult { await runner.run(request) }

  public func account(of target: String) async -> RuleFinding { runner.account(of: target) }

  public func trial(_ bundle: Bundle, _ request: RoundRequest) async throws(WrapperError) -> RoundResult {
    try await runner.trial(bundle, request)
  }
}
