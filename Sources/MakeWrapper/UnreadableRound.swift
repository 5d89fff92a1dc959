import Model

/// The result of a round that could not run at all: nothing changes, and it is tried again later.
enum UnreadableRound {
  static func result(of request: RoundRequest, _ failure: RoundFailure) -> RoundResult {
    switch failure {
    case .file(let error): result(of: request, place: nil, message: "\(error)")
    case .make(let error): result(of: request, place: nil, message: "\(error)")
    case .unreadable(let place, let message): result(of: request, place: place, message: message)
    }
  }

  static func result(of request: RoundRequest, place: SourcePlace?, message: String) -> RoundResult {
    var memory = RoundMemory(request.memory)
    let target = Bundle.policyFile
    memory[failure: target] = .after(
      memory[failure: target], RuleFault(.unreadable, place: place, message), inputs: Digest(of: []),
      tick: request.tick)
    return RoundResult(
      index: request.index, changes: [], handled: [],
      problems: (memory.failures.map { memory[failure: $0]?.problem(of: $0) }
        + memory.findings.map { memory[finding: $0]?.problem(of: $0) }).compactMap { $0 }, provenance: [],
      memory: memory.changes,
      // Any change may be the one with which make can read the policy again.
      interest: .everything, passes: 0)
  }
}
