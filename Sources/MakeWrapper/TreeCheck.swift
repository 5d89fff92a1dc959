public import DMakefile
public import Model
import XML

/// What a policy reads, compared with the tree of a leader.
public struct TreeCheck {
  private let examination: PolicyExamination
  private let files: SortedMap<TreePath, Content>

  /// - Parameters:
  ///   - examination: of the policy for the leader's present members and their processes.
  ///   - files: those of the members' folders.
  public init(_ examination: PolicyExamination, files: SortedMap<TreePath, Content>) {
    self.examination = examination
    self.files = files
  }

  /// One finding for a rule and what it reads, whatever the number of nodes.
  public var findings: [Diagnostic] {
    var groups = SortedMap<String, (finding: Diagnostic, others: Int)>()
    // What a rule makes, on whichever side, is there when the policy is active: the tree need not have it yet.
    let owned = SortedSet(
      (examination.graph?.owned(by: examination.goals) ?? []).map(\.reference.path))
    let leaves = examination.graph?.leaves(of: examination.goals) ?? []
    for goal in examination.goals {
      for name in SortedSet(goal.prerequisites + goal.recipeReads) where leaves.contains(name) {
        guard let reference = HiddenSpace.name(name)?.reference, !owned.contains(reference.path),
          let finding = finding(reference, of: goal)
        else { continue }
        let rest = reference.path.components.dropFirst().joined(separator: "/")
        let key = "\(finding.file):\(finding.line):\(finding.code.rawValue):\(rest){\(reference.tag ?? "")}"
        groups[key] = groups[key].map { ($0.finding, $0.others + 1) } ?? (finding, 0)
      }
    }
    return SortedSet(groups.values.map(Self.counted) + absentNodes).elements
  }

  private static func counted(_ finding: Diagnostic, _ others: Int) -> Diagnostic {
    if others == 0 { return finding }
    let text = "\(finding.message); the same holds for \(others) other \(others == 1 ? "file" : "files")"
    return Diagnostic(
      finding.code, finding.severity, file: finding.file, line: finding.line, message: text, note: finding.note,
      hint: finding.hint)
  }

  private func finding(_ value: ValueReference, of goal: Goal) -> Diagnostic? {
    guard let file = value.path.nodeFile, let node = try? NodeName(String(value.path.top)),
      let processes = examination.members[node], file.name != TreePath.stopProcFile
    else { return nil }
    guard let content = files[value.path] else { return notReported(value.path, file, processes, goal) }
    guard let tag = value.tag, let path = try? LocationPath(tag) else { return nil }
    guard let document = try? XMLDocument.parse(content.bytes) else { return nil }
    guard let values = try? document.values(at: path), values.isEmpty else { return nil }
    let names = SortedSet(document.root?.children.map(\.name) ?? [])
    return Diagnostic(
      .absentValue, .warning, place: goal.place, "`\(value.path)` has no `\(tag)` now, so `\(value)` is empty",
      hint: names.isEmpty ? nil : "the file has \(names.map { "`\($0)`" }.joined(separator: ", "))")
  }

  private func notReported(
    _ path: TreePath, _ file: NodeFile, _ processes: [ProcessName], _ goal: Goal
  ) -> Diagnostic? {
    // The agent writes its own state as soon as it has looked at the machine.
    guard let process = file.process else { return nil }
    if processes.contains(process) {
      // Nothing else in a node's folder is an application's to tell; the policy's own files are checked without a tree.
      guard file.isState else { return nil }
      return Diagnostic(
        .notReported, .warning, place: goal.place, "the process `\(process)` has not written `\(path)`",
        hint: "correct the name, or let the application write it")
    }
    let config = "\(path.top)/\(TreePath.nodeFolder)/\(TreePath.configFile)"
    let isConfigured = examination.goals.contains { $0.output?.reference.path.text == config }
    return Diagnostic(
      .notReported, isConfigured ? .info : .warning, place: goal.place,
      "nobody writes `\(path)`: there is no process `\(process)` on `\(path.top)` now",
      hint: isConfigured ? nil : "correct the name, or let a rule make `\(config)`, which starts processes")
  }

  /// Nodes that the policy names and that are not there.
  private var absentNodes: [Diagnostic] {
    guard let graph = examination.graph else { return [] }
    var found: [Diagnostic] = []
    for rule in graph.database.rules where rule.isTarget && rule.recipe != nil {
      guard let path = HiddenSpace.name(rule.target)?.reference.path, path.nodeFile != nil,
        let node = try? NodeName(String(path.top)), examination.members[node] == nil
      else { continue }
      found.append(
        Diagnostic(
          .absentNode, .info, place: rule.place, "the node `\(node)` is not there, so `\(path)` is not made now"
        ))
    }
    return found
  }
}

extension Diagnostic {
  /// What a trial round of a leader shows.
  public init(_ problem: RuleProblem) {
    let lines = problem.message.split(separator: "\n").prefix(3).joined(separator: "; ")
    self.init(
      .trialProblem, .warning, place: problem.place,
      "in a trial round `\(HiddenSpace.shown(problem.target))` is \(problem.kind.rawValue): \(lines)",
      note: "the trial ran over a copy of the leader's tree")
  }

  fileprivate init(
    _ code: DiagnosticCode, _ severity: Severity, place: SourcePlace?, _ message: String, note: String? = nil,
    hint: String? = nil
  ) {
    self.init(
      code, severity, file: place?.file ?? Bundle.policyFile, line: place?.line ?? 0, message: message,
      note: note, hint: hint)
  }
}
