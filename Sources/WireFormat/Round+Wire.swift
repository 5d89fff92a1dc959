import FoundationEssentials
public import Model

extension SourcePlace: WireValue {
  public var wire: WireSourcePlace {
    var wire = WireSourcePlace()
    wire.file = file
    wire.line = Int64(line)
    return wire
  }

  public init(wire: WireSourcePlace) throws(WireError) {
    self.init(file: wire.file, line: try Field.count(wire.line, "line"))
  }
}

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
    case .unreadable: .unreadable
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
    return wire
  }

  public init(wire: WireRuleProblem) throws(WireError) {
    self.init(
      kind: try .read(wire.kind, "kind"), place: try .readOptional(wire.place, "place", if: wire.hasPlace),
      target: wire.target, message: wire.message, attempts: try Field.count(wire.attempts, "attempts"),
      retryAt: wire.hasRetryAt ? wire.retryAt : nil)
  }
}

extension Provenance: WireValue {
  public var wire: WireProvenance {
    var wire = WireProvenance()
    wire.value = value.wire
    wire.place = place.wire
    wire.reason = reason
    wire.inputs = inputs.map { input in
      var wire = WireProvenance.Input()
      wire.reference = input.reference
      if let old = input.old { wire.old = old }
      if let new = input.new { wire.new = new }
      return wire
    }
    if let old { wire.old = old }
    if let new { wire.new = new }
    return wire
  }

  public init(wire: WireProvenance) throws(WireError) {
    self.init(
      value: try .read(wire.value, "value", if: wire.hasValue),
      place: try .read(wire.place, "place", if: wire.hasPlace), reason: wire.reason,
      inputs: wire.inputs.map {
        Input(reference: $0.reference, old: $0.hasOld ? $0.old : nil, new: $0.hasNew ? $0.new : nil)
      }, old: wire.hasOld ? wire.old : nil, new: wire.hasNew ? wire.new : nil)
  }
}

extension Interest: WireValue {
  public var wire: WireInterest {
    var wire = WireInterest()
    wire.paths = paths.map(\.text)
    wire.isEverything = isEverything
    return wire
  }

  public init(wire: WireInterest) throws(WireError) {
    self.init(
      paths: SortedSet(try TreePath.readList(wire.paths, "paths")), isEverything: wire.isEverything)
  }
}

extension MemoryChange: WireValue {
  public var wire: WireMemoryChange {
    var wire = WireMemoryChange()
    wire.key = key
    if let value { wire.value = Data(value) }
    return wire
  }

  public init(wire: WireMemoryChange) {
    self.init(key: wire.key, value: wire.hasValue ? Array(wire.value) : nil)
  }
}

extension RoundResult: WireValue {
  public var wire: WireRoundResult {
    var wire = WireRoundResult()
    wire.index = index
    wire.changes = changes.map(\.wire)
    wire.handled = handled.map(\.wire)
    wire.problems = problems.map(\.wire)
    wire.provenance = provenance.map(\.wire)
    wire.memory = memory.map(\.wire)
    if let interest { wire.interest = interest.wire }
    wire.passes = Int64(passes)
    return wire
  }

  public init(wire: WireRoundResult) throws(WireError) {
    self.init(
      index: wire.index, changes: try TreeChange.readList(wire.changes, "changes"),
      handled: try EventIdentity.readList(wire.handled, "handled"),
      problems: try RuleProblem.readList(wire.problems, "problems"),
      provenance: try Provenance.readList(wire.provenance, "provenance"),
      memory: try MemoryChange.readList(wire.memory, "memory"),
      interest: try .readOptional(wire.interest, "interest", if: wire.hasInterest),
      passes: try Field.count(wire.passes, "passes"))
  }
}
