import DMakefile
import Linux
import Model

extension RoundExecution {
  /// What the recipes that ran have assigned, by target. A line that is no assignment is the rule's failure.
  func readAssignments(
    of ran: SortedSet<String>, _ failures: inout SortedMap<String, RuleFault>
  ) throws(SystemError) -> SortedMap<String, AssignedValues> {
    var assigned = SortedMap<String, AssignedValues>()
    for target in ran where failures[target] == nil {
      let (values, problem) = try assignments(of: target)
      if let problem {
        failures[target] = RuleFault(.badOutput, problem)
      } else if !values.isEmpty {
        assigned[target] = AssignedValues(stamp: .output(request.index, pass: pass), values: values)
      }
    }
    return assigned
  }

  private func assignments(
    of target: String
  ) throws(SystemError) -> (values: SortedMap<ValueReference, [String]>, problem: String?) {
    let folder = HiddenSpace.assignmentFolder(of: target)
    var found: [Assignment] = []
    for site in policy.translation.assignments {
      let file = "\(folder)/\(HiddenSpace.assignmentFile(number: site.number))"
      guard let content = try root.readPlain(file) else { continue }
      let (assignment, problem) = AssignmentRecord.parse(content.bytes, site: site)
      if let problem { return ([:], "\(problem)") }
      if let assignment { found.append(assignment) }
    }
    if let content = try root.readPlain("\(folder)/\(HiddenSpace.programFile)") {
      let (assignments, problems) = AssignmentFile.parse(content.bytes, file: "$DMAKE_ASSIGN")
      if let problem = problems.first { return ([:], "\(problem)") }
      found += assignments
    }
    var values = SortedMap<ValueReference, [String]>()
    for assignment in found {
      // A removal forgets what was set before it.
      let before = assignment.values.isEmpty ? [] : values[assignment.reference] ?? []
      values[assignment.reference] = before + assignment.values
    }
    return (values, nil)
  }
}
