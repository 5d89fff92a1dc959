import Model

/// The answer to `dmake status --why-not TARGET`: why a rule did not run.
public struct WhyNotReport: Equatable, Sendable {
  public enum Cause: Equatable, Sendable {
    /// No rule makes it. `isFileThere`: the tree has the file all the same, written by its node.
    case noRule(nearest: [String], isFileThere: Bool)
    /// A rule makes it once the node is there.
    case absentNode(NodeName)
    /// It failed and waits for its back-off, or it is quarantined.
    case failed(RuleProblem)
    /// Something that it needs has failed: the targets up to that one, and what is wrong with it.
    case needsFailed([String], RuleProblem?)
    /// Nothing that it reads has changed since it ran in this round.
    case unchanged(since: LogIndex)
    /// It ran in this round, and made the same as before, which starts nothing.
    case madeSame(LogIndex)
    /// It did run, in this round, and made something else: `--why` explains it.
    case didRun(LogIndex)
    /// It has never run: nothing needs it, or its first round is still to come.
    case neverRan
    /// These have changed since it ran: a round that is running or to come will run it.
    case due([String])
  }

  /// As it was asked for.
  public let target: String
  /// The round from which on the question is.
  public let since: LogIndex
  /// All of them; the first one weighs most.
  public let causes: [Cause]
  public let account: RuleAccount?

  public init(target: String, since: LogIndex, causes: [Cause], account: RuleAccount?) {
    self.target = target
    self.since = since
    self.causes = causes
    self.account = account
  }
}

extension LeaderState {
  /// Why the rule for `target` has not run since the round at `since`, the last one where it is nil.
  public func whyNot(
    _ target: String, since: LogIndex?, _ finding: RuleFinding
  ) throws(Rejection) -> WhyNotReport {
    let since = since ?? lastRound
    if since > index {
      throw Rejection(.notFound, "the log has not got to \(since) yet; its last entry is \(index)")
    }
    switch finding {
    case .notRead:
      throw Rejection(
        .unavailable, "the leader has run no round since it started; ask again after the next one")
    case .noRule(let nearest):
      let path = (try? ValueReference(target))?.path
      let isFileThere = path.map { tree[$0] != nil } ?? false
      return WhyNotReport(
        target: target, since: since, causes: [.noRule(nearest: nearest, isFileThere: isFileThere)],
        account: nil)
    case .absentNode(let node):
      return WhyNotReport(target: target, since: since, causes: [.absentNode(node)], account: nil)
    case .rule(let account):
      return WhyNotReport(
        target: target, since: since, causes: causes(account, since: since), account: account)
    }
  }

  private func causes(_ account: RuleAccount, since: LogIndex) -> [WhyNotReport.Cause] {
    var causes: [WhyNotReport.Cause] = []
    if let problem = problems.first(where: { $0.target == account.target && !$0.kind.isFinding }) {
      causes.append(.failed(problem))
    }
    if let last = account.failedNeeds.last {
      causes.append(
        .needsFailed(account.failedNeeds, problems.first { $0.target == last && !$0.kind.isFinding }))
    }
    guard let ranAt = account.ranAt else { return causes.isEmpty ? [.neverRan] : causes }
    if ranAt >= since {
      causes.append(account.changedAt == ranAt ? .didRun(ranAt) : .madeSame(ranAt))
    } else {
      let newer = account.inputs.filter { $0.changedAt.map { $0 > ranAt } ?? false }.map(\.reference)
      if newer.isEmpty {
        causes.append(.unchanged(since: ranAt))
      } else if causes.isEmpty {
        causes.append(.due(newer))
      }
    }
    return causes
  }
}
