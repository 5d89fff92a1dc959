import Linux
import Model
import Supervision

/// What a child finds: it must not depend on who started the agent, so of the agent's own environment nothing is
/// passed on.
struct ChildEnvironment {
  static let standardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  let launch: Launch
  let node: NodeName
  let folders: NodeFolders
  let account: UserAccount?

  var request: SpawnRequest {
    let variables = self.variables
    var request = SpawnRequest(
      executables: candidates(variables["PATH"] ?? Self.standardPath),
      arguments: [launch.executable] + launch.arguments,
      environment: variables.map { "\($0)=\($1)" }, output: -1, record: -1, recordOffset: 0)
    request.folder = launch.workingFolder ?? folders.path(of: launch.name)
    request.account = account
    return request
  }

  private var variables: SortedMap<String, String> {
    var variables: SortedMap<String, String> = ["PATH": Self.standardPath]
    if let owner = account ?? (try? UserAccount(user: nil, group: nil)) {
      variables["HOME"] = owner.home
      variables["USER"] = owner.name
      variables["LOGNAME"] = owner.name
    }
    for (name, value) in launch.environment { variables[name] = value }
    variables["DMAKE_NODE"] = node.text
    variables["DMAKE_PROC"] = launch.name.text
    variables["DMAKE_STATE"] = "\(folders.path(of: launch.name))/\(TreePath.stateFile)"
    variables["DMAKE_CONFIG"] = "\(folders.path(of: launch.name))/\(TreePath.configFile)"
    return variables
  }

  /// As a shell looks for a program.
  private func candidates(_ path: String) -> [String] {
    if launch.executable.contains("/") { return [launch.executable] }
    return path.split(separator: ":").map { "\($0)/\(launch.executable)" }
  }
}
