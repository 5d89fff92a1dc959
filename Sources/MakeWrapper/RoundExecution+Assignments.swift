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
    for number in try assignmentNumbers(in: folder) {
      let file = "\(folder)/\(HiddenSpace.assignmentFile(number: number))"
      guard let site = policy.translation.site(number: number), let content = try root.readPlain(file) else {
        continue
      }
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

  /// Which of the policy's assignment lines make wrote records for, in their order.
  private func assignmentNumbers(in folder: String) throws(SystemError) -> [Int] {
    let entries: [DirectoryEntry]
    do { entries = try root.directory.list(folder) } catch {
      if error.isAbsence { return [] }
      throw error
    }
    return entries.compactMap { $0.name.hasPrefix("~") ? Int($0.name.dropFirst()) : nil }.sorted()
  }
}
