import Glibc
import Linux
import Model
import Supervision

/// The processes of the operating system that the agent runs. For one thread, which lives as long as the agent: the
/// kernel ties a child to the thread that started it until the child stands in its record.
///
/// **Never started twice, never forgotten.** Whenever the agent dies, one of these holds for each process: the record
/// is an intent, and nothing runs; or the record has pid and start time, and whether that process still runs can be
/// seen. ``recover()`` tells them apart when the agent is started again.
public final class ProcessTable {
  /// What the records of an earlier agent say about a process.
  public enum Recovered: Equatable {
    case running(pid: Int32, launch: Digest, starts: UInt64)
    /// It ended while no agent looked.
    case died(pid: Int32, launch: Digest, starts: UInt64)
    /// It had ended before, and that was reported.
    case ended(ProcessEnd, launch: Digest, starts: UInt64)
  }

  /// Larger logs are set aside when the process starts; one older log is kept.
  public static let logLimitBytes = 8 << 20

  private struct Entry {
    let descriptor: ProcessDescriptor
    var record: RunRecord
  }

  private let folders: NodeFolders
  private let poller: Poller
  private let spawner: ProcessSpawner
  private let boot: String
  private var entries = SortedMap<ProcessName, Entry>()
  private var names = SortedMap<CInt, ProcessName>()

  public init(folders: NodeFolders, poller: Poller) throws(SystemError) {
    self.folders = folders
    self.poller = poller
    spawner = try ProcessSpawner()
    boot = try ProcessIdentity.bootID()
  }

  /// Reads the records of an earlier agent and takes over what still runs.
  public func recover() throws(SystemError) -> SortedMap<ProcessName, Recovered> {
    var found = SortedMap<ProcessName, Recovered>()
    for entry in try folders.run.list() {
      guard let name = try? ProcessName(entry.name), entry.kind == .regular else { continue }
      guard let record = RunRecord(try folders.run.read(entry.name, limitBytes: RunRecord.sizeLimitBytes))
      else {
        continue
      }
      if let end = record.end {
        found[name] = .ended(end, launch: record.launch, starts: record.starts)
      } else if let identity = record.identity {
        let descriptor = record.boot == boot ? identity.open() : nil
        if let descriptor, watch(name, Entry(descriptor: descriptor, record: record)) {
          found[name] = .running(pid: identity.pid, launch: record.launch, starts: record.starts)
        } else {
          found[name] = .died(pid: identity.pid, launch: record.launch, starts: record.starts)
          if record.boot == boot { ProcessIdentity.signalMembers(ofSession: identity.pid, SIGKILL) }
        }
      }
    }
    return found
  }

  /// Starts the process; answers its pid, or why it does not run in a sentence.
  public func start(_ launch: Launch, number: UInt64, node: NodeName) -> Result<Int32, StartError> {
    // A second instance beside a living one would be the worst of all mistakes, so nobody is trusted about it.
    if let pid = entries[launch.name]?.descriptor.pid {
      return .failure(StartError("the process still runs with pid \(pid)"))
    }
    do {
      let account =
        launch.user != nil || launch.group != nil
        ? try UserAccount(user: launch.user, group: launch.group) : nil
      try prepareFolder(launch.name, account)
      let log = try openLog(launch.name)
      defer { close(log) }
      var record = RunRecord(boot: boot, launch: launch.digest, starts: number)
      try folders.run.write(launch.name.text, record.bytes, mode: 0o600)
      let file = try open(record: launch.name)
      defer { close(file) }
      var request = ChildEnvironment(launch: launch, node: node, folders: folders, account: account).request
      request.output = log
      request.record = file
      request.recordOffset = record.intent.count
      let descriptor = try spawner.spawn(request)
      record.identity = ProcessIdentity(running: descriptor.pid)
      guard watch(launch.name, Entry(descriptor: descriptor, record: record)) else {
        descriptor.signal(SIGKILL)
        return .failure(StartError("the process cannot be watched, so it was killed"))
      }
      return .success(descriptor.pid)
    } catch let error as SpawnError {
      return .failure(StartError(error.description))
    } catch {
      return .failure(StartError("\(error)"))
    }
  }

