import Glibc
import Linux
import Model
import Supervision

/// The keeper: a small process that is the parent of an agent's processes and holds their output, so that the agent may
/// be killed, stopped or upgraded and nothing of the processes is lost. It decides nothing: it starts what its agent
/// asks for or has ordered in advance, tells how it ended, and keeps what no agent has heard of until one has (the
/// manner of containerd's shim).
///
/// One agent at a time: another that connects takes the place of the one before. Without an agent and without a process
/// it ends; what it must not forget stands in the records by then.
final class KeeperServer {
  /// 2: control groups. 3: orders.
  static let version: UInt32 = 3

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
  /// Ends that no agent has settled, of each process in their order.
  private var unsettled: SortedMap<ProcessName, [UnsettledEnd]>
  /// Those that end because their agent did, or at the fence.
  private var stopping: [Stopping] = []

  /// - Parameter first: the connection of the agent that has started the keeper.
  init(_ folders: KeeperFolders, first: CInt) throws(SystemError) {
    lock = try LockFile(path: "\(folders.state.path)/\(KeeperFolders.lock)")
    poller = try Poller()
    sweep = try OrphanSweep()
    childSignal = try ChildSignal()
    fence = try BootTimer()
    table = try ProcessTable(folders: folders, poller: poller)
    unsettled = SortedMap(try table.recover().map { ($0.name, [$0]) })
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
      if !ended.isEmpty || files.contains(childSignal.descriptor) { take(ended) }
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
    table.withdrawOrders()
  }

  /// These processes have ended, or orphans have.
  private func take(_ ended: [UnsettledEnd]) {
    let orders = ended.map { Restart(end: $0, start: startOrdered(after: $0)) }
    for end in ended {
      stopping.removeAll { $0.name == end.name }
      unsettled[end.name, default: []].append(end)
    }
    for order in orders where order.start == nil { tell(order.end) }
    // The agent decides meanwhile.
    flush()
    let isSingle = ended.count == 1
    for order in orders where order.isFree { restart(order, goesFirst: isSingle) }
    childSignal.clear()
    table.spare.lend { sweep.run(table) }
    for order in orders where !order.isFree { restart(order, goesFirst: isSingle) }
  }

  /// What has ended, and what is to come after it.
  private struct Restart {
    let end: UnsettledEnd
    let start: ProcessStart?

    /// Whether it needs nothing that orphans of the one before may hold: in a group without limits there are none.
    var isFree: Bool { start?.group?.settings.isEmpty == true }
  }

  /// What the agent has ordered for this end, unless something has come in between that it did not know.
  private func startOrdered(after end: UnsettledEnd) -> ProcessStart? {
    let isStopping = stopping.contains { $0.name == end.name }
    guard let start = table.startOrdered(after: end, at: now), agent != nil, !isStopping,
      // The record has room for one.
      unsettled[end.name]?.isEmpty ?? true
    else { return nil }
    guard start.isFenced || plan.stopped.contains(end.name) else { return start }
    return leaseUntil.map { $0 > bootTime() } == true ? start : nil
  }

  private func restart(_ restart: Restart, goesFirst: Bool) {
    guard let start = restart.start else { return }
    let time = now
    switch table.start(start, after: restart.end, goesFirst: goesFirst) {
    case .success(let pid): answer(.restarted(RestartedProcess(ended: restart.end, pid: pid, at: time)))
    // The agent tries it itself, and tells why it fails.
    case .failure: tell(restart.end)
    }
  }

  private func tell(_ end: UnsettledEnd) {
    table.record(end)
    answer(.ended(end))
  }

  private func answer(_ answer: KeeperAnswer) { agent?.send(answer.bytes) }

  private func hear(_ stream: FrameStream) {
    for message in stream.receive() {
      do {
        guard let request = try KeeperRequest(message) else { continue }
        take(request)
      } catch {
        // Whoever waits for a start must hear that none comes.
        if let (name, number) = KeeperRequest.start(of: message) {
          answer(.notStarted(name, number: number, "the keeper does not understand the request: \(error)"))
        } else {
          answer(.problem("a request to the keeper makes no sense: \(error)"))
        }
      }
    }
    if stream.isClosed { lose() }
  }

  private func take(_ request: KeeperRequest) {
    switch request {
    case .hello:
      let kept = table.kept
      let last = SortedMap(kept.map { ($0.name, $0.number) })
      let earlier = unsettled.values.flatMap { $0 }.filter { last[$0.name] != $0.number }
      answer(
        .welcome(
          KeeperWelcome(
            version: Self.version, pid: getpid(), processes: kept, ended: earlier, leaseUntil: leaseUntil)))
    case .start(let start):
      switch table.start(start) {
      case .success(let pid): answer(.started(start.name, number: start.number, pid: pid))
      case .failure(let error): answer(.notStarted(start.name, number: start.number, error.description))
      }
    case .signal(let name, let signal, let number, let toSession):
      guard number == 0 || table.runningNumber(of: name) == number else { break }
      if toSession { table.signalAll(name, signal) } else { table.signal(name, signal) }
    case .settle(let name, let number):
      let left = unsettled[name]?.filter { $0.number > number } ?? []
      unsettled[name] = left.isEmpty ? nil : left
      table.settle(name, number)
    case .forget(let name):
      unsettled[name] = nil
      table.forget(name)
    case .isolation(let plan, let commands):
      self.plan = plan
      fenceCommands = commands
    case .lease(let until):
      leaseUntil = until
      fence.set(until)
    case .order(let name, let order): table.order(order, of: name)
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
    table.withdrawOrders()
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
