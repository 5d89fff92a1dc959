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
      guard try await write(entries, from: first) else { return }
      let last = first + LogIndex(entries.count) - 1
      if batch.contains(where: \.isDurable) { try await synchronize(through: last) }
      await driver.appended(through: last)
      await snapshots.consider(bytesLogged: engine.log.bytesSinceSnapshot)
    }
    try await synchronize(through: await engine.log.next - 1)
  }

  /// Tries until the disk takes the entries; false where the leader must end before.
  private func write(_ entries: [LogEntry], from first: LogIndex) async throws(LeaderError) -> Bool {
    while true {
      do throws(EngineError) {
        try await engine.write(first: first, entries: entries)
        return true
      } catch {
        guard error.isTemporary else { throw .engine(error) }
        await driver.stalled(error.description)
        if await driver.isStopping { return false }
        do { try await TaskThreads.sleep(for: retryInterval) } catch { return false }
      }
    }
  }

  private func synchronize(through index: LogIndex) async throws(LeaderError) {
    do throws(EngineError) { try await engine.synchronize(through: index) } catch { throw .engine(error) }
  }
}
