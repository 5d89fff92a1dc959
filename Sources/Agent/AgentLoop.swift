import Glibc
import GroupProtocol
import Keeper
import Linux
import Logging
import Model
import NodeSchema
import Processes
import Supervision

/// The agent's thread: the only one that steps the core, speaks with the keeper and touches the state folder.
///
/// It waits in one place for everything: what the keeper of its processes tells, changed files (inotify), letters from
/// links and signals (eventfd), and the earliest deadline.
final class AgentLoop {
  static let lockFile = "lock"
  private static let keeperInterval = Duration.seconds(1)
  /// How often the machine is looked at when nobody reads what it is like.
  private static let idleMachinePeriod = Duration.seconds(60)
  /// So long may news wait for more of their kind where nothing is to be done about them.
  private static let newsDelay = Duration.milliseconds(5)

  let settings: AgentSettings
  let mailbox: AgentMailbox
  private let links: AsyncStream<LinkCommand>.Continuation
  let logger: Logger
  private let folders: NodeFolders
  private let lock: LockFile
  private let poller: Poller
  let preparation: StartPreparation
  private let logs: LogReader
  private let keeperFolders: KeeperFolders
  var keeper: KeeperClient
  let controlGroups: ControlGroupFolder?
  let watcher: FileWatcher
  let delivered: DeliveredFiles
  let stateChecker: StateChecker
  let probes: HealthProbes
  let probeCommands: NodeProbeCommands
  var probeMonitor = NodeProbeMonitor()
  /// As it was sampled last.
  private(set) var machine: MachineState?
  private let localFolder: LocalFolder
  let localRules: LocalRuleWorker
  private var sampler: MachineSampler
  private var sampledAt: Instant
  /// By how much the clock that counts sleep is ahead of the one that does not.
  private var sleepOffset = bootTime() - monotonicTime()
  /// For a keeper that comes in place of another.
  var isolation: (plan: IsolationPlan, until: Instant?) = (IsolationPlan(), nil)
  /// When another keeper is tried, where none can be reached.
  private var nextKeeper: Instant?
  /// When the service manager is to hear next that the agent works.
  private var nextSign: Instant?
  private(set) var core: AgentCore
  var inputs: [Pending] = []
  /// When these are taken at the latest; nil: there are none, or none that may wait.
  private var newsDueAt: Instant?
  private var recordWriter: RecordWriter
  /// Ends that the keeper may forget once they stand in the record.
  private var unsettled: [UnsettledEnd] = []
  private var exit: AgentExit?

