public import GroupProtocol
public import Model

extension RuleAccount: WireValue {
  public var wire: WireRuleAccount {
    var wire = WireRuleAccount()
    wire.target = target
    wire.place = place.wire
    if let ranAt { wire.ranAt = ranAt }
    if let changedAt { wire.changedAt = changedAt }
    wire.inputs = inputs.map { input in
      var wire = WireRuleAccount.Input()
      wire.reference = input.reference
      if let changedAt = input.changedAt { wire.changedAt = changedAt }
      if let madeAt = input.madeAt { wire.madeAt = madeAt }
      return wire
    }
    wire.failedNeeds = failedNeeds
    return wire
  }

  public init(wire: WireRuleAccount) throws(WireError) {
    self.init(
      target: wire.target, place: try .read(wire.place, "place", if: wire.hasPlace),
      ranAt: wire.hasRanAt ? wire.ranAt : nil, changedAt: wire.hasChangedAt ? wire.changedAt : nil,
      inputs: wire.inputs.map {
        Input(
          reference: $0.reference, changedAt: $0.hasChangedAt ? $0.changedAt : nil,
          madeAt: $0.hasMadeAt ? $0.madeAt : nil)
      }, failedNeeds: wire.failedNeeds)
  }
}

extension WhyNotReport: WireValue {
  public var wire: WireWhyNotReport {
    var wire = WireWhyNotReport()
    wire.target = target
    wire.since = since
    wire.causes = causes.map(\.wire)
    if let account { wire.account = account.wire }
    return wire
  }

  public init(wire: WireWhyNotReport) throws(WireError) {
    self.init(
      target: wire.target, since: try Field.number(wire.since, "since"),
      causes: try Cause.readList(wire.causes, "causes"),
      account: try .readOptional(wire.account, "account", if: wire.hasAccount))
  }
}

extension WhyNotReport.Cause: WireValue {
  public var wire: WireWhyNotReport.Cause {
    var wire = WireWhyNotReport.Cause()
    switch self {
    case .noRule(let nearest, let isFileThere):
      wire.noRule.nearest = nearest
      wire.noRule.isFileThere = isFileThere
    case .absentNode(let node): wire.absentNode = node.text
    case .failed(let problem): wire.failed = problem.wire
    case .needsFailed(let way, let problem):
      wire.needsFailed.way = way
      if let problem { wire.needsFailed.problem = problem.wire }
    case .unchanged(let round): wire.unchanged = round
    case .madeSame(let round): wire.madeSame = round
    case .didRun(let round): wire.didRun = round
    case .neverRan: wire.neverRan = WireNothing()
    case .due(let inputs): wire.due.inputs = inputs
    }
    return wire
  }

  public init(wire: WireWhyNotReport.Cause) throws(WireError) {
    switch wire.kind {
    case .noRule(let none): self = .noRule(nearest: none.nearest, isFileThere: none.isFileThere)
    case .absentNode(let node): self = .absentNode(try .read(node, "absent_node"))
    case .failed(let problem): self = .failed(try .read(problem, "failed"))
    case .needsFailed(let needs):
      self = .needsFailed(
        needs.way, try .readOptional(needs.problem, "needs_failed.problem", if: needs.hasProblem))
    case .unchanged(let round): self = .unchanged(since: round)
    case .madeSame(let round): self = .madeSame(round)
    case .didRun(let round): self = .didRun(round)
    case .neverRan: self = .neverRan
    case .due(let due): self = .due(due.inputs)
    case nil: throw WireError(.missing, field: "kind")
    }
  }
}
