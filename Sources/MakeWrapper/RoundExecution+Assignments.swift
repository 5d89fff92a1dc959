import DMakefile
import Linux
import Model

extension RoundExecution {
  /// What the recipes that ran have assigned, by target. A line that is no assignment is the rule's failure.
  func readAssignments(
    of ran: VertexSet, _ failures: inout SortedMap<String, RuleFault>
  ) throws(SystemError) -> [Vertex: AssignedValues] {
    var files: [[UInt8]] = []
    for part in 0..<partCount {
      if let content = try root.readPlain(AssignmentRecord.file(part: part)) { files.append(content.bytes) }
    }
    var records: [String: [AssignmentRecord.Located]] = [:]
    for run in runNames {
      for bytes in files {
        // What a run that was killed had expanded, a later one expands again.
        records.merge(
          Dictionary(grouping: AssignmentRecord.records(in: bytes, run: run), by: \.target)
        ) { $1 }
      }
    }
    var assigned: [Vertex: AssignedValues] = [:]
    for vertex in ran {
      guard let rule = graph.rule(vertex), failures[rule.target] == nil else { continue }
      let (values, problem) = try assignments(of: rule, records[rule.target] ?? [])
      if let problem {
        failures[rule.target] = RuleFault(.badOutput, problem)
      } else if !values.isEmpty {
        assigned[vertex] = AssignedValues(stamp: .output(request.index, pass: pass), values: values)
      }
    }
    return assigned
  }

  /// What the file of a value holds, without a look at the disk where it is as it was shown to make.
  private func value(_ name: String) -> Content? {
    if graph.input(named: name)?.tag != nil, let content = root.content(of: name) { return content }
    return try? root.readPlain(name)
  }

  private func assignments(
    of rule: RuleGraph.Rule, _ records: [AssignmentRecord.Located]
  ) throws(SystemError) -> (values: SortedMap<ValueReference, [String]>, problem: String?) {
    var found: [Assignment] = []
    for record in records {
      guard let site = policy.translation.site(number: record.number) else { continue }
      let (assignment, problem) = AssignmentRecord.parse(record.bytes, site: site) { name in
        value(name)?.bytes
      }
      if let problem { return ([:], "\(problem)") }
      if let assignment { found.append(assignment) }
    }
    if !rule.onlyAssigns,
      let content = try root.readPlain(
        "\(HiddenSpace.assignmentFolder(of: rule.target))/\(HiddenSpace.programFile)")
    {
      let (assignments, problems) = AssignmentFile.parse(content.bytes, file: "$DMAKE_ASSIGN")
      if let problem = problems.first { return ([:], "\(problem)") }
      if let problem = assignments.lazy.compactMap({ self.ownerProblem(of: $0.reference, rule) }).first {
        return ([:], problem)
      }
      found += assignments
    }
    var values = SortedMap<ValueReference, [String]>()
    for assignment in found {
      let reference = assignment.reference
      if let problem = sideProblem(of: reference) { return ([:], problem) }
      // A removal forgets what was set before it.
      let before = assignment.values.isEmpty ? [] : values[reference] ?? []
      values[reference] = before + assignment.values
    }
    return (values, nil)
  }

  /// Why a value is not the rule's to set; for what programs assign, which the policy's text does not tell
  /// (dmakefile(5), Writers).
  private func ownerProblem(of reference: ValueReference, _ rule: RuleGraph.Rule) -> String? {
    let path = reference.path
    if path.isWrittenByAgents || Presence.isEvent(path) || path.nodeFile?.isHealth == true {
      return
        "`\(reference)` is set by the recipe, but DMake and applications write the file; rules only read it"
    }
    guard let owner = graph.rule(named: path.text), owner.target != rule.target,
      !owner.alsoMakes.contains(rule.target), !owner.onlyAssigns
    else { return nil }
    return
      "`\(reference)` is set by the recipe, but the rule for `\(path)` (\(owner.place)) makes the whole file; let one of them write it"
  }
}
