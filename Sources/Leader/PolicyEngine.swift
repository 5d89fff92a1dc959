public import MakeWrapper
public import Model

/// What the checks of a bundle found.
public struct PolicyVerdict: Equatable, Sendable {
  public let isAcceptable: Bool
  /// The findings, rendered for a person; warnings alone do not make a bundle bad.
  public let text: String
  public init(isAcceptable: Bool, text: String) {
    self.isAcceptable = isAcceptable
    self.text = text
  }
}

/// What runs policies for a leader: ``MakeEngine``, or a double in tests.
public protocol PolicyEngine: Sendable {
  /// What is wrong with a bundle for a cluster with these nodes and processes.
  func check(
    _ bundle: Bundle, members: [NodeName], processes: [ProcessName]
  ) async throws(WrapperError) -> PolicyVerdict
  /// Makes a bundle available to rounds that name its digest.
  func install(_ bundle: Bundle) async throws(WrapperError)
  /// Brings ROOT to what the log says, once, before the first round.
  func prepare(tree: Tree, memory: WrapperMemory) async throws(WrapperError)
  /// Brings ROOT to a later tree, between rounds.
  func show(_ tree: Tree) async throws(WrapperError)
  func run(_ request: RoundRequest) async -> RoundResult
  /// What is known of the rule for a target, for `dmake status --why-not`.
  func account(of target: String) async -> RuleFinding
  /// What a round with this bundle would give, in a private copy of ROOT.
  func trial(_ bundle: Bundle, _ request: RoundRequest) async throws(WrapperError) -> RoundResult
}
