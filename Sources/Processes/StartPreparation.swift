public import Keeper
import Glibc
import Linux
public import Model
public import Supervision

/// What an agent prepares before its keeper starts a process: its folder, its account, and what it finds there. It must
/// not depend on who started the agent, so of the agent's own environment nothing is passed on.
public final class StartPreparation {
  private struct AccountName: Comparable {
    let user: String
    let group: String
    static func < (left: Self, right: Self) -> Bool { (left.user, left.group) < (right.user, right.group) }
  }

  static let standardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  private let folders: NodeFolders
  /// Accounts that were read from these files: a process that died is not to wait until they are read again.
  private var accounts = SortedMap<AccountName, UserAccount>()
  private var sources: [FileStatus?] = []

  public init(folders: NodeFolders) { self.folders = folders }

  /// Makes the process's folder, and says how the process is started. An error says in a sentence why it cannot be.
  public func start(
    _ launch: Launch, number: UInt64, node: NodeName
  ) throws(SystemError) -> ProcessStart {
    let account = try self.account(of: launch)
    try prepareFolder(launch.name, account)
    var variables = variables(launch, number, account)
    variables["DMAKE_NODE"] = node.text
    var start = ProcessStart(
      name: launch.name, launch: launch.digest, number: number,
      executables: Self.candidates(launch.executable, variables["PATH"] ?? Self.standardPath),
      arguments: [launch.executable] + launch.arguments, environment: variables.map { "\($0)=\($1)" },
      folder: launch.workingFolder ?? folders.path(of: launch.name))
    start.account = account
    start.confinement = Self.confinement(launch.rights)
    start.stopsWithAgent = launch.onAgentExit == .stop
    start.isFenced = launch.isFenced
    start.stopSignal = launch.stopSignal
    start.stopGrace = launch.stopGrace
    start.log = launch.log
    start.notifies = launch.notifies
    return start
  }

  /// A command that looks at a process: with its rights, variables and folder.
  public func look(
    _ command: [String], at launch: Launch, number: UInt64, node: NodeName
  ) throws(SystemError) -> ProcessStart {
    var start = try start(launch, number: number, node: node)
    let path = start.environment.first { $0.hasPrefix("PATH=") }?.dropFirst("PATH=".count)
    start.executables = Self.candidates(command.first ?? "", path.map(String.init) ?? Self.standardPath)
    start.arguments = command
    return start
  }

  private func variables(
    _ launch: Launch, _ number: UInt64, _ account: UserAccount?
  ) -> SortedMap<String, String> {
    var variables: SortedMap<String, String> = ["PATH": Self.standardPath]
    if let owner = account ?? (try? self.account(nil, nil)) {
      variables["HOME"] = owner.home
      variables["USER"] = owner.name
      variables["LOGNAME"] = owner.name
    }
    for (name, value) in launch.environment { variables[name] = value }
    // sd_watchdog_enabled(3)
    if let watchdog = launch.watchdog { variables["WATCHDOG_USEC"] = "\(watchdog.milliseconds * 1000)" }
    variables["DMAKE_PROC"] = launch.name.text
    variables["DMAKE_START"] = "\(number)"
    variables["DMAKE_STATE"] = "\(folders.path(of: launch.name))/\(TreePath.stateFile)"
    variables["DMAKE_CONFIG"] = "\(folders.path(of: launch.name))/\(TreePath.configFile)"
    return variables
  }

  private static func confinement(_ rights: ProcessRights) -> Confinement {
    var confinement = Confinement()
    confinement.umask = rights.umask
    confinement.nice = rights.nice
    confinement.hasNoNewPrivileges = rights.hasNoNewPrivileges
    confinement.limits = rights.limits.map {
      Confinement.Limit(resource: $0.number, soft: $1.soft, hard: $1.hard)
    }
    return confinement
  }

  /// Nil: the agent's own.
  private func account(of launch: Launch) throws(SystemError) -> UserAccount? {
    let more = launch.rights.supplementaryGroups
    if launch.user == nil, launch.group == nil, more.isEmpty { return nil }
    let account = try self.account(launch.user, launch.group)
    var groups = account.groups
    for name in more {
      let group = try self.account(launch.user, name).group
      if !groups.contains(group) { groups.append(group) }
    }
    return UserAccount(
      user: account.user, group: account.group, groups: groups, name: account.name, home: account.home)
  }

  private func account(_ user: String?, _ group: String?) throws(SystemError) -> UserAccount {
    let current = UserAccount.sources
    if current != sources {
      accounts = [:]
      sources = current
    }
    let name = AccountName(user: user ?? "", group: group ?? "")
    if let known = accounts[name] { return known }
    let account = try UserAccount(user: user, group: group)
    accounts[name] = account
    return account
  }

  /// As a shell looks for a program.
  private static func candidates(_ executable: String, _ path: String) -> [String] {
    if executable.contains("/") { return [executable] }
    return path.split(separator: ":").map { "\($0)/\(executable)" }
  }

  private func prepareFolder(_ name: ProcessName, _ account: UserAccount?) throws(SystemError) {
    try folders.node.makeFolders(name.text)
    guard let account else { return }
    let path = folders.path(of: name)
    guard lchown(path, account.user, account.group) == 0 else {
      throw SystemError(errno, "give the folder to user \(account.name)", path)
    }
  }
}
