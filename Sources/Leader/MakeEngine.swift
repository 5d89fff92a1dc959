import DMakefile
public import MakeWrapper
public import Model

/// GNU make as a leader's policy engine.
public struct MakeEngine: PolicyEngine {
  private let runner: RoundRunner

  public init(settings: LeaderSettings) {
    runner = RoundRunner(
      settings: WrapperSettings(
        root: settings.root, stateFolder: "\(settings.stateFolder)/make", limits: settings.makeLimits,
        make: settings.make))
  }

  public func check(_ bundle: Bundle) async -> PolicyVerdict {
    PolicyVerdict(isAcceptable: true, text: "")
  }

  public func install(_ bundle: Bundle) async throws(WrapperError) { try await runner.install(bundle) }

  public func prepare(tree: Tree, memory: WrapperMemory) async throws(WrapperError) {
    try await runner.prepare(tree: tree, memory: memory)
  }

  public func run(_ request: RoundRequest) async -> RoundResult { await runner.run(request) }

  public func trial(_ bundle: Bundle, _ request: RoundRequest) async throws(WrapperError) -> RoundResult {
    try await runner.trial(bundle, request)
  }
}
