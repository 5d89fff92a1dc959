import Model

/// What a rule's recipe said of one tag: `X{tag}=Y`, or `X{tag}-=`, which removes the element.
public struct Assignment: Hashable, Sendable, CustomStringConvertible {
  public let path: TreePath
  public let tag: String
  /// In the order they were assigned; more than one if the tag was assigned more than once. Empty: removed.
  public let values: [String]
  /// The assignment's line in the policy, or in the file that a program wrote.
  public let place: SourcePlace

  public init(path: TreePath, tag: String, values: [String], place: SourcePlace) {
    self.path = path
    self.tag = tag
    self.values = values
    self.place = place
  }

  public var reference: ValueReference { ValueReference(path, tag: tag) }
  public var description: String {
    values.isEmpty
      ? "\(path){\(tag)}-=" : values.map { "\(path){\(tag)}=\($0)" }.joined(separator: " ")
  }
}

/// A line that is no assignment.
public struct AssignmentProblem: Hashable, Sendable, CustomStringConvertible {
  public let place: SourcePlace
  public let message: String
  public init(place: SourcePlace, message: String) {
    self.place = place
    self.message = message
  }
  public var description: String { "\(place): \(message)" }
}

/// An assignment line of a policy. It has a number, under which make writes what the line assigned for a target.
public struct AssignmentSite: Hashable, Sendable {
  /// From 1; unique in a translation.
  public let number: Int
  /// With make's variables, and `$*` for the stem.
  public let tag: String
  /// X as the policy has it, with make's variables.
  public let file: String
  public let isRemoval: Bool
  /// Y is one tag and nothing else: the lines are the values of a set, not one value.
  public let isCopy: Bool
  /// make completes the tag, so that the record has it.
  public let isComputed: Bool
  /// It stands in the text of rules that `$(eval …)` makes: X and tag may have the parameters of that text.
  public let isOfTemplate: Bool
  public let place: SourcePlace

  public init(
    number: Int, tag: String, file: String, isRemoval: Bool, isCopy: Bool, isComputed: Bool = false,
    isOfTemplate: Bool = false, place: SourcePlace
  ) {
    self.number = number
    self.tag = tag
    self.file = file
    self.isRemoval = isRemoval
    self.isCopy = isCopy
    self.isComputed = isComputed
    self.isOfTemplate = isOfTemplate
    self.place = place
  }
}
