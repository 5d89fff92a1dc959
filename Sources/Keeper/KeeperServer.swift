import Glibc
import Linux
import Model
import Supervision

/// The keeper: a small process that is the parent of an agent's processes and holds their output, so that the agent may
/// be killed, stopped or upgraded and nothing of the processes is lost. It decides nothing: it starts what its agent
/// asks for, tells how it ended, and keeps what no agent has heard of until one has (the manner of containerd's shim).
///
/// One agent at a time: another that connects takes the place of the one before. Without an agent and without a process
/// it ends; what it must not forget stands in the records by then.
final class KeeperServer {
  /// 2: control groups.
  static let version: UInt32 = 2

  private struct Stopping {
    let name: ProcessName
    let number: UInt64
    let killAt: Instant
  }

  private let poller: Poller
  private let table: ProcessTable
  private let sweep: OrphanSweep
  private let childSignal: ChildSignal
  private let listener: CInt
  private let lock: LockFile
  /// The end of the agent's lease.
  private let fence: BootTimer
  private var leaseUntil: Duration?
  private var plan = IsolationPlan()
  private var fenceCommands: [ProcessStart] = []
  private var agent: FrameStream?
  /// For the connection of the next one.
  private let seat = SpareDescriptor()
  /// Whether the agent takes no more at the moment.
  private var isWaiting = false
  /// Ends that no agent has settled, but for the last start's, which stands in its record.
  private var unsettled: [UnsettledEnd] = []
  /// Those that end because their agent did.
  private var stopping: [Stopping] = []

  /// - Parameter first: the connection of the agent that has started the keeper.
  init(_ folders: KeeperFolders, first: CInt) throws(SystemError) {
    lock = try LockFile(path: "\(folders.state.path)/\(KeeperFolders.lock)")
    poller = try Poller()
    sweep = try OrphanSweep()
    childSignal = try ChildSignal()
    fence = try BootTimer()
    table = try ProcessTable(folders: folders, poller: poller)
    try table.recover()
    listener = try LocalSocket.listen(KeeperFolders.socket, in: folders.state)
    try poller.add(listener)
    try poller.add(childSignal.descriptor)
    try poller.add(fence.descriptor)
    LocalSocket.setNonBlocking(first)
    welcome(FrameStream(owning: first))
  }

  /// Works until there is nothing to keep and nobody to ask.
  func run() {
    while agent != nil || table.isAnyRunning {
      let files = poller.wait(atMost: stopping.map(\.killAt).min().map { $0 - now })
      // Its agent hears of it before it hears of ends that come of it.
      if files.contains(fence.descriptor) { isolate() }
      let ended = table.take(files)
      for notice in table.takeNotices() { answer(notice) }
      for end in ended { tell(end) }
      if !ended.isEmpty || files.contains(childSignal.descriptor) {
        // The agent decides meanwhile.
        flush()
        childSignal.clear()
        // Before the process is started again, which may need what its orphans hold.
        table.spare.lend { sweep.run(table) }
      }
      if files.contains(listener),
        let descriptor = seat.lend({ LocalSocket.accept(listener) })
      {
        welcome(FrameStream(owning: descriptor))
      }
      if let agent, files.contains(agent.descriptor) { hear(agent) }
      flush()
      killStubborn()
    }
    // No agent may connect to a socket that nobody listens on any more.
    close(listener)
    table.removeGroups()
  }

  private var now: Instant { Instant(sinceStart: monotonicTime()) }

  private func welcome(_ stream: FrameStream) {
    if let agent { poller.remove(agent.descriptor) }
    guard (try? poller.add(stream.descriptor)) != nil else { return }
    agent = stream
    isWaiting = false
  }

  private func tell(_ end: UnsettledEnd) {
    stopping.removeAll { $0.name == end.name }
    unsettled.append(end)
    answer(.ended(end))
  }

  private func answer(_ answer: KeeperAnswer) { agent?.send(answer.bytes) }

  private func hear(_ stream: FrameStream) {
    for message in stream.receive() {
      do {
        guard let request = try KeeperRequest(message) else { continue }
        take(request)
      } catch {
        answer(.problem("a request to the keeper makes no sense: \(error)"))
      }
    }
    if stream.isClosed { lose() }
  }

  private func take(_ request: KeeperRequest) {
    switch request {
    case .hello:
      let kept = table.kept
      let earlier = unsettled.filter { end in !kept.contains { $0.name == end.name && $0.number == end.number }
      }
      answer(
        .welcome(
          KeeperWelcome(
            version: Self.version, pid: getpid(), processes: kept, ended: earlier, leaseUntil: leaseUntil)))
    case .start(let start):
      switch table.start(start) {
      case .success(let pid): answer(.started(start.name, number: start.number, pid: pid))
      case .failure(let error): answer(.notStarted(start.name, number: start.number, error.description))
      }
    case .signal(let name, let signal, let toSession):
      if toSession { table.signalAll(name, signal) } else { table.signal(name, signal) }
    case .settle(let name, let number):
      unsettled.removeAll { $0.name == name && $0.number <= number }
      table.settle(name, number)
    case .forget(let name):
      unsettled.removeAll { $0.name == name }
      table.forget(name)
    case .isolation(let plan, let commands):
      self.plan = plan
      fenceCommands = commands
    case .lease(let until):
      leaseUntil = until
      fence.set(until)
    }
  }

  /// The lease has run out: the leader may let others do what runs here.
  private func isolate() {
    fence.clear()
    guard let until = leaseUntil, until <= bootTime() else { return }
    leaseUntil = nil
    answer(.fenced)
    for start in table.running(of: plan.stopped) { stop(start, within: min(start.stopGrace, plan.grace)) }
    for command in fenceCommands {
      attempt("the command of \(command.name) for isolation") { () throws(SpawnError) in try table.run(command)
      }
    }
    if !plan.command.isEmpty {
      attempt("the command for isolation") { () throws(SpawnError) in try table.run(plan.command) }
    }
  }

  private func attempt(_ what: String, _ run: () throws(SpawnError) -> Void) {
    do throws(SpawnError) { try run() } catch { answer(.problem("\(what) cannot be run: \(error)")) }
  }

  private func stop(_ start: ProcessStart, within grace: Duration) {
    table.signalAll(start.name, start.stopSignal)
    stopping.append(Stopping(name: start.name, number: start.number, killAt: now + grace))
  }

  private func flush() {
    guard let agent else { return }
    agent.flush()
    if agent.isClosed { return lose() }
    guard agent.hasPending != isWaiting else { return }
    isWaiting = agent.hasPending
    poller.setWritable(agent.descriptor, isWaiting)
  }

  /// The agent is gone; what is to end with it is told to.
  private func lose() {
    if let agent { poller.remove(agent.descriptor) }
    agent = nil
    for start in table.stoppingWithAgent { stop(start, within: start.stopGrace) }
  }

  private func killStubborn() {
    let now = self.now
    for entry in stopping where entry.killAt <= now && table.runningNumber(of: entry.name) == entry.number {
      table.signalAll(entry.name, .kill)
    }
    stopping.removeAll { $0.killAt <= now }
  }
}
