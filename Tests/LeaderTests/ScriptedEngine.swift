import MakeWrapper
import Model

@testable import Leader

/// A policy engine without make: what a round gives is a function of the tree, and every call is remembered.
///
/// For each member with a `web/state.xml` it writes a `web/config.xml` that has the policy's text and the state.
/// A policy with the word `bad` does not pass the check, and one with `alternates` has a rule that is quarantined until
/// it is lifted.
actor ScriptedEngine: PolicyEngine {
  private(set) var installed: [Digest] = []
  private(set) var runs: [LogIndex] = []
  private(set) var preparedTree: Tree?
  private var bundles: [Digest: Bundle] = [:]
  private var isHeld: Bool
  private var held: [CheckedContinuation<Void, Never>] = []

  /// - Parameter isHeld: rounds begin and do not end before ``release()``.
  init(isHeld: Bool = false) { self.isHeld = isHeld }

  func release() {
    isHeld = false
    for continuation in held { continuation.resume() }
    held = []
  }

  func check(_ bundle: Bundle, members: [NodeName], processes: [ProcessName]) -> PolicyVerdict {
    let isBad = bundle.policy?.text.contains("bad") != false
    return PolicyVerdict(isAcceptable: !isBad, text: isBad ? "DMakefile:1: this is bad" : "")
  }

  func install(_ bundle: Bundle) {
    installed.append(bundle.digest)
    bundles[bundle.digest] = bundle
  }

  func prepare(tree: Tree, memory: WrapperMemory) { preparedTree = tree }

  func run(_ request: RoundRequest) async -> RoundResult {
    runs.append(request.index)
    if isHeld { await withCheckedContinuation { held.append($0) } }
    return result(of: request, bundles[request.policy])
  }

  func show(_ tree: Tree) {}

  func trial(_ bundle: Bundle, _ request: RoundRequest) -> RoundResult { result(of: request, bundle) }

  /// The node's configuration is the only rule.
  func account(of target: String) -> RuleFinding {
    if runs.isEmpty { return .notRead }
    if target != "n1/web/config.xml" { return .noRule(nearest: ["n1/web/config.xml"]) }
    return .rule(
      RuleAccount(
        target: target, place: SourcePlace(file: Bundle.policyFile, line: 1), ranAt: runs[0],
        changedAt: runs[0],
        inputs: [RuleAccount.Input(reference: "n1/web/state.xml", changedAt: runs[0], madeAt: nil)],
        failedNeeds: []))
  }

  private func result(of request: RoundRequest, _ bundle: Bundle?) -> RoundResult {
    let text = bundle?.policy?.text ?? "nothing"
    let changes = request.members.compactMap { node -> TreeChange? in
      guard let state = request.tree.files(of: node).first(where: { $0.0.text.hasSuffix("web/state.xml") }),
        let path = try? TreePath("\(node)/web/config.xml")
      else { return nil }
      return TreeChange(path, Content("<c>\(text) \(state.1.content.text)</c>"))
    }
    let isQuarantined = text.contains("alternates") && !request.lifted.contains("n1/a")
    let problem = RuleProblem(
      kind: .oscillation, place: nil, target: "n1/a", message: "it alternates", attempts: 1, retryAt: nil)
    return RoundResult(
      index: request.index, changes: changes, handled: request.events.map(\.identity),
      problems: isQuarantined ? [problem] : [],
      provenance: [], memory: [], interest: nil, passes: 1)
  }
}

/// A bundle that is one file.
func bundle(_ text: String) throws -> Bundle {
  Bundle(files: [
    Bundle.File(path: try TreePath(Bundle.policyFile), isExecutable: false, content: Content(text))
  ])
}
