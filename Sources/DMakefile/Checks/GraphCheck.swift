import Model

extension Graph {
  /// That the rules are more than anybody can look at.
  public func diagnostic(of limit: AnalysisLimit, in text: PolicyText) -> Diagnostic {
    GraphCheck(self, [], text).finding(
      .tooManyRules, .error, limit.place, target: limit.target, limit.description,
      note: "a leader refuses such a policy as well, since it would do nothing else any more",
      hint: "make counts on its own: `make -pq` prints the rules and variables as it reads them")
  }

  /// What is wrong with the rules themselves, for the goals of a group of nodes, at the words of the rules' lines.
  /// A pattern's finding is the same for every node: it is told once.
  public func diagnostics(of goals: [Goal], in text: PolicyText) -> [Diagnostic] {
    GraphCheck(self, goals, text).diagnostics
  }

  /// Of those, what keeps `[local]` rules from being run by their nodes.
  public func diagnostics(ofLocal goals: [Goal], in text: PolicyText) -> [Diagnostic] {
    if !goals.contains(where: \.isLocal) { return [] }
    return GraphCheck(self, goals, text).told { $0.localFindings.filter { $0.code == .localRule } }
  }
}

/// Finds what is wrong with rules, once make has told what they are for certain nodes and processes.
struct GraphCheck {
  let graph: Graph
  let goals: [Goal]
  let text: PolicyText
  private let lazyIndex: LazyIndex
  let special: SpecialTargets
  let flow: DataFlow
  let owners: SortedMap<TreePath, [Owner]>
  /// Targets that the policy names, with or without a recipe.
  let declared: SortedSet<String>
  /// Whether a tag is assigned somewhere, and to no file that is known.
  let hasUnknownAssignments: Bool

  init(_ graph: Graph, _ goals: [Goal], _ text: PolicyText) {
    self.graph = graph
    self.goals = goals
    self.text = text
    lazyIndex = LazyIndex(graph)
    special = SpecialTargets(graph.database)
    var owners = SortedMap<TreePath, [Owner]>()
    for owner in graph.owned(by: goals) { owners[owner.reference.path, default: []].append(owner) }
    self.owners = owners
    flow = DataFlow(goals, owners)
    let known = SortedSet(goals.flatMap { $0.assigned.compactMap(\.tag) })
    hasUnknownAssignments = graph.translation.assignments.contains { !known.contains($0.tag) }
    declared = SortedSet(graph.database.rules.lazy.filter(\.isTarget).map(\.target))
  }

  /// For names of which only a pattern may say something.
  var index: RuleIndex { lazyIndex.index }

  private final class LazyIndex {
    private let graph: Graph
    private(set) lazy var index = RuleIndex(graph)

    init(_ graph: Graph) { self.graph = graph }
  }

  var diagnostics: [Diagnostic] {
    told {
      $0.nameFindings + $0.outsideFindings + $0.cycleFindings + $0.patternFindings + $0.writerFindings
        + $0.unwrittenFindings + $0.unreadFindings + $0.feedbackFindings + $0.unreachableFindings
        + $0.includeFindings + $0.localFindings + $0.leaderFindings + $0.sideFindings + $0.processFindings
        + $0.outputFindings + $0.restartFindings + $0.overlapFindings + $0.inheritanceFindings
        + $0.memoryFindings
        + $0.specialFindings + $0.unclearVariableFindings + $0.expansionFindings
    }
  }

  /// Findings in the order of their places, of one kind one at a place.
  func told(_ found: (Self) -> [Diagnostic]) -> [Diagnostic] {
    var result: [Diagnostic] = []
    for finding in SortedSet(found(self)) {
      if let last = result.last, last.code == finding.code, last.file == finding.file,
        last.line == finding.line, last.column == finding.column
      {
        continue
      }
      result.append(finding)
    }
    return result
  }

  /// A finding at the word of a rule's line that stands for a name: a target, or, if it is none, a prerequisite.
  func finding(
    _ code: DiagnosticCode, _ severity: Diagnostic.Severity = .warning, _ rule: SourcePlace?,
    target: String? = nil, prerequisite: String? = nil, _ message: String, note: String? = nil,
    hint: String? = nil
  ) -> Diagnostic {
    let site = rule.flatMap { text.rule(at: $0) } ?? target.flatMap { text.rule(forTarget: $0) }
    guard let site else { return finding(code, severity, at: rule, message, note, hint) }
    let word =
      prerequisite.flatMap { site.word(for: $0, among: site.prerequisites) }
      ?? target.flatMap { site.word(for: $0, among: site.targets) } ?? site.targets.first ?? site.line.range
    return Diagnostic(
      code, severity, in: site.source, at: word, message: message, note: note, hint: hint)
  }

  /// At a whole line: the rule came by `$(eval …)` or `define`, and has no words of its own.
  private func finding(
    _ code: DiagnosticCode, _ severity: Diagnostic.Severity, at place: SourcePlace?, _ message: String,
    _ note: String?, _ hint: String?
  ) -> Diagnostic {
    guard let place, let source = text[place.file]?.source, place.line <= source.lineCount else {
      return Diagnostic(
        code, severity, file: place?.file ?? Bundle.policyFile, line: place?.line ?? 0, message: message,
        note: note, hint: hint)
    }
    let line = source.bytes[source.line(place.line)].trimmed
    return Diagnostic(
      code, severity, in: source, at: line.startIndex..<line.endIndex, message: message, note: note, hint: hint)
  }
}