  /// The process whose end made the descriptor readable. What it left in its session is killed while its number is
  /// still its own.
  public func ended(_ file: CInt) -> (name: ProcessName, end: ProcessEnd)? {
    guard let name = names[file], let entry = entries[name] else { return nil }
    killSession(entry.descriptor.pid)
    poller.remove(file)
    let end: ProcessEnd =
      switch entry.descriptor.reap() {
      case .exited(let code): .exited(code: code)
      case .signalled(let number): .signalled(number)
      case .unknown: .unknown
      }
    names[file] = nil
    entries[name] = nil
    return (name, end)
  }

  /// Remembers an end that was reported, so that an agent that is started later does not report it again.
  public func settle(_ name: ProcessName, _ end: ProcessEnd) throws(SystemError) {
    guard entries[name] == nil,
      let bytes = try folders.run.readIfPresent(name.text, limitBytes: RunRecord.sizeLimitBytes),
      var record = RunRecord(bytes), record.end == nil
    else { return }
    record.end = end
    try folders.run.write(name.text, record.bytes, mode: 0o600)
  }

  public func signal(_ name: ProcessName, _ signal: Signal) { entries[name]?.descriptor.signal(signal.number) }

  public func signalSession(_ name: ProcessName, _ signal: Signal) {
    guard let descriptor = entries[name]?.descriptor, !descriptor.hasEnded else { return }
    descriptor.signal(signal.number)
    ProcessIdentity.signalMembers(ofSession: descriptor.pid, signal.number)
  }

  /// Removes what a process that is not in the node's configuration any more left in its folder; its log stays, and so
  /// do the kept files.
  public func forget(_ name: ProcessName, keeping files: [NodeFile]) throws(SystemError) {
    guard entries[name] == nil else { return }
    _ = try folders.run.remove(name.text)
    guard try folders.node.status(name.text)?.kind == .folder else { return }
    if files.isEmpty { return try folders.node.removeTree(name.text) }
    let folder = try folders.node.subdirectory(name.text)
    for entry in try folder.list() where !files.contains(where: { $0.name == entry.name }) {
      try folder.removeTree(entry)
    }
  }

  public var runningCount: Int { entries.count }

  private func watch(_ name: ProcessName, _ entry: Entry) -> Bool {
    guard (try? poller.add(entry.descriptor.descriptor)) != nil else { return false }
    names[entry.descriptor.descriptor] = name
    entries[name] = entry
    return true
  }

  private func killSession(_ pid: Int32) { ProcessIdentity.signalMembers(ofSession: pid, SIGKILL) }

  private func prepareFolder(_ name: ProcessName, _ account: UserAccount?) throws(SystemError) {
    try folders.node.makeFolders(name.text)
    guard let account else { return }
    let path = folders.path(of: name)
    guard lchown(path, account.user, account.group) == 0 else {
      throw SystemError(errno, "give the folder to user \(account.name)", path)
    }
  }

  private func openLog(_ name: ProcessName) throws(SystemError) -> CInt {
    let path = "\(folders.path)/log/\(name).log"
    if let status = try folders.log.status("\(name).log"), status.sizeBytes > Self.logLimitBytes {
      rename(path, path + ".1")
    }
    let file = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0o640)
    guard file >= 0 else { throw SystemError(errno, "open the log", path) }
    return file
  }

  private func open(record name: ProcessName) throws(SystemError) -> CInt {
    let path = "\(folders.path)/run/\(name)"
    let file = Glibc.open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC)
    guard file >= 0 else { throw SystemError(errno, "open the record", path) }
    return file
  }
}

/// Why a process could not be started, for `stop-proc` and `status`.
public struct StartError: Error, Equatable, Sendable, CustomStringConvertible {
  public let description: String
  init(_ description: String) { self.description = description }
}
