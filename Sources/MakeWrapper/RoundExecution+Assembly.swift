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
  func assemble(_ paths: [TreePath]) throws(RoundFailure) {
    guard !paths.isEmpty else { return }
    assignedPaths.formUnion(paths)
    do throws(SystemError) {
      try root.writeBatch { (batch) throws(SystemError) in
        for path in paths { try assemble(path, batch) }
      }
    } catch { throw .file(error) }
  }

  private func assemble(_ path: TreePath, _ batch: FileBatch) throws(SystemError) {
    let assigners = workshop.assigners.targets(of: path)
    var table = AssignmentTable(ledger, targets: assigners)
    var result = assembled(path, table)
    if result == .refused {
      // Without what the culprits have just assigned, the others' values can still be shown.
      table = AssignmentTable(ledger, targets: assigners)
      result = assembled(path, table)
    }
    guard case .file(let content) = result, tree[path]?.content != content else { return }
    let stamp = LogicalStamp.assembled(request.index, pass: pass)
    noteAssembled(content, at: path, table.tags[path] ?? [:], stamp)
    if let content {
      try batch.write(path.text, content, stamp)
    } else {
      try root.remove(path.text)
    }
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

  private enum Assembled: Equatable {
    /// Nil where no rule assigns anything, so that there is no file.
    case file(Content?)
    /// The rules at fault have failed, and what they assigned in this round is as it was before.
    case refused
  }

  private func assembled(_ path: TreePath, _ table: AssignmentTable) -> Assembled {
    let assignments = table.tags[path] ?? [:]
    let template = Template.content(for: path, in: policy.installation.bundle)
    do {
      // A template alone is no reason for a file to be.
      if assignments.isEmpty { return .file(nil) }
      return .file(try Assembly.content(of: path, over: template, assignments.mapValues(\.values)))
    } catch {
      let culprits = [error.tag, error.other].compactMap { $0.flatMap { assignments[$0]?.target } }
      let kind: RuleProblem.Kind = error.other == nil ? .badOutput : .conflict
      for target in SortedSet(culprits.isEmpty ? assignments.values.map(\.target) : culprits) {
        fail(target, RuleFault(kind, "`\(path)` cannot be assembled: \(error.message)"))
        workshop.setAssignments(target, before[assignments: target])
      }
      return .refused
    }
  }
}
