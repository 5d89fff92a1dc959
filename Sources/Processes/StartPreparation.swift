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

  /// The kernel takes at most 6 MiB of arguments and variables (execve(2)), and a keeper a message of 8 MiB.
  static let argumentsLimitBytes = 6 << 20

  static let standardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  private let folders: NodeFolders
  /// Accounts that were read from these files: a process that died is not to wait until they are read again.
  private var accounts = SortedMap<AccountName, UserAccount>()
  private var sources: [FileStatus?] = []
  /// What may be started here; nil: everything.
  public var allowList: AllowList?
  /// Where processes have their control groups; nil: they have none.
  public var controlGroups: ControlGroupFolder? { didSet { enabled = [] } }
  /// The controllers that were found to be there for them.
  private var enabled: [String] = []
  /// Told of limits that are not enforced, and need not be.
  public var warn: (ProcessName, String) -> Void = { _, _ in }
  /// Told of delivered files that were something else, and why.
  public var restored: (NodeFile, String) -> Void = { _, _ in }
  /// Told of links and the like that a former user of a process has left, by their names in its folder.
  public var removed: (ProcessName, String) -> Void = { _, _ in }
  private let delivered: DeliveredFiles

  public init(folders: NodeFolders) {
    self.folders = folders
    delivered = DeliveredFiles(folders)
  }

  /// Makes the process's folder, and says how the process is started. An error says in a sentence why it cannot be.
  ///
  /// - Parameter files: what was delivered to it: the versions that may stand there, the one to restore first.
  public func start(
    _ launch: Launch, number: UInt64, node: NodeName, files: SortedMap<NodeFile, [Content]> = [:]
  ) throws(StartFailure) -> ProcessStart {
    var start = try prepare(
      [launch.executable] + launch.arguments, with: launch.commands, launch, number: number, node: node)
    do throws(SystemError) {
      try makeFolder(launch.name, start.account, files)
      start.group = try group(of: launch)
    } catch { throw .impossible(error) }
    return start
  }

  /// Makes the folder of a process that runs, and what was delivered to it, where somebody has taken them away.
  public func makeFolder(of launch: Launch, files: SortedMap<NodeFile, [Content]>) throws(SystemError) {
    try makeFolder(launch.name, try account(of: launch), files)
  }

  /// A command that looks at a process, or is run for it at the fence: with its rights, variables and folder.
  public func look(
    _ command: [String], at launch: Launch, number: UInt64, node: NodeName
  ) throws(StartFailure) -> ProcessStart {
    try prepare(command, with: [], launch, number: number, node: node)
  }

  /// What is to be executed for a command that is the node's own, and runs with the agent's rights: of the permitted
  /// paths the first that can be, or the first, but never one that is looked up later.
  public func permitted(_ executable: String) throws(StartFailure) -> String {
    let paths = try permittedPaths(of: executable)
    return paths.first { access($0, X_OK) == 0 } ?? paths.first ?? executable
  }

  private func permittedPaths(of executable: String) throws(StartFailure) -> [String] {
    let candidates = Self.candidates(executable, Self.standardPath)
    guard let allowList else { return candidates }
    do {
      let own = try account(nil, nil)
      let asked = AskedStart(
        name: executable, executables: candidates, user: .init(number: own.user, name: own.name),
        folder: folders.path, ownFolder: folders.path, variables: [])
      return try allowList.permit(asked, accounts: number(of:_:))
    } catch let refusal as Refusal {
      throw .refused(refusal)
    } catch let error as SystemError {
      throw .impossible(error)
    } catch {
      preconditionFailure("asking an allow-list throws nothing else: \(error)")
    }
  }

  /// - Parameter others: what else must be permitted.
  private func prepare(
    _ command: [String], with others: [[String]], _ launch: Launch, number: UInt64, node: NodeName
  ) throws(StartFailure) -> ProcessStart {
    do {
      return try permitted(command, with: others, launch, number: number, node: node)
    } catch let refusal as Refusal {
      throw .refused(refusal)
    } catch let error as SystemError {
      throw .impossible(error)
    } catch {
      preconditionFailure("preparing a start throws nothing else: \(error)")
    }
  }

  private func permitted(
    _ command: [String], with others: [[String]], _ launch: Launch, number: UInt64, node: NodeName
  ) throws -> ProcessStart {
    let account = try self.account(of: launch)
    var variables = variables(launch, number, account)
    variables["DMAKE_NODE"] = node.text
    let path = variables["PATH"] ?? Self.standardPath
    let executable = command.first ?? ""
    // Before anything is changed for a process that may not be. Its commands are permitted with it: nobody would know
    // how it is, and at the fence it is too late.
    for other in allowList == nil ? [] : others {
      _ = try permitted(other.first ?? "", at: path, launch, account)
    }
    let executables = try permitted(executable, at: path, launch, account)
    let environment = variables.map { "\($0)=\($1)" }
    try Self.checkSize(command, environment)
    var start = ProcessStart(
      name: launch.name, launch: launch.digest, number: number, executables: executables,
      arguments: command, environment: environment,
      folder: launch.workingFolder ?? folders.path(of: launch.name))
    start.account = account
    start.confinement = try Self.confinement(launch.rights)
    start.stopsWithAgent = launch.onAgentExit == .stop
    start.isFenced = launch.isFenced
    start.stopSignal = launch.stopSignal
    start.stopGrace = launch.stopGrace
    start.log = launch.log
    start.notifies = launch.notifies
    return start
  }

  private static func checkSize(_ command: [String], _ environment: [String]) throws(SystemError) {
    let name = command.first ?? ""
    let size = (command + environment).reduce(0) { $0 + $1.utf8.count + 1 }
    if size > argumentsLimitBytes {
      throw SystemError(
        E2BIG, "start", name,
        detail: "arguments and variables have \(size) bytes; at most \(argumentsLimitBytes) are possible")
    }
  }

  /// The control group of a process. A limit that nobody enforces would be worse than a process that does not start,
  /// unless its configuration says otherwise.
  private func group(of launch: Launch) throws(SystemError) -> GroupRequest? {
    var request = controlGroups.map { GroupRequest(path: $0.path(of: launch.name.text)) }
    let limits = launch.rights.groupLimits
    for setting in limits.settings {
      do throws(SystemError) {
        try enable(setting)
        request?.settings.append(.init(file: setting.file, value: setting.value))
      } catch {
        guard !limits.isRequired else { throw error }
        warn(launch.name, error.description)
      }
    }
    return request
  }

  private func enable(_ setting: GroupLimits.Setting) throws(SystemError) {
    func refuse(_ reason: String) -> SystemError {
      SystemError(
        ENOTSUP, "enforce", "\(setting.file) \(setting.value)",
        detail: "\(reason); `required=\"no\"` starts the process without it")
    }
    guard let controlGroups else {
      throw refuse("there are no control groups here, and the agent's log says why")
    }
    if enabled.contains(setting.controller) { return }
    guard controlGroups.controllers.contains(setting.controller) else {
      throw refuse("the group `\(controlGroups.parent)` has no controller `\(setting.controller)`")
    }
    do { try controlGroups.enable(setting.controller) } catch { throw refuse("\(error)") }
    enabled.append(setting.controller)
  }

  /// The paths to try for an executable.
  private func permitted(
    _ executable: String, at path: String, _ launch: Launch, _ account: UserAccount?
  ) throws -> [String] {
    let candidates = Self.candidates(executable, path)
    guard !candidates.isEmpty else {
      throw SystemError(
        ENOENT, "find the program", executable, detail: "the variable PATH of the process names no folder")
    }
    guard let allowList else { return candidates }
    return try allowList.permit(asked(executable, candidates, launch, account), accounts: number(of:_:))
  }

  /// The start as an allow-list is asked for it.
  private func asked(
    _ executable: String, _ candidates: [String], _ launch: Launch, _ account: UserAccount?
  ) throws(SystemError) -> AskedStart {
    let actual: UserAccount
    if let account { actual = account } else { actual = try self.account(nil, nil) }
    // Written as `07` it is user 7 with group 7, whatever groups user 7 has; it is the number's own that count.
    let own = try self.account("\(actual.user)", nil).groups
    var names = SortedMap<UInt32, String>()
    for name in [launch.group].compactMap({ $0 }) + launch.rights.supplementaryGroups {
      names[try self.account(launch.user, name).group] = name
    }
    let groups = account == nil ? [] : actual.groups.filter { !own.contains($0) }
    return AskedStart(
      name: executable, executables: candidates,
      user: .init(number: actual.user, name: launch.user ?? actual.name),
      groups: groups.map { .init(number: $0, name: names[$0] ?? "\($0)") },
      folder: launch.workingFolder ?? folders.path(of: launch.name), ownFolder: folders.path(of: launch.name),
      variables: launch.environment.keys)
  }

  /// Of an account that an allow-list names.
  private func number(of kind: AccountKind, _ name: String) -> UInt32? {
    switch kind {
    case .user: (try? account(name, nil))?.user
    case .group: (try? account(nil, name))?.group
    }
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
    variables[ProcessStart.numberVariable] = "\(number)"
    variables["DMAKE_STATE"] = "\(folders.path(of: launch.name))/\(TreePath.stateFile)"
    variables["DMAKE_CONFIG"] = "\(folders.path(of: launch.name))/\(TreePath.configFile)"
    return variables
  }

  private static func confinement(_ rights: ProcessRights) throws(SystemError) -> Confinement {
    // Not even root may have more, and the kernel's refusal reads as if it were about rights.
    if let wanted = rights.limits[.openFiles]?.hard, let most = OpenFileLimit.kernelLimit, wanted > most {
      throw SystemError(
        EPERM, "set the limit", "nofile",
        detail: "\(wanted == .max ? "infinity" : "\(wanted)") is above the kernel's \(most) for each process; "
          + "ask for less, or raise fs.nr_open")
    }
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
    let whole = UserAccount(
      user: account.user, group: account.group, groups: groups, name: account.name, home: account.home)
    // Who is nobody else needs no right to become somebody else.
    return whole.isOfThisProcess && geteuid() != 0 ? nil : whole
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

  /// What a former user has left would lead the next one's process to files, or readers, of that user's choice.
  private func removeTraps(
    of user: UInt32, in folder: Directory, _ name: ProcessName
  ) throws(SystemError) {
    for entry in try folder.list() where ![.regular, .folder].contains(entry.kind) {
      if let status = try folder.status(entry.name), status.owner != user { continue }
      try folder.removeTree(entry)
      removed(name, entry.name)
    }
  }

  /// Whose folder it was before may have written to what is delivered there, so first it is only its user's.
  private func makeFolder(
    _ name: ProcessName, _ account: UserAccount?, _ files: SortedMap<NodeFile, [Content]>
  ) throws(SystemError) {
    let folder = try folders.node.makeFolders(name.text)
    let former = try folder.claim(user: account?.user ?? geteuid(), group: account?.group)
    if let former, former != 0, former != geteuid() { try removeTraps(of: former, in: folder, name) }
    for (file, reason) in try delivered.restore(files) { restored(file, reason) }
  }
}

/// Why a process is not started.
public enum StartFailure: Error, Equatable, CustomStringConvertible {
  case impossible(SystemError)
  /// The node's allow-list does not permit it.
  case refused(Refusal)

  public var description: String {
    switch self {
    case .impossible(let error): error.description
    case .refused(let refusal): refusal.description
    }
  }
}
