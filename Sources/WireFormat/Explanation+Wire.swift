public import GroupProtocol
import Model

extension Explanation: WireValue {
  public var wire: WireExplanation {
    var wire = WireExplanation()
    wire.index = index
    wire.timeMilliseconds = time.milliseconds
    wire.provenance = provenance.wire
    wire.earlier = earlier
    wire.causes = causes.map(\.wire)
    return wire
  }

  public init(wire: WireExplanation) throws(WireError) {
    self.init(
      index: try Field.number(wire.index, "index"),
      time: try Field.time(wire.timeMilliseconds, "time_milliseconds"),
      provenance: try .read(wire.provenance, "provenance", if: wire.hasProvenance),
      earlier: try Field.numbers(wire.earlier, "earlier"),
      causes: try Explanation.readList(wire.causes, "causes"))
  }
}

extension ExplanationReport: WireValue {
  public var wire: WireOperatorAnswer.Explained {
    var wire = WireOperatorAnswer.Explained()
    wire.value = value.wire
    wire.at = at
    wire.explanations = explanations.map(\.wire)
    if let removedAt { wire.removedAt = removedAt }
    wire.since = since
    wire.isCut = isCut
    return wire
  }

  public init(wire: WireOperatorAnswer.Explained) throws(WireError) {
    self.init(
      value: try .read(wire.value, "value", if: wire.hasValue), at: try Field.number(wire.at, "at"),
      explanations: try Explanation.readList(wire.explanations, "explanations"),
      removedAt: try Field.number(wire.removedAt, "removed_at", if: wire.hasRemovedAt),
      since: try Field.number(wire.since, "since"), isCut: wire.isCut)
  }
}
