public import DMakefile
public import Model

/// What a check of a policy has seen.
public struct PolicyExamination: Sendable {
  public var bundle: Bundle { makefiles.bundle }
  private let makefiles: Makefiles
  /// Before the policy's own comments suppress some.
  let found: [Diagnostic]
  public let findings: PolicyFindings
  public let translation: Translation
  /// The rules, and what they would make for ``members``; nil where an error in the text or for make hides them.
  public let graph: Graph?
  public let goals: [Goal]
  /// Whether findings that are advice alone are told too.
  let givesAdvice: Bool
  /// For whom it was checked.
  public let members: SortedMap<NodeName, [ProcessName]>

  /// `rules` is nil where make was not asked or could not say them.
  init(
    _ makefiles: Makefiles, _ found: [Diagnostic], _ translation: Translation,
    _ members: SortedMap<NodeName, [ProcessName]>, _ rules: (graph: Graph, goals: [Goal])?,
    givesAdvice: Bool = false
  ) {
    self.givesAdvice = givesAdvice
    self.makefiles = makefiles
    self.found = found
    self.translation = translation
    self.members = members
    graph = rules?.graph
    goals = rules?.goals ?? []
    let findings = PolicyFindings(
      found, in: makefiles, isComplete: rules != nil)
    // What a comment suppresses is something, whether it is told or not. Of a leader's tree all is told: it was asked
    // for.
    self.findings =
      givesAdvice
      ? findings
      : PolicyFindings(
        diagnostics: findings.diagnostics.filter { $0.severity > .info || $0.code.isOfTree },
        suppressed: findings.suppressed)
  }

  /// The same with what else was found.
  public func with(_ more: [Diagnostic]) -> PolicyExamination {
    PolicyExamination(
      makefiles, SortedSet(found + more).elements, translation, members, graph.map { ($0, goals) },
      givesAdvice: givesAdvice)
  }
}

/// How a check runs make.
public struct CheckSettings: Sendable {
  /// For whom the rules are checked; nil for ``AssumedMembers``.
  public var members: SortedMap<NodeName, [ProcessName]>?
  public var make = "/usr/bin/make"
  /// Where the private folder is made in which make runs.
  public var folder = "/tmp"
  /// Whether make may run on a policy that makes it do more than read where the kernel does not let it be confined.
  public var isTrusted = false
  /// Whether findings that are advice alone are told too.
  public var givesAdvice = false

  /// What is wrong with a node's configuration: its schema is not this module's to know.
  public var configurationErrors: @Sendable (Content) -> [ConfigurationError] = { _ in [] }

  public init() {}
}