  init(
    settings: AgentSettings, mailbox: AgentMailbox, links: AsyncStream<LinkCommand>.Continuation, logger: Logger
  ) throws(AgentError) {
    self.settings = settings
    self.mailbox = mailbox
    self.links = links
    self.logger = logger
    do {
      folders = try NodeFolders(path: settings.stateFolder)
      lock = try LockFile(path: "\(settings.stateFolder)/\(Self.lockFile)")
      poller = try Poller()
      try poller.add(mailbox.wakeup.descriptor)
      preparation = StartPreparation(folders: folders)
      preparation.allowList = try settings.allowList?.read()
      delivered = DeliveredFiles(folders)
      logs = LogReader(state: folders.state)
      let stored = StoredRecord(folders: folders, logger: logger)
      let found = try stored.read()
      recordWriter = RecordWriter(folders: folders, saved: found)
      let record = try found ?? stored.new(for: settings)
      // Before there is a keeper, which stays where the agent was.
      let groups = try Self.controlGroups(settings, record, logger)
      controlGroups = groups.folder
      keeperFolders = try KeeperFolders(path: settings.stateFolder)
      keeper = try KeeperClient(keeperFolders, program: settings.keeperProgram, poller: poller)
      watcher = try FileWatcher(folders: folders, poller: poller, check: Self.problem)
      probes = try HealthProbes(folders: folders, preparation: preparation, poller: poller)
      probeCommands = try NodeProbeCommands(folders: folders, preparation: preparation, poller: poller)
      sampler = MachineSampler(folder: settings.stateFolder)
      localFolder = try LocalFolder(in: folders.state, logger: logger)
      let (localRecord, policy) = localFolder.read()
      localRules = LocalRuleWorker(
        folder: localFolder.path, make: settings.make, policy: policy, mailbox: mailbox)
      let now = Self.now()
      let boot = AgentBoot(
        record: record, holdings: try stored.holdings(of: record), local: localRecord,
        clock: ClockReading(boot: try ProcessIdentity.bootID(), wall: Self.wall(), at: now))
      sampledAt = now + (.zero - Self.idleMachinePeriod)
      let digests = ValuesDigests()
      stateChecker = StateChecker(digests: digests)
      core = AgentCore(
        settings: AgentCoreSettings(
          leaders: settings.leaders, version: settings.version, groups: groups.words,
          seed: UInt64.random(in: .min ... .max)),
        boot: Self.boot(boot, keeper.welcome), decode: Self.decode, valuesDigest: digests.digest,
        restDigest: Self.restDigest)
      inputs = [.init(.renamed(try settings.currentName(in: folders.state)))]
      inputs.append(Pending(.start, keeper.welcome.unsettled))
    } catch let error as AgentError {
      throw error
    } catch let error as SystemError where [EACCES, EPERM, EROFS].contains(error.code) {
      throw AgentError(.notAllowed, error.description)
    } catch {
      throw AgentError(.stateFolder, "\(error)")
    }
  }

  /// An input, and the ends that the keeper may forget once the core has taken it.
  struct Pending {
    let input: AgentInput
    let settled: [UnsettledEnd]
    init(_ input: AgentInput, _ settled: [UnsettledEnd] = []) {
      self.input = input
      self.settled = settled
    }
  }

  /// Works until the core says that the agent ends.
  func run() -> AgentExit {
    tellPermissions()
    noteKeeperVersion()
    followFiles()
    settings.serviceManager?.tell("READY=1")
    inputs += keeper.answers().compactMap(pending)
    while true {
      giveSign()
      workInTime()
      followProbes()
      if let exit {
        links.finish()
        return exit
      }
      let files = poller.wait(atMost: nextDeadline.map { $0 - Self.now() })
      noteSleep()
      for file in files { take(file) }
      takeTime()
    }
  }

  private var nextDeadline: Instant? {
    let own = [
      nextSample, nextSign, nextKeeper, newsDueAt, recordWriter.deadline, probeMonitor.deadline,
      probeCommands.deadline,
    ]
    return ([core.deadline, watcher.deadline, probes.deadline] + own).compactMap { $0 }.min()
  }

  /// An agent whose thread stands still is restarted by its service manager.
  private func giveSign() {
    guard let manager = settings.serviceManager, let period = manager.watchdogPeriod else { return }
    let now = Self.now()
    if let nextSign, nextSign > now { return }
    manager.tell("WATCHDOG=1")
    nextSign = now + period
  }

  private func take(_ file: CInt) {
    if file == mailbox.wakeup.descriptor {
      for letter in mailbox.take() {
        switch letter {
        case .input(let input):
          if input == .stop { settings.serviceManager?.tell("STOPPING=1") }
          inputs.append(.init(input))
        case .checked(let file, let content, let number, let problem):
          take(watcher.checked(file, content, number, problem: problem, at: Self.now()))
        case .readAgain:
          rename()
          readPermissions()
        }
      }
    } else if file == watcher.descriptor {
      take(watcher.changes(at: Self.now()))
    } else if file == keeper.descriptor {
      inputs += keeper.answers().compactMap(pending)
      if keeper.isClosed {
        poller.remove(file)
        replaceKeeper()
      }
      // A process that died is started again before anything else is done.
      workInTime()
    } else if probes.owns(file) {
      inputs += [probes.take(file)].compactMap { $0.map(Self.input) }.map { .init($0) }
    } else if probeCommands.owns(file) {
      take([probeCommands.take(file)].compactMap { $0 })
    }
  }

