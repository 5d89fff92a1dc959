import GroupProtocol
import Logging
import Model
import Testing
import WriteAheadLog

@testable import Leader

@Suite("the worker between core and log", .timeLimit(.minutes(5)))
struct LogWorkerTests {
  @Test("tells the core of an entry when the disk has it, and of a bare tick before")
  func durability() async throws {
    try await withScratch { scratch in
      let recovery = try EmbeddedEngine.open(stateFolder: scratch)
      let log = recovery.engine.log
      let logger = Logger(label: "leader") { _ in SwiftLogNoOpLogHandler() }
      let driver = LeaderDriver(
        state: recovery.state, timing: .standard, engine: ScriptedEngine(), logger: logger)
      let snapshots = SnapshotWorker(
        engine: recovery.engine, driver: driver, limitBytes: .max, retryInterval: .seconds(1))
      let worker = LogWorker(
        engine: recovery.engine, driver: driver, snapshots: snapshots, retryInterval: .seconds(1))
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await worker.run() }
        await driver.step(.open)
        try await until { await driver.state.index == 1 }
        #expect(await log.synchronizedThrough == 1)
        await driver.tick()
        try await until { await driver.state.index == 2 }
        #expect(await log.synchronizedThrough == 1)
        await driver.step(
          .activate(RequestID(1), try bundle("policy"), author: "test", expected: nil))
        try await until { await driver.state.index == 3 }
        #expect(await log.synchronizedThrough == 3)
        await driver.tick()
        driver.appends.finish()
        try await group.waitForAll()
      }
      #expect(await log.synchronizedThrough == 4, "what was on its way is on disk at the end")
    }
  }
}
