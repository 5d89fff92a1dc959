import GroupProtocol
import Linux
import Model
import WriteAheadLog

/// Takes snapshots of the state beside everything else: the state is a value, so the leader goes on with its own
/// while this one is encoded, compressed and written.
struct SnapshotWorker: Sendable {
  let engine: EmbeddedEngine
  let driver: LeaderDriver
  let limitBytes: Int
  /// How long after a failed snapshot the next is tried.
  let retryInterval: Duration
  private let due = WorkQueue<Void>()

  init(engine: EmbeddedEngine, driver: LeaderDriver, limitBytes: Int, retryInterval: Duration) {
    self.engine = engine
    self.driver = driver
    self.limitBytes = limitBytes
    self.retryInterval = retryInterval
  }

  /// Asks for a snapshot if enough was logged since the last one.
  func consider(bytesLogged: Int) { if bytesLogged >= limitBytes, due.count == 0 { due.put(()) } }

  func finish() { due.finish() }

  func run() async {
    while !(await due.takeAll()).isEmpty, !Task.isCancelled {
      // Asked for while the last one was being taken.
      guard await engine.log.bytesSinceSnapshot >= limitBytes else { continue }
      let state = await driver.state
      do throws(EngineError) {
        try await engine.store(state)
        await driver.log(Note(.debug, "stored a snapshot", ["index": "\(state.index)"]))
      } catch {
        await driver.log(
          Note(
            .warning, "a snapshot could not be stored, so the log keeps growing", ["reason": error.description])
        )
        do { try await TaskThreads.sleep(for: retryInterval) } catch { return }
      }
    }
  }
}