  private func take(_ observations: [FileWatcher.Observation]) {
    inputs += observations.compactMap(input).map { .init($0) }
  }

  /// The keeper was killed: another one takes over what still runs.
  private func replaceKeeper() {
    nextKeeper = Self.now() + Self.keeperInterval
    attempt("no keeper can be reached, so processes are not looked after") { () throws(SystemError) in
      let successor = try KeeperClient(keeperFolders, program: settings.keeperProgram, poller: poller)
      logger.warning("the keeper died and was replaced", metadata: ["keeper": "\(successor.welcome.pid)"])
      inputs += keeper.missed(by: successor, at: Self.now()).compactMap(pending)
      keeper = successor
      nextKeeper = nil
      noteKeeperVersion()
      tellPlan()
      if let until = isolation.until { keeper.lease(until: onBootClock(until)) }
      inputs += keeper.answers().compactMap(pending)
    }
  }

  private func takeTime() {
    let now = Self.now()
    if let due = nextKeeper, due <= now { replaceKeeper() }
    if let due = recordWriter.deadline, due <= now { persistAgain() }
    if let due = probes.deadline, due <= now {
      inputs += probes.timeout(at: now).map { .init(Self.input($0)) }
    }
    if let due = watcher.deadline, due <= now { take(watcher.timeout(at: now)) }
    if nextSample <= now {
      sampledAt = now
      inputs.append(.init(.clock(Self.wall())))
      machine = sampler.sample(at: now)
      tellMachine()
    }
    runProbes(at: now)
    if let due = core.deadline, due <= now { inputs.append(.init(.timer)) }
  }

  private var nextSample: Instant {
    sampledAt + (core.isMachineRead ? settings.machinePeriod : Self.idleMachinePeriod)
  }

  private func onBootClock(_ instant: Instant) -> Duration { bootTime() + (instant - Self.now()) }

  private func noteSleep() {
    let offset = bootTime() - monotonicTime()
    // The clocks are read one after the other.
    guard offset - sleepOffset > .milliseconds(10) else { return }
    inputs.insert(.init(.slept(offset - sleepOffset)), at: 0)
    sleepOffset = offset
  }

  private func rename() {
    do { inputs.append(.init(.renamed(try settings.currentName(in: folders.state)))) } catch {
      logger.error("the node keeps its name", metadata: ["reason": "\(error)"])
    }
  }

  /// What runs again already can wait a little: of processes that die one behind the other, the report of each would
  /// come in the way of the next one's start.
  private func workInTime() {
    guard !inputs.isEmpty, inputs.allSatisfy(\.input.isOfRestart) else { return work() }
    let now = Self.now()
    let due = newsDueAt ?? now + Self.newsDelay
    newsDueAt = due
    if due <= now { work() }
  }

  private func work() {
    newsDueAt = nil
    while !inputs.isEmpty, exit == nil {
      var batch = inputs[...]
      inputs = []
      while let first = batch.first, exit == nil {
        let part = first.input.isOfProcess ? batch.prefix { $0.input.isOfProcess } : batch.prefix(1)
        batch = batch.dropFirst(part.count)
        for effect in core.step(part.map(\.input), at: Self.now()) { perform(effect) }
        unsettled += part.flatMap(\.settled)
        settle()
      }
    }
    keeper.flush()
  }

  /// The reports of these ends are in the agent's record by now, unless the disk does not take it: then the keeper goes
  /// on keeping them, for an agent that may come after.
  private func settle() {
    guard recordWriter.problem == nil else { return }
    keeper.settle(unsettled)
    unsettled = []
  }

