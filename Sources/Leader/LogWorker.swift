import GroupProtocol
import Linux
import Model
import WriteAheadLog

/// Writes the core's entries to the log, in order. What has come while the disk was busy goes into one record with
/// one synchronisation, so the disk is asked as often as it can answer and not as often as entries come.
struct LogWorker: Sendable {
  let engine: EmbeddedEngine
  let driver: LeaderDriver
  let snapshots: SnapshotWorker
  /// How long after a failed write the next is tried.
  let retryInterval: Duration

  /// Returns when the queue has finished and everything in it is on the disk.
  func run() async throws(LeaderError) {
    while true {
      let batch = await driver.appends.takeAll()
      guard let first = batch.first?.first else { break }
      let entries = batch.flatMap(\.entries)
      let isDurable = batch.contains(where: \.isDurable)
      guard try await write(entries, from: first, isDurable: isDurable) else { return }
      let last = first + LogIndex(entries.count) - 1
      await driver.appended(through: last)
      await snapshots.consider(bytesLogged: engine.log.bytesSinceSnapshot)
    }
    try await synchronize(through: await engine.log.next - 1)
  }

  /// Tries until the disk has the entries; false where the leader must end before. What is written to a file that is
  /// no longer in its place is not on the disk.
  private func write(
    _ entries: [LogEntry], from first: LogIndex, isDurable: Bool
  ) async throws(LeaderError) -> Bool {
    while true {
      do throws(EngineError) {
        try await engine.write(first: first, entries: entries)
        if isDurable { try await engine.synchronize(through: first + LogIndex(entries.count) - 1) }
        try await engine.verify()
        return true
      } catch {
        guard let error = await recover(from: error) else { continue }
        guard error.isTemporary else { throw .engine(error) }
        await driver.stalled(error.description)
        if await driver.isStopping { return false }
        do { try await TaskThreads.sleep(for: retryInterval) } catch { return false }
      }
    }
  }

  /// Writes the log anew where its files are gone, whatever failed for that. Everything that was acknowledged is in the
  /// driver's state, and that ends where the entries under way begin. Answers what still stands in the way.
  private func recover(from error: EngineError) async -> EngineError? {
    do throws(EngineError) {
      try await engine.verify()
      return error
    } catch {
      guard error.isLoss else { return error }
      let state = await driver.state
      do throws(EngineError) { try await engine.renew(state) } catch { return error }
      await driver.log(
        Note(
          .error, "files of the log were gone; all of it was written anew, and nothing acknowledged is lost",
          ["index": "\(state.index)", "reason": error.description]))
      return nil
    }
  }

  private func synchronize(through index: LogIndex) async throws(LeaderError) {
    do throws(EngineError) { try await engine.synchronize(through: index) } catch { throw .engine(error) }
  }
}
