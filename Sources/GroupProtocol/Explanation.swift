import Model

/// Why a value became what it is, and when.
public struct Explanation: Equatable, Sendable {
  /// The position of the round's result in the log.
  public let index: LogIndex
  public let time: WallTime
  public let provenance: Provenance
  /// Where in the log the value became what it was before, the newest first, as far as that is kept.
  public let earlier: [LogIndex]
  /// Why those of its inputs are what they were that rules have made, in the order of the inputs.
  public let causes: [Explanation]
  public init(
    index: LogIndex, time: WallTime, provenance: Provenance, earlier: [LogIndex] = [],
    causes: [Explanation] = []
  ) {
    self.index = index
    self.time = time
    self.provenance = provenance
    self.earlier = earlier
    self.causes = causes
  }
}

/// The answer to `dmake status --why VALUE [--at INDEX]`.
public struct ExplanationReport: Equatable, Sendable {
  public let value: ValueReference
  /// The position of the log that it speaks of.
  public let at: LogIndex
  /// Of the value; of a file that rules write by tags, of each of them. Empty where no rule made it.
  public let explanations: [Explanation]
  /// Where in the log it went, if a rule had made it before.
  public let removedAt: LogIndex?
  /// From where in the log on the history is whole.
  public let since: LogIndex
  /// Whether inputs that rules have made are not explained, because there are too many or the chain is too long.
  public let isCut: Bool
  public init(
    value: ValueReference, at: LogIndex, explanations: [Explanation], removedAt: LogIndex? = nil,
    since: LogIndex = 0, isCut: Bool = false
  ) {
    self.value = value
    self.at = at
    self.explanations = explanations
    self.removedAt = removedAt
    self.since = since
    self.isCut = isCut
  }
}
