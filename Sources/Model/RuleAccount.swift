/// What the make wrapper knows of the rule for a target, when somebody asks why it did not run. Rounds are named by
/// the positions in the log at which they began.
public struct RuleAccount: Equatable, Sendable {
  /// Something that the rule reads.
  public struct Input: Equatable, Sendable {
    /// As ``ValueReference/description``, or a phony target's name.
    public let reference: String
    /// The round that first saw it as it is now.
    public let changedAt: LogIndex?
    /// The last round in which the rule that makes it ran, whether or not it made something else; nil for what no
    /// rule makes.
    public let madeAt: LogIndex?
    public init(reference: String, changedAt: LogIndex?, madeAt: LogIndex?) {
      self.reference = reference
      self.changedAt = changedAt
      self.madeAt = madeAt
    }
  }

  /// How many of the inputs are listed.
  public static let inputLimit = 32

  /// As problems show it.
  public let target: String
  public let place: SourcePlace
  /// The last round in which the rule ran and succeeded.
  public let ranAt: LogIndex?
  /// The last round in which it made something else than before.
  public let changedAt: LogIndex?
  /// The last that changed come first.
  public let inputs: [Input]
  /// Where something that the rule needs has failed: the targets from the first prerequisite to the one that failed.
  public let failedNeeds: [String]

  public init(
    target: String, place: SourcePlace, ranAt: LogIndex?, changedAt: LogIndex?, inputs: [Input],
    failedNeeds: [String]
  ) {
    self.target = target
    self.place = place
    self.ranAt = ranAt
    self.changedAt = changedAt
    self.inputs = inputs
    self.failedNeeds = failedNeeds
  }
}

/// What a question for a target finds.
public enum RuleFinding: Equatable, Sendable {
  case rule(RuleAccount)
  /// No rule of the policy makes it for the nodes that are there. Targets with similar names, if there are any.
  case noRule(nearest: [String])
  /// A rule makes it once the node is there.
  case absentNode(NodeName)
  /// No round has run since the wrapper started, so it has not read the rules yet.
  case notRead
}
