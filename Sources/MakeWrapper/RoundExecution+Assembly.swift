import DMakefile
import FileTree
import Linux
import Model

extension RoundExecution {
  /// Assembles what the rules of a pass have assigned.
  func assembleTouched() throws(RoundFailure) {
    try assemble(touched.sorted())
    touched = []
  }

  /// Assembles files that rules write by tags, over the bundle's template, and shows the changes to the next pass.
  /// Rules whose values fit in none get back what they had when the round began; where that does not fit either, the
  /// file stays.
  func assemble(_ paths: [TreePath], isOfStart: Bool = false) throws(RoundFailure) {
    guard !paths.isEmpty else { return }
    assignedPaths.formUnion(paths)
    var faults = SortedMap<String, RuleFault>()
    do throws(SystemError) {
      try root.writeBatch { (batch) throws(SystemError) in
        for path in paths {
          for (target, fault) in try assemble(path, batch) { faults[target] = fault }
        }
      }
    } catch { throw .file(error) }
    if isOfStart {
      for (target, fault) in faults { fail(target, fault) }
    } else if !faults.isEmpty {
      try revert(faults.map { ($0, $1) })
    }
  }

  /// Answers the rules whose values do not fit.
  private func assemble(
    _ path: TreePath, _ batch: FileBatch
  ) throws(SystemError) -> [(target: String, fault: RuleFault)] {
    let table = AssignmentTable(ledger, targets: workshop.assigners.targets(of: path))
    let assignments = table.tags[path] ?? [:]
    let content: Content?
    do throws(AssemblyError) { content = try assembled(path, assignments) } catch {
      return faults(of: error, path, assignments)
    }
    guard tree[path]?.content != content else { return [] }
    if let content, let excess = excess(of: content, at: path) {
      return faults(of: AssemblyError(tag: nil, message: "it \(excess)"), path, assignments)
    }
    let stamp = LogicalStamp.assembled(request.index, pass: pass)
    noteAssembled(content, at: path, assignments, stamp)
    if let content {
      try batch.write(path.text, content, stamp)
    } else {
      try root.remove(path.text)
    }
    return []
  }

  private func noteAssembled(
    _ content: Content?, at path: TreePath, _ assignments: SortedMap<String, AssignmentTable.Assignment>,
    _ stamp: LogicalStamp
  ) {
    note(path, content, assignments)
    written.insert(path)
    workshop.record(TreeChange(path, content), at: request.index)
    // Its own rule only assigns; whoever reads the file whole must see that it changed.
    if let rule = graph.vertex(of: path.text), graph.isRule(rule) {
      ledger[assembled: path] = InputRecord(stamp: stamp, content: content)
      candidates.formUnion(graph.readers(of: rule))
    }
  }

  /// Nil where no rule assigns anything: a template alone is no reason for a file to be.
  private func assembled(
    _ path: TreePath, _ assignments: SortedMap<String, AssignmentTable.Assignment>
  ) throws(AssemblyError) -> Content? {
    if assignments.isEmpty { return nil }
    let template = Template.content(for: path, in: policy.installation.bundle)
    return try Assembly.content(of: path, over: template, assignments.mapValues(\.values))
  }

  private func faults(
    of error: AssemblyError, _ path: TreePath, _ assignments: SortedMap<String, AssignmentTable.Assignment>
  ) -> [(target: String, fault: RuleFault)] {
    let named = [error.tag, error.other].compactMap { $0.flatMap { assignments[$0]?.target } }
    let kind: RuleProblem.Kind = error.other == nil ? .badOutput : .conflict
    let fault = RuleFault(kind, "`\(path)` cannot be assembled: \(error.message)")
    return SortedSet(named.isEmpty ? assignments.values.map(\.target) : named).map { ($0, fault) }
  }
}
