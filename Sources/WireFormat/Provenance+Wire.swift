public import Model

extension RuleProblem.Kind: WireCase {
  var wire: WireRuleProblem.Kind {
    switch self {
    case .failed: .failed
    case .timedOut: .timedOut
    case .flooded: .flooded
    case .badOutput: .badOutput
    case .missingOutput: .missingOutput
    case .conflict: .conflict
    case .oscillation: .oscillation
    case .unsettled: .unsettled
    case .ownInput: .ownInput
    case .undeclared: .undeclared
    case .nondeterministic: .nondeterministic
    case .unreadable: .unreadable
    case .restartLoop: .restartLoop
    }
  }
}

extension RuleProblem: WireValue {
  public var wire: WireRuleProblem {
    var wire = WireRuleProblem()
    wire.kind = kind.wire
    if let place { wire.place = place.wire }
    wire.target = target
    wire.message = message
    wire.attempts = Int64(attempts)
    if let retryAt { wire.retryAt = retryAt }
    wire.details = details.map(\.wire)
    return wire
  }

  public init(wire: WireRuleProblem) throws(WireError) {
    self.init(
      kind: try .read(wire.kind, "kind"), place: try .readOptional(wire.place, "place", if: wire.hasPlace),
      target: wire.target, message: wire.message, attempts: try Field.count(wire.attempts, "attempts"),
      retryAt: try Field.number(wire.retryAt, "retry_at", if: wire.hasRetryAt),
      details: wire.details.map(Detail.init(wire:)))
  }
}

extension RuleProblem.Detail: WireValue {
  public var wire: WireRuleProblem.Detail {
    var wire = WireRuleProblem.Detail()
    wire.reference = reference
    wire.texts = texts.map { text in
      var wire = WireRuleProblem.Text()
      if let text { wire.text = text }
      return wire
    }
    return wire
  }

  public init(wire: WireRuleProblem.Detail) {
    self.init(reference: wire.reference, texts: wire.texts.map { $0.hasText ? $0.text : nil })
  }
}

extension RunReason: WireValue {
  public var wire: WireRunReason {
    var wire = WireRunReason()
    switch self {
    case .new: wire.new = WireNothing()
    case .ruleChanged: wire.ruleChanged = WireNothing()
    case .changed(let reference): wire.changed = reference
    case .missingOutput: wire.missingOutput = WireNothing()
    case .retry(let kind, let attempts):
      wire.retry.after = kind.wire
      wire.retry.attempts = Int64(attempts)
    case .always: wire.always = WireNothing()
    case .lifted: wire.lifted = WireNothing()
    }
    return wire
  }

  public init(wire: WireRunReason) throws(WireError) {
    switch wire.kind {
    case .new: self = .new
    case .ruleChanged: self = .ruleChanged
    case .changed(let reference): self = .changed(reference)
    case .missingOutput: self = .missingOutput
    case .retry(let retry):
      self = .retry(
        after: try .read(retry.after, "retry.after"),
        attempts: try Field.count(retry.attempts, "retry.attempts"))
    case .always: self = .always
    case .lifted: self = .lifted
    case nil: throw WireError(.missing, field: "kind")
    }
  }
}

extension Provenance: WireValue {
  public var wire: WireProvenance {
    var wire = WireProvenance()
    wire.value = value.wire
    wire.place = place.wire
    wire.index = index
    wire.isCut = isCut
    wire.reasons = reasons.map(\.wire)
    wire.inputs = inputs.map { input in
      var wire = WireProvenance.Input()
      wire.reference = input.reference
      if let old = input.old { wire.old = old }
      if let new = input.new { wire.new = new }
      if let changedAt = input.changedAt { wire.changedAt = changedAt }
      wire.isCut = input.isCut
      return wire
    }
    if let old { wire.old = old }
    if let new { wire.new = new }
    return wire
  }

  public init(wire: WireProvenance) throws(WireError) {
    self.init(
      value: try .read(wire.value, "value", if: wire.hasValue),
      place: try .read(wire.place, "place", if: wire.hasPlace),
      index: try Field.number(wire.index, "index"),
      reasons: try RunReason.readList(wire.reasons, "reasons"),
      inputs: wire.inputs.map {
        Input(
          reference: $0.reference, old: $0.hasOld ? $0.old : nil, new: $0.hasNew ? $0.new : nil,
          changedAt: $0.hasChangedAt ? $0.changedAt : nil, isCut: $0.isCut)
      }, old: wire.hasOld ? wire.old : nil, new: wire.hasNew ? wire.new : nil,
      isCut: wire.isCut)
  }
}
