import Model

extension LeaderCore {
  /// What an agent was told to decide by itself, and what it says of it.
  struct TellingLocal: Equatable, Sendable {
    /// Nil where it is to be told again.
    var digest: Digest?
    var tick: Tick
    var isConfirmed: Bool
    /// The policy that the agent has.
    var policy: Digest?
    var problems: [RuleProblem]

    /// - Parameters:
    ///   - tick: the leader's.
    ///   - duration: of a tick of the leader's.
    init(_ report: LocalReport, tick: Tick, of duration: Duration) {
      digest = report.part
      self.tick = tick
      isConfirmed = true
      policy = report.policy
      problems = Self.problems(of: report, at: tick, of: duration)
    }

    /// What is wrong, with the leader's ticks at which it is tried again.
    static func problems(of report: LocalReport, at tick: Tick, of duration: Duration) -> [RuleProblem] {
      report.problems.map { problem in
        var retry: Tick?
        if let at = problem.retryAt, let now = report.tick {
          let seconds = min(at - min(now, at), 1 << 32)
          let length = Tick(clamping: max(1, duration.milliseconds))
          retry = tick + (seconds * 1000 + length - 1) / length
        }
        return RuleProblem(
          kind: problem.kind, place: problem.place, target: problem.target, message: problem.message,
          attempts: problem.attempts, retryAt: retry, details: problem.details)
      }
    }
  }

  /// Tells an admitted agent what its node decides by itself, unless it knows or was told. Until a policy has seen
  /// the node nobody knows, and the agent goes on with what it had.
  mutating func tellLocal(_ id: SessionID) -> [LeaderEffect] {
    guard let session = sessions[id], session.isAdmitted, let node = session.hello?.node,
      let part = state.nodes[node]?.local, let told = session.local, told.digest != part.digest,
      state.isSettled(node)
    else { return [] }
    sessions[id]?.local?.digest = part.digest
    sessions[id]?.local?.tick = state.tick
    sessions[id]?.local?.isConfirmed = false
    // What the agent said of files that are its own from here on is no news of the leader's.
    for file in part.files {
      sessions[id]?.applied[file] = nil
      sessions[id]?.sent[file] = nil
    }
    // What is the leader's again may be what it was before, and the node never had it.
    sessions[id]?.doubtful.formUnion(state.delivered(to: node).keys)
    let bundle = part.policy == told.policy ? nil : part.policy.flatMap { state.policies.bundles[$0] }
    return [.send(id, [.local(part, bundle)])] + configure(id)
  }

  /// The same after ``resendTicks`` without the agent's word, and for a node that has been settled since.
  mutating func tellLocalAgain(_ id: SessionID) -> [LeaderEffect] {
    guard let told = sessions[id]?.local else { return [] }
    if !told.isConfirmed, told.tick + Self.resendTicks <= state.tick {
      sessions[id]?.local?.digest = nil
    }
    return tellLocal(id)
  }

  mutating func noteLocal(_ report: LocalReport, from id: SessionID) {
    guard let told = sessions[id]?.local else { return }
    sessions[id]?.local?.isConfirmed = told.digest == report.part
    sessions[id]?.local?.policy = report.policy
    sessions[id]?.local?.problems = TellingLocal.problems(
      of: report, at: state.tick, of: state.timing.tick)
  }

  /// What nodes say is wrong with their local rules, each with its node's name.
  public var localProblems: [RuleProblem] {
    state.members.flatMap { node -> [RuleProblem] in
      let problems = sessions.admitted(of: node).flatMap { sessions[$0]?.local?.problems } ?? []
      return problems.map { problem in
        RuleProblem(
          kind: problem.kind, place: problem.place, target: problem.target,
          message: "on `\(node)`: \(problem.message)", attempts: problem.attempts,
          retryAt: problem.retryAt, details: problem.details)
      }
    }
  }

  /// How many files a node decides by rules that it does not go by yet.
  func outdatedLocalFiles(of node: NodeName, _ session: Session?) -> Int {
    guard let part = state.nodes[node]?.local, part.policy != nil else { return 0 }
    let isCurrent = session?.local.map { $0.isConfirmed && $0.digest == part.digest } ?? false
    return isCurrent ? 0 : part.files.count
  }
}
