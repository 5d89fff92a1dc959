import FoundationEssentials
public import GroupProtocol
import Model

extension OperatorRequest: WireValue {
  public var wire: WireOperatorRequest {
    var wire = WireOperatorRequest()
    switch self {
    case .apply(let bundle, let author, let expected):
      wire.apply.bundle = bundle.wire
      wire.apply.author = WireLimit.cut(author, to: WireLimit.labelBytes)
      if let expected { wire.apply.expected = Data(expected.bytes) }
    case .plan(let bundle): wire.plan = bundle.wire
    case .rollback(let policy, let author, let expected):
      if let expected { wire.rollback.expected = Data(expected.bytes) }
      wire.rollback.author = WireLimit.cut(author, to: WireLimit.labelBytes)
      if let policy { wire.rollback.to = Data(policy.bytes) }
    case .planRollback(let policy):
      wire.planRollback = WireOperatorRequest.PlanRollback()
      if let policy { wire.planRollback.to = Data(policy.bytes) }
    case .lift(let targets, let author):
      wire.lift.targets = targets
      wire.lift.author = WireLimit.cut(author, to: WireLimit.labelBytes)
    case .history: wire.history = WireNothing()
    case .status(let files):
      wire.status = WireOperatorRequest.Status()
      if let files { wire.status.files = files }
    case .whyNot(let target, let since):
      wire.whyNot.target = target
      if let since { wire.whyNot.since = since }
    case .why(let value, let index):
      wire.why.value = value.wire
      if let index { wire.why.at = index }
    case .log(let node, let query):
      wire.log.node = node.text
      wire.log.query = query.wire
    }
    return wire
  }

  public init(wire: WireOperatorRequest) throws(WireError) {
    switch wire.kind {
    case .apply(let apply):
      self = .apply(
        try .read(apply.bundle, "apply.bundle", if: apply.hasBundle),
        author: try Field.text(apply.author, "apply.author", limit: WireLimit.labelBytes),
        expected: apply.hasExpected ? try Field.digest(apply.expected, "apply.expected") : nil)
    case .plan(let bundle): self = .plan(try .read(bundle, "plan"))
    case .rollback(let rollback):
      self = .rollback(
        to: rollback.hasTo ? try Field.digest(rollback.to, "rollback.to") : nil,
        author: try Field.text(rollback.author, "rollback.author", limit: WireLimit.labelBytes),
        expected: rollback.hasExpected ? try Field.digest(rollback.expected, "rollback.expected") : nil)
    case .planRollback(let plan):
      self = .planRollback(to: plan.hasTo ? try Field.digest(plan.to, "plan_rollback.to") : nil)
    case .lift(let lift):
      try Field.checkCount(lift.targets.count, "lift.targets", limit: WireLimit.liftTargets)
      for target in lift.targets { _ = try Field.text(target, "lift.targets") }
      self = .lift(
        targets: lift.targets,
        author: try Field.text(lift.author, "lift.author", limit: WireLimit.labelBytes))
    case .history: self = .history
    case .status(let status):
      self = .status(
        files: status.hasFiles
          ? try Field.text(status.files, "status.files", limit: TreePath.lengthLimit) : nil)
    case .whyNot(let whyNot):
      self = .whyNot(
        try Field.text(whyNot.target, "why_not.target"),
        since: try Field.number(whyNot.since, "why_not.since", if: whyNot.hasSince))
    case .why(let why):
      self = .why(
        try .read(why.value, "why.value", if: why.hasValue),
        at: try Field.number(why.at, "why.at", if: why.hasAt))
    case .log(let log):
      self = .log(try .read(log.node, "log.node"), try .read(log.query, "log.query", if: log.hasQuery))
    case nil: throw WireError(.missing, field: "kind")
    }
  }
}

extension OperatorAnswer: WireValue {
  public var wire: WireOperatorAnswer {
    var wire = WireOperatorAnswer()
    switch self {
    case .activated(let policy, let index):
      wire.activated.policy = Data(policy.bytes)
      wire.activated.index = index
    case .lifted(let targets, let index):
      wire.lifted.targets = targets
      wire.lifted.index = index
    case .planned(let plan): wire.planned = plan.wire
    case .history(let records): wire.history.records = records.map(\.wire)
    case .status(let report): wire.status = report.wire
    case .explained(let report): wire.explained = report.wire
    case .notRun(let report): wire.notRun = report.wire
    case .log(let chunk):
      wire.log = WireOperatorAnswer.Log()
      if let chunk { wire.log.chunk = chunk.wire }
    case .rejected(let rejection): wire.rejected = rejection.wire
    }
    return wire
  }

  public init(wire: WireOperatorAnswer) throws(WireError) {
    switch wire.kind {
    case .activated(let activated):
      self = .activated(
        policy: try Field.digest(activated.policy, "activated.policy"),
        index: try Field.number(activated.index, "activated.index"))
    case .lifted(let lifted):
      self = .lifted(lifted.targets, index: try Field.number(lifted.index, "lifted.index"))
    case .planned(let plan): self = .planned(try .read(plan, "planned"))
    case .history(let history): self = .history(try PolicyRecord.readList(history.records, "history.records"))
    case .status(let report): self = .status(try .read(report, "status"))
    case .explained(let report): self = .explained(try .read(report, "explained"))
    case .notRun(let report): self = .notRun(try .read(report, "not_run"))
    case .log(let log): self = .log(try .readOptional(log.chunk, "log.chunk", if: log.hasChunk))
    case .rejected(let rejection): self = .rejected(try .read(rejection, "rejected"))
    case nil: throw WireError(.missing, field: "kind")
    }
  }
}

extension Rejection.Reason: WireCase {
  var wire: WireRejection.Reason {
    switch self {
    case .badInput: .badInput
    case .notFound: .notFound
    case .outdated: .outdated
    case .unavailable: .unavailable
    }
  }
}

extension Rejection: WireValue {
  public var wire: WireRejection {
    var wire = WireRejection()
    wire.reason = reason.wire
    wire.text = text
    return wire
  }

  public init(wire: WireRejection) throws(WireError) {
    self.init(try .read(wire.reason, "reason"), wire.text)
  }
}
