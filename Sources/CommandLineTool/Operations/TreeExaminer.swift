import DMakefile
import GroupProtocol
import MakeWrapper
import Model

/// Checks a policy against what a leader knows: `dmake lint --leader`.
struct TreeExaminer {
  let examiner: PolicyExaminer
  let connection: OperatorConnection

  /// What the policy alone shows, and what the leader's members, files and a trial round show.
  func examine(_ bundle: Bundle) async throws(CommandFailure) -> PolicyExamination {
    let alone = try await examiner.examine(bundle)
    if alone.findings.diagnostics.hasErrors || alone.graph == nil { return alone }
    let nodes = try await connection.status().nodes.filter { $0.phase == .present }
    var examiner = examiner
    examiner.settings.members = SortedMap(nodes.map { ($0.name, $0.processes.map(\.name)) })
    let present = try await examiner.examine(bundle)
    var files = SortedMap<TreePath, Content>()
    for node in nodes {
      for file in try await connection.status(files: node.name.text).files { files[file.path] = file.content }
    }
    let problems = try await trial(bundle)
    return alone.with(TreeCheck(present, files: files).findings + problems)
  }

  private func trial(_ bundle: Bundle) async throws(CommandFailure) -> [Diagnostic] {
    guard case .planned(let plan) = try await connection.ask(.plan(bundle), timeout: .seconds(300)) else {
      throw .unexpected
    }
    return plan.problems.map { Diagnostic($0) }
  }
}
