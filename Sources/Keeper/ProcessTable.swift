import Glibc
import Linux
import Model
import Supervision

/// The processes of the operating system that a keeper has. For one thread, which lives as long as the keeper: the
/// kernel ties a child to the thread that started it until the child stands in its record.
///
/// **Never started twice, never forgotten.** Whenever the keeper dies, one of these holds for each process: the record
/// is an intent, and nothing runs; or the record has pid and start time, and whether that process still runs can be
/// seen. ``recover()`` tells them apart when another keeper is started.
final class ProcessTable {
  /// A process's files, which stay open from start to start.
  final class Slot {
    var output: OutputLog
    let record: RecordFile
    var running: ProcessDescriptor?
    /// Kept from start to start, since making one takes longer than starting a process.
    var group: ProcessGroup?
    /// The process has ended, and something that it left in its group still lives.
    var leaving: Leaving?
    var notice: NoticeSocket?
    /// Of the last start.
    var start: ProcessStart?
    /// What becomes of it when it ends.
    var order: OrderedStart?

    init(_ name: ProcessName, _ folders: KeeperFolders) throws(SystemError) {
      output = try OutputLog(name, run: folders.run, log: folders.log)
      record = try RecordFile(name, in: folders.run)
    }

    var isAlive: Bool { running != nil || leaving != nil }
    var pid: Int32? { running?.pid ?? leaving?.pid }
  }

  enum Source {
    case end(ProcessName)
    case output(ProcessName)
    case notice(ProcessName)
    case group(ProcessName)
  }

  let folders: KeeperFolders
  let poller: Poller
  private let spawner: ProcessSpawner
  let boot: String
  /// Whatever processes need, their keeper can still hear its agent and end what they leave.
  let spare = SpareDescriptor()
  var slots = SortedMap<ProcessName, Slot>()
  var sources = SortedMap<CInt, Source>()
  /// The processes by their numbers.
  private(set) var mains = SortedMap<Int32, ProcessName>()
  /// The commands of ``run(_:)`` that have not been reaped, each the first of its session.
  private(set) var commands = SortedSet<Int32>()
  /// In which there were groups of processes.
  var groupFolders: SortedSet<String> = []
  /// What processes said, and no one was told yet.
  private var notices: [KeeperAnswer] = []

  init(folders: KeeperFolders, poller: Poller) throws(SystemError) {
    self.folders = folders
    self.poller = poller
    spawner = try ProcessSpawner()
    boot = try ProcessIdentity.bootID()
  }

  /// The last starts, as an agent is told of them.
  var kept: [KeptProcess] {
    slots.compactMap { name, slot in
      guard let record = slot.record.content else { return nil }
      let state: KeptProcess.State? =
        if let pid = slot.pid { .running(pid: pid) } else if let end = record.end {
          record.isSettled ? .settled(end) : .ended(end)
        } else if record.identity != nil { .ended(.unknown) } else { nil }
      // An intent alone: nothing was started.
      guard let state else { return nil }
      let isRunning = slot.running != nil
      return KeptProcess(
        name: name, launch: record.launch, number: record.number, state: state,
        isReady: isRunning && record.isReady, wasStopped: !isRunning && record.isStopping,
        since: isRunning ? record.identity.map { Instant(sinceStart: $0.startedAt) } : nil)
    }
  }

  var isAnyRunning: Bool { !mains.isEmpty || slots.values.contains { $0.leaving != nil } }

  /// Those that end with their agent.
  var stoppingWithAgent: [ProcessStart] {
    mains.values.compactMap { slots[$0]?.start }.filter(\.stopsWithAgent)
  }

  /// Those of these processes that run from a start of this keeper.
  func running(of names: [ProcessName]) -> [ProcessStart] {
    names.compactMap { slots[$0]?.running == nil ? nil : slots[$0]?.start }
  }

