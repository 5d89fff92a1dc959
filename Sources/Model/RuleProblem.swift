/// A rule that did not do its work in a round.
public struct RuleProblem: Hashable, Sendable, CustomStringConvertible {
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The recipe exited with another status than 0.
    case failed
    /// The recipe passed its time limit and was killed with all that it had started.
    case timedOut = "timed-out"
    /// The recipe printed or wrote more than its limit.
    case flooded
    /// The recipe's output is not what its file must be, an XML document as a rule.
    case badOutput = "bad-output"
    /// The recipe succeeded and its target does not exist.
    case missingOutput = "missing-output"
    /// Two rules gave one tag different values in one pass.
    case conflict
    /// The outputs alternate; the rule is quarantined (outputs as at the round's start).
    case oscillation
    /// The outputs take new values without end; the rule is quarantined as for an oscillation.
    case unsettled
    /// The recipe changes what the rule reads, so that the rule is never up to date.
    case ownInput = "own-input"
    /// The recipe writes a file or a tag that no rule which ran declares as its target; it was taken away.
    case undeclared
    /// The recipe gave another result when it was run again with the same inputs: replicas would not agree.
    case nondeterministic
    /// make could not even read the policy with this tree.
    case unreadable
    /// The rule changes what a process runs because of what the process itself tells, its end say, and so restarts it
    /// again and again.
    case restartLoop = "restart-loop"

    /// Whether the rule stands still until an outside input or the policy changes, or an operator lifts it.
    public var isQuarantine: Bool { self == .oscillation || self == .unsettled }

    /// Whether it is something that was noticed of a rule that did run, and does not keep it from running again.
    public var isFinding: Bool {
      switch self {
      case .ownInput, .undeclared, .nondeterministic, .restartLoop: true
      default: false
      }
    }
  }

  /// A value that the problem is about, with the texts that it takes: those that alternate, those of two writers
  /// or of two runs. Each is cut to ``Provenance/textLimitBytes`` and nil where the value is absent.
  public struct Detail: Hashable, Sendable {
    /// As ``ValueReference/description``.
    public let reference: String
    public let texts: [String?]
    public init(reference: String, texts: [String?]) {
      self.reference = reference
      self.texts = texts
    }
  }

  public let kind: Kind
  public let place: SourcePlace?
  public let target: String
  /// What happened, and the recipe's last output lines.
  public let message: String
  /// How many rounds in a row it has failed.
  public let attempts: Int
  /// When it is tried again without a change of its inputs; nil for a quarantined rule.
  public let retryAt: Tick?
  public let details: [Detail]

  public init(
    kind: Kind, place: SourcePlace?, target: String, message: String, attempts: Int, retryAt: Tick?,
    details: [Detail] = []
  ) {
    self.kind = kind
    self.place = place
    self.target = target
    self.message = message
    self.attempts = attempts
    self.retryAt = retryAt
    self.details = details
  }

  public var description: String { "\(kind.rawValue) \(place.map { "\($0): " } ?? "")\(target): \(message)" }
}