  private func perform(_ effect: AgentEffect) {
    switch effect {
    case .persist(let record): persist(record)
    case .keepLocal(let record):
      attempt("the record of local rules cannot be written, so a restart may run them again") {
        () throws(SystemError) in try localFolder.write(record)
      }
    case .keepPolicy(let policy): keep(policy)
    case .runLocal(let request): runLocal(request)
    case .connect(let id, let leader): links.yield(.connect(id, leader: leader))
    case .send(let id, let messages): links.yield(.send(id, recordWriter.sendable(messages)))
    case .disconnect(let id): links.yield(.disconnect(id))
    case .deliver(let files): inputs.append(.init(.delivered(files.map(deliver))))
    case .watch(let processes): take(watcher.watch(processes, at: Self.now()))
    case .start(let launch, let number): start(launch, number)
    case .look(let launch, let number, let request):
      let finding = probes.look(request, at: launch, number: number, node: core.node, now: Self.now())
      if let finding { inputs.append(.init(Self.input(finding))) }
    case .isolation(let plan):
      isolation.plan = plan
      tellPlan()
    case .lease(let until):
      isolation.until = until
      keeper.lease(until: onBootClock(until))
    case .order(let name, let order):
      // An allow-list is asked at each start.
      if order == nil || preparation.allowList == nil { keeper.order(name, order) }
    case .signal(let name, let signal, let number): keeper.signal(name, signal, number: number)
    case .signalSession(let name, let signal, let number): keeper.signalSession(name, signal, number: number)
    case .forget(let name, let data, let files):
      keeper.forget(name)
      attempt("the folder of a process cannot be removed") { () throws(SystemError) in
        try folders.forget(name, data, keeping: files)
      }
    case .readLog(let id, let number, let query):
      logs.read(query) { [mailbox] in mailbox.post(.input(.logRead(id, number: number, query, $0))) }
    case .note(let note): log(note)
    case .exit(let reason): exit = reason
    }
  }

  private func persist(_ record: AgentRecord) {
    let wasBehind = recordWriter.problem != nil
    attempt("the agent's record cannot be written, so a restart may repeat reports") {
      () throws(SystemError) in try recordWriter.write(record, at: Self.now())
    }
    if wasBehind, recordWriter.problem == nil { logger.info("the agent's record is written again") }
  }

  private func persistAgain() {
    guard let record = recordWriter.unsaved else { return }
    persist(record)
    settle()
  }

  /// Where the disk does not take it the rules run all the same; an agent that comes after asks for them again.
  private func keep(_ policy: Bundle?) {
    attempt("the policy of local rules cannot be written") { () throws(SystemError) in
      try localFolder.write(policy)
    }
    localRules.take(policy)
  }

  private func start(_ launch: Launch, _ number: UInt64) {
    do throws(StartFailure) {
      let files = core.versions(of: launch.name)
      keeper.start(try preparation.start(launch, number: number, node: core.node, files: files))
    } catch {
      logger.warning("a process does not start", metadata: ["process": "\(launch.name)", "reason": "\(error)"])
      switch error {
      case .impossible(let error): inputs.append(.init(.notStarted(launch.name, error.description)))
      case .refused(let refusal): inputs.append(.init(.refused(launch.name, refusal.description)))
      }
    }
  }

  private func deliver(_ file: Configuration.File) -> DeliveryResult {
    do throws(SystemError) {
      // A file that the next agent would not know of could never be removed.
      persistAgain()
      if let problem = recordWriter.problem { throw problem }
      if let content = file.content {
        try delivered.write(file.file, content)
      } else {
        _ = try folders.node.remove(file.file.text)
        if let process = file.file.process, !core.knows(process) { try folders.removeIfEmpty(process) }
      }
      return DeliveryResult(file: file.file, stamp: file.stamp)
    } catch {
      // What is not there need not be removed.
      let isDone = file.content == nil && error.isAbsence
      return DeliveryResult(file: file.file, stamp: file.stamp, problem: isDone ? nil : error.description)
    }
  }

  private func attempt(_ message: Logger.Message, _ action: () throws(SystemError) -> Void) {
    do throws(SystemError) { try action() } catch {
      logger.error(message, metadata: ["reason": "\(error)"])
    }
  }
}
