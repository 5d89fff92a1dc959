/// Why a rule ran. A rule may have several reasons at once, and all of them count.
public enum RunReason: Hashable, Sendable {
  /// It had never succeeded.
  case new
  /// Its recipe, a variable in it, a program that it runs or its list of prerequisites is another one.
  case ruleChanged
  /// What it reads changed: a value, a file, an event, as ``ValueReference/description`` or make's name.
  case changed(String)
  /// Its target was not there.
  case missingOutput
  /// It had failed so many times, and its back-off was over.
  case retry(after: RuleProblem.Kind, attempts: Int)
  /// It runs whenever make looks at it: a prerequisite is phony or never becomes a file.
  case always
  /// An operator lifted its quarantine.
  case lifted
}

/// Why a value is what it is: the rule that made it and what that rule saw (`dmake status --why`).
public struct Provenance: Equatable, Sendable {
  public struct Input: Equatable, Sendable {
    public let reference: String
    /// Text of the value before and now, cut to ``textLimitBytes``; nil where it was or is absent.
    public let old: String?
    public let new: String?
    /// The position of the round in which it last changed: the version that the rule saw. Nil where nobody knows.
    public let changedAt: LogIndex?
    /// Whether one of the two is not the whole value: it is longer, or it is not UTF-8.
    public let isCut: Bool
    public init(
      reference: String, old: String?, new: String?, changedAt: LogIndex? = nil, isCut: Bool = false
    ) {
      self.reference = reference
      self.old = old
      self.new = new
      self.changedAt = changedAt
      self.isCut = isCut
    }
  }

  public static let textLimitBytes = 256

  public let value: ValueReference
  public let place: SourcePlace
  /// The position in the log at which the round began that ran the rule: everything up to it was seen.
  public let index: LogIndex
  /// In the order in which ``RunReason`` lists them, changed inputs in the rule's own order.
  public let reasons: [RunReason]
  /// The inputs that changed come first.
  public let inputs: [Input]
  public let old: String?
  public let new: String?
  /// As ``Input/isCut``.
  public let isCut: Bool

  public init(
    value: ValueReference, place: SourcePlace, index: LogIndex, reasons: [RunReason], inputs: [Input],
    old: String?, new: String?, isCut: Bool = false
  ) {
    self.value = value
    self.place = place
    self.index = index
    self.reasons = reasons
    self.inputs = inputs
    self.old = old
    self.new = new
    self.isCut = isCut
  }
}
