import Glibc
import GroupProtocol
import Linux
public import Logging
import MakeWrapper
import Model
public import ServiceLifecycle
public import Transport
import WriteAheadLog

/// `dmake leader`: the driver around a ``LeaderCore`` with the embedded engine.
///
/// It takes the state folder, rebuilds the state from snapshot and log, brings ROOT in step, and serves agents and
/// operators until it is told to stop. Killed at any moment, it comes back with everything that it had
/// acknowledged, and without running a recipe whose result it had logged.
public struct LeaderService: Service {
  private let settings: LeaderSettings
  private let engine: any PolicyEngine
  private let logger: Logger
  private let onStart: @Sendable ([Address]) -> Void

  /// - Parameters:
  ///   - engine: what runs policies; GNU make where it is nil.
  ///   - onStart: told once where the leader listens, with the ports that the kernel chose.
  public init(
    settings: LeaderSettings, engine: (any PolicyEngine)? = nil, logger: Logger,
    onStart: @escaping @Sendable ([Address]) -> Void = { _ in }
  ) {
    self.settings = settings
    self.engine = engine ?? MakeEngine(settings: settings)
    self.logger = logger
    self.onStart = onStart
  }

  /// Leads until the task is cancelled or the service group shuts down, and returns when the log is on disk.
  /// Throws a ``LeaderError`` where it cannot start or the disk fails for good.
  public func run() async throws {
    guard access(settings.make, X_OK) == 0 else { throw LeaderError.makeMissing(path: settings.make) }
    guard settings.timing.isSafe else { throw LeaderError.badTiming(settings.timing) }
    // A connection for each agent: with the usual limit of 1,024 some would wait for ever. Recipes keep the old one,
    // since what starts them has begun already.
    _ = try? OpenFileLimit.raise()
    let recovery = try Self.mapping(LeaderError.engine) { () throws(EngineError) in
      try EmbeddedEngine.open(stateFolder: settings.stateFolder, settings: settings.log)
    }
    let driver = LeaderDriver(state: recovery.state, timing: settings.timing, engine: engine, logger: logger)
    for note in recovery.notes { await driver.log(note) }
    await driver.log(recovery.summary)
    try await Self.wrapping { () throws(WrapperError) in
      if let bundle = recovery.state.policies.activeBundle { try await engine.install(bundle) }
      try await engine.prepare(tree: recovery.state.tree, memory: recovery.state.memory)
    }
    let server = try Self.mapping(LeaderError.transport) { () throws(TransportError) in
      try GroupServer(
        listeningOn: settings.addresses, tokenFile: settings.tokenFile, limits: settings.transport,
        logger: logger)
    }
    await driver.step(.open)
    try await activateFirstPolicy(driver, recovery.state)
    onStart(server.addresses)
    try await lead(driver, recovery.engine, server)
  }

  private func activateFirstPolicy(_ driver: LeaderDriver, _ state: LeaderState) async throws {
    guard let policy = settings.policy, state.policies.active == nil else { return }
    let verdict = try await Self.wrapping { () throws(WrapperError) in
      try await engine.check(policy, members: state.members, processes: state.processes)
    }
    guard verdict.isAcceptable else { throw LeaderError.badPolicy(verdict.text) }
    await driver.step(.activate(RequestID(0), policy, author: "the leader's start", expected: nil))
  }

  /// Everything that comes in ends first, then the log, which takes what is still on its way.
  private func lead(_ driver: LeaderDriver, _ log: EmbeddedEngine, _ server: GroupServer) async throws {
    let snapshots = SnapshotWorker(
      engine: log, driver: driver, limitBytes: settings.snapshotLimitBytes,
      retryInterval: settings.timing.tick * 10)
    let logWorker = LogWorker(
      engine: log, driver: driver, snapshots: snapshots, retryInterval: settings.timing.tick)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await logWorker.run() }
      group.addTask { try await cancelWhenGracefulShutdown { try await serve(driver, server, snapshots) } }
      // Whichever of the two ends first, the other is told to.
      let first = await group.nextResult()
      await driver.stop()
      driver.appends.finish()
      group.cancelAll()
      try first?.get()
      try await group.waitForAll()
    }
    await driver.log(Note(.info, "the leader has stopped"))
  }

  /// Returns when the task was cancelled and all sessions have ended, or throws what ended the server.
  private func serve(_ driver: LeaderDriver, _ server: GroupServer, _ snapshots: SnapshotWorker) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await TickWorker(driver: driver, interval: settings.timing.tick).run() }
      group.addTask { await RoundWorker(engine: engine, driver: driver).run() }
      group.addTask { await snapshots.run() }
      group.addTask { try await server.run(driver) }
      // None of them ends by itself.
      let first = await group.nextResult()
      await driver.stop()
      driver.treeWork.finish()
      snapshots.finish()
      group.cancelAll()
      try first?.get()
      try await group.waitForAll()
    }
  }

  private static func wrapping<Result>(
    _ body: () async throws(WrapperError) -> Result
  ) async throws(LeaderError) -> Result {
    do { return try await body() } catch { throw .wrapper(error) }
  }

  /// Runs what throws a part's error, as the leader's.
  private static func mapping<Result, Failure>(
    _ wrap: (Failure) -> LeaderError, _ body: () throws(Failure) -> Result
  ) throws(LeaderError) -> Result {
    do { return try body() } catch { throw wrap(error) }
  }
}

extension EmbeddedEngine.Recovery {
  fileprivate var summary: Note {
    Note(
      .info, "the log was read",
      [
        "index": "\(state.index)", "epoch": "\(state.epoch)", "replayed": "\(replayed)",
        "nodes": "\(state.nodes.count)", "policy": state.policies.active.map(\.description) ?? "none",
      ])
  }
}
