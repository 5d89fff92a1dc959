import GroupProtocol
import Logging
import Model
import ServiceLifecycle
import Testing
import WriteAheadLog

@testable import Leader

@Suite("a leader that is told to stop", .timeLimit(.minutes(5)))
struct ShutdownTests {
  @Test("ends in good order, with its log on disk, although agents are connected")
  func graceful() async throws {
    try await withScratch { scratch in
      let logger = Logger(label: "leader") { _ in SwiftLogNoOpLogHandler() }
      let started = WorkQueue<Void>()
      let settings = try TestLeader.settings(scratch)
      let service = LeaderService(settings: settings, engine: ScriptedEngine(), logger: logger) { _ in
        started.put(())
      }
      let services = ServiceGroup(
        configuration: .init(services: [.init(service: service)], logger: logger))
      let leader = TestLeader(address: settings.addresses[0])
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await services.run() }
        group.addTask {
          _ = await started.takeAll()
          try? await ScriptedAgent.run("n1", at: leader) { agent, _ in
            let last = try agent.report("<s>one</s>")
            try await agent.acknowledgement(of: last)
            await services.triggerGracefulShutdown()
            // The leader ends the stream.
            try await agent.next { _ -> Bool? in nil }
          }
        }
        try await group.waitForAll()
      }
      let state = try EmbeddedEngine.open(stateFolder: settings.stateFolder).state
      #expect(state.nodes[try NodeName("n1")]?.acknowledged == 1)
    }
  }

  @Test("answers operators who wait, and new ones, that it is stopping")
  func operators() async throws {
    var logger = Logger(label: "leader") { _ in SwiftLogNoOpLogHandler() }
    logger.logLevel = .critical
    let driver = LeaderDriver(
      state: LeaderState(), timing: .standard, engine: ScriptedEngine(), logger: logger)
    let policy = try bundle("policy")
    // Nobody writes the log, so the activation waits.
    async let waiting = driver.answer(.apply(policy, author: "test", expected: nil))
    try await until { await !driver.requests.isEmpty }
    await driver.stop()
    #expect(await waiting == .rejected(LeaderDriver.stopping))
    let next = await driver.answer(.apply(policy, author: "test", expected: nil))
    #expect(next == .rejected(LeaderDriver.stopping))
  }

  @Test("has no second tick on its way before the first is in the log")
  func ticks() async throws {
    let logger = Logger(label: "leader") { _ in SwiftLogNoOpLogHandler() }
    let driver = LeaderDriver(
      state: LeaderState(), timing: .standard, engine: ScriptedEngine(), logger: logger)
    await driver.step(.open)
    for _ in 0..<5 { await driver.tick() }
    #expect(driver.appends.count == 2)
    await driver.appended(through: 2)
    await driver.tick()
    #expect(driver.appends.count == 3)
    await driver.stalled("the disk is full")
    await driver.appended(through: 3)
    await driver.stalled("the disk is full")
    await driver.tick()
    #expect(driver.appends.count == 3, "no time passes while the log cannot be written")
  }
}