  /// Runs a command of the node, by its path, beside the processes; nobody waits for it.
  func run(_ command: [String]) throws(SpawnError) {
    try runBeside {
      SpawnRequest(
        executables: Array(command.prefix(1)), arguments: command,
        environment: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], output: $0)
    }
  }

  /// Runs a command of a process, with its rights, beside the processes; nobody waits for it.
  func run(_ command: ProcessStart) throws(SpawnError) {
    try runBeside {
      var request = SpawnRequest(
        executables: command.executables, arguments: command.arguments, environment: command.environment,
        output: $0)
      request.folder = command.folder
      request.account = command.account
      request.confinement = command.confinement
      return request
    }
  }

  private func runBeside(_ request: (_ output: CInt) -> SpawnRequest) throws(SpawnError) {
    let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
    defer { close(null) }
    commands.insert(try spawner.spawn(request(null)).pid)
  }

  /// A child that was no process's has been reaped.
  func commandEnded(_ pid: Int32) { commands.remove(pid) }

  /// Starts the process; answers its pid, or why it does not run in a sentence.
  ///
  /// - Parameters:
  ///   - end: of the start before, where it does not stand in its record.
  ///   - goesFirst: before the keeper goes on.
  func start(
    _ start: ProcessStart, after end: UnsettledEnd? = nil, goesFirst: Bool = false
  ) -> Result<Int32, StartError> {
    // A second instance beside a living one would be the worst of all mistakes, so nobody is trusted about it.
    if let pid = slots[start.name]?.pid {
      return .failure(StartError("the process still runs with pid \(pid)"))
    }
    do {
      let slot = try slot(of: start.name)
      slot.start = start
      slot.order = nil
      if !slot.output.maySpeak(start.account?.user ?? geteuid()) { try replaceOutput(of: start.name, slot) }
      slot.output.size = start.log
      let output = try slot.output.openForChild(start.account)
      defer { close(output) }
      // What an earlier instance said late is not this one's.
      stopListening(to: slot)
      if start.notifies { try listen(to: start.name, slot, user: start.account?.user) }
      try prepareGroup(start.group, slot)
      var record = RunRecord(
        boot: boot, launch: start.launch, number: start.number, group: start.group?.path,
        before: end.map { .init(number: $0.number, end: $0.end) } ?? slot.record.content?.unsettledEnd)
      record.isBound = start.isBound
      let offset = try slot.record.intend(record)
      var request = request(start, output, slot, offset)
      request.goesFirst = goesFirst
      let descriptor = try spawner.spawn(request)
      slot.record.isRunning()
      guard watch(start.name, descriptor) else {
        descriptor.signal(SIGKILL)
        return .failure(StartError("the process cannot be watched, so it was killed"))
      }
      slot.running = descriptor
      return .success(descriptor.pid)
    } catch {
      // Somebody may have removed the group.
      if (error as? SpawnError).map({ [.clone, .group].contains($0.step) }) == true {
        slots[start.name]?.group = nil
      }
      record(UnsettledEnd(name: start.name, number: start.number, end: .notStarted("\(error)")))
      return .failure(StartError("\(error)"))
    }
  }

  private func request(
    _ start: ProcessStart, _ output: CInt, _ slot: Slot, _ offset: Int
  ) -> SpawnRequest {
    var environment = start.environment
    if let notice = slot.notice {
      let variable = "NOTIFY_SOCKET="
      environment.removeAll { $0.hasPrefix(variable) }
      environment.append(variable + notice.path)
    }
    var request = SpawnRequest(
      executables: start.executables, arguments: start.arguments, environment: environment,
      output: output, record: slot.record.descriptor, recordOffset: offset)
    request.folder = start.folder
    request.group = slot.group?.group
    request.account = start.account
    request.confinement = start.confinement
    request.diesWithParent = start.isBound
    return request
  }

  /// What the readable descriptors mean: output is taken, and the processes that ended are answered. They are reaped,
  /// so their orphans are the keeper's children by now.
  func take(_ files: [CInt]) -> [UnsettledEnd] {
    var ended: [UnsettledEnd] = []
    for file in files {
      switch sources[file] {
      case .end(let name): if let end = end(of: name, file) { ended.append(end) }
      case .output(let name): slots[name]?.output.drain()
      case .notice(let name): hear(name)
      case .group(let name): if let end = endOfGroup(name, file) { ended.append(end) }
      case nil: break
      }
    }
    return ended
  }

  private func hear(_ name: ProcessName) {
    guard let slot = slots[name], let number = slot.record.content?.number else { return }
    let lines = slot.notice?.receive().flatMap { $0 } ?? []
    if lines.contains("READY=1"), slot.record.becomesReady() {
      notices.append(.notice(name, number: number, .ready))
    }
    if lines.contains("WATCHDOG=1") { notices.append(.notice(name, number: number, .alive)) }
  }

  /// What processes said since the last time, for their agent.
  func takeNotices() -> [KeeperAnswer] {
    defer { notices = [] }
    return notices
  }

  private func end(of name: ProcessName, _ file: CInt) -> UnsettledEnd? {
    guard let slot = slots[name], let descriptor = slot.running else { return nil }
    // Only the kernel says that a process has ended: one that runs must never be started a second time.
    guard let reaped = descriptor.reap() else { return nil }
    var end: ProcessEnd =
      switch reaped {
      case .exited(let code): .exited(code: code)
      case .signalled(let number): .signalled(number)
      case .unknown: .unknown
      }
    // Not a child, so its number may be another one's by now.
    if end == .unknown { spare.lend { slot.record.content?.identity?.signalLeftovers(SIGKILL) } }
    end = slot.group?.judge(end) ?? end
    sources[file] = nil
    mains[descriptor.pid] = nil
    // Closing it does not end the watch while a child that another thread starts holds it, too.
    poller.remove(descriptor.descriptor)
    slot.running = nil
    if awaitGroup(of: name, slot, Leaving(pid: descriptor.pid, end: end)) { return nil }
    return finish(slot, of: name, end)
  }

  /// Nothing of the process is left. Its end is to be recorded by ``record(_:)``, or by the next start.
  func finish(_ slot: Slot, of name: ProcessName, _ end: ProcessEnd) -> UnsettledEnd {
    slot.output.drain(hasEnded: true)
    // A keeper that follows another one does not see how a process ended.
    if end == .unknown, slot.record.content?.isBound == true { slot.record.stops() }
    let record = slot.record.content
    return UnsettledEnd(
      name: name, number: record?.number ?? 0, end: end, wasStopped: record?.isStopping ?? false)
  }

  func record(_ end: UnsettledEnd) {
    guard let record = slots[end.name]?.record, record.content?.number == end.number else { return }
    record.ended(end.end)
  }

  /// Remembers that an end was reported, so that no later agent reports it again.
  func settle(_ name: ProcessName, _ number: UInt64) {
    guard let slot = slots[name], let record = slot.record.content else { return }
    if record.before.map({ $0.number <= number }) == true { slot.record.settleBefore() }
    if !slot.isAlive, record.number == number { slot.record.settle() }
  }

  func signal(_ name: ProcessName, _ signal: Signal) { slots[name]?.running?.signal(signal.number) }

  /// Stops the process and all that it started: what is in its control group, or in its session where it has none. What
  /// stands still goes on, to take the signal.
  func signalAll(_ name: ProcessName, _ signal: Signal) {
    guard let slot = slots[name], slot.isAlive else { return }
    slot.record.stops()
    send(signal, to: slot)
    if signal != .kill { send(.continue, to: slot) }
  }

  private func send(_ signal: Signal, to slot: Slot) {
    // Its number may be another's once it was reaped.
    if let descriptor = slot.running, !descriptor.hasEnded {
      descriptor.signal(signal.number)
      if slot.group == nil {
        spare.lend { ProcessIdentity.signalMembers(ofSession: descriptor.pid, signal.number) }
      }
    }
    spare.lend {
      if signal == .kill {
        slot.group?.kill()
      } else {
        slot.group?.group.signal(signal.number, except: slot.running?.pid)
      }
    }
  }

  /// The number of the start that runs.
  func runningNumber(of name: ProcessName) -> UInt64? {
    slots[name].flatMap { $0.isAlive ? $0.record.content?.number : nil }
  }

  /// Removes the records of a process that does not run; its log stays.
  func forget(_ name: ProcessName) {
    guard let slot = slots[name], !slot.isAlive else { return }
    removeGroup(of: slot)
    stopListening(to: slot)
    stopHearing(slot.output)
    slot.record.remove()
    slots[name] = nil
  }

  func listen(to name: ProcessName, _ slot: Slot, user: UInt32?) throws(SystemError) {
    let notice = try NoticeSocket(
      name.text, in: folders.notify, workshop: folders.run, user: user ?? slot.start.map { _ in getuid() })
    try poller.add(notice.descriptor)
    sources[notice.descriptor] = .notice(name)
    slot.notice = notice
  }

  private func stopListening(to slot: Slot) {
    guard let notice = slot.notice else { return }
    poller.remove(notice.descriptor)
    sources[notice.descriptor] = nil
    notice.remove()
    slot.notice = nil
  }

  func slot(of name: ProcessName) throws(SystemError) -> Slot {
    if let slot = slots[name] { return slot }
    let slot = try Slot(name, folders)
    try hear(slot.output, of: name)
    slots[name] = slot
    return slot
  }

  private func hear(_ output: OutputLog, of name: ProcessName) throws(SystemError) {
    try poller.add(output.descriptor)
    sources[output.descriptor] = .output(name)
  }

  private func stopHearing(_ output: OutputLog) {
    poller.remove(output.descriptor)
    sources[output.descriptor] = nil
    output.remove()
  }

  private func replaceOutput(of name: ProcessName, _ slot: Slot) throws(SystemError) {
    stopHearing(slot.output)
    slot.output = try OutputLog(name, run: folders.run, log: folders.log)
    try hear(slot.output, of: name)
  }

  func watch(_ name: ProcessName, _ descriptor: ProcessDescriptor) -> Bool {
    guard (try? poller.add(descriptor.descriptor)) != nil else { return false }
    sources[descriptor.descriptor] = .end(name)
    mains[descriptor.pid] = name
    return true
  }
}

/// Why a process could not be started, for `stop-proc` and `status`.
struct StartError: Error, Equatable, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
