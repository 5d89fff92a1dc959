import GroupProtocol
import Model

/// What `dmake apply` does with a policy.
struct PolicyApplication: Sendable {
  let connection: OperatorConnection
  let console: Console
  /// For plans, activations and waiting.
  let timeout: Duration

  struct Activation: Equatable, Sendable {
    let policy: Digest
    let index: LogIndex
  }

  /// The bundle, if nothing in it is an error. Findings go to standard error.
  func check(_ bundle: Bundle, _ color: ColorChoice) async throws(CommandFailure) -> Bundle {
    var examiner = PolicyExaminer(console: console)
    // Whoever applies a policy has it run by the leaders.
    examiner.settings.isTrusted = true
    let findings = FindingsView(try await examiner.examine(bundle).findings, sources: bundle)
    if findings.isEmpty { return bundle }
    console.tell(findings.text(console.errorStyle(color)))
    if findings.hasErrors {
      throw CommandFailure(.badInput, "the policy has errors and was not applied")
    }
    return bundle
  }

  func plan(_ bundle: Bundle) async throws(CommandFailure) -> PlanView { try await plan(.plan(bundle)) }

  func planRollback(to target: RollbackTarget) async throws(CommandFailure) -> PlanView {
    try await plan(.planRollback(to: try Self.policy(target, in: try await history())))
  }

  private func plan(_ request: OperatorRequest) async throws(CommandFailure) -> PlanView {
    guard case .planned(let plan) = try await connection.ask(request, timeout: timeout) else {
      throw .unexpected
    }
    return PlanView(plan, processes: PlanView.ProcessChange.all(in: plan))
  }

  /// The policy that is active now: what a change is decided against, so that of two operators at once the second
  /// is told.
  func active() async -> Result<Digest?, CommandFailure> {
    do throws(CommandFailure) { return .success(try await history().first(where: \.isActive)?.policy) } catch {
      return .failure(error)
    }
  }

  func activate(
    _ bundle: Bundle, author: String, expected: Digest?
  ) async throws(CommandFailure) -> Activation {
    try await activation(.apply(bundle, author: author, expected: expected))
  }

  func rollBack(to target: RollbackTarget, author: String) async throws(CommandFailure) -> Activation {
    let history = try await history()
    return try await activation(
      .rollback(
        to: try Self.policy(target, in: history), author: author,
        expected: history.first(where: \.isActive)?.policy))
  }

  private static func policy(
    _ target: RollbackTarget, in history: [PolicyRecord]
  ) throws(CommandFailure) -> Digest? {
    switch target {
    case .previous: nil
    case .digest(let prefix): try HistoryView.policy(prefix, in: history)
    }
  }

  func lift(_ target: LiftTarget, author: String) async throws(CommandFailure) -> LiftView {
    guard
      case .lifted(let targets, let index) = try await connection.ask(
        .lift(targets: target.targets, author: author))
    else { throw .unexpected }
    return LiftView(targets: targets, index: index)
  }

  func history() async throws(CommandFailure) -> [PolicyRecord] {
    guard case .history(let records) = try await connection.ask(.history) else { throw .unexpected }
    return records
  }

  func wait(for activation: Activation) async throws(CommandFailure) -> StatusReport {
    try await ActivationWait(connection: connection, console: console, activation: activation.index)
      .run(timeout: timeout)
  }

  private func activation(_ request: OperatorRequest) async throws(CommandFailure) -> Activation {
    guard case .activated(let policy, let index) = try await connection.ask(request, timeout: timeout) else {
      throw .unexpected
    }
    return Activation(policy: policy, index: index)
  }
}
