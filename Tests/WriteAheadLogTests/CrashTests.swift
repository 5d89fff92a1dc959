import Linux
import Model
import Testing

@testable import WriteAheadLog

@Suite("a log whose process or machine dies")
struct CrashTests {
  /// What is known about a log from outside of it, and what must therefore be true of it after a crash.
  private struct Checker {
    /// Everything that was ever handed to the log, in order; those that did not come back are struck out.
    var attempted = History()
    var acknowledged: LogIndex = 0

    mutating func check(_ contents: LogContents, _ place: Comment) {
      let found = History(contents)
      #expect(found.entries.count >= acknowledged, place)
      #expect(found.entries.elementsEqual(attempted.entries.prefix(found.entries.count)), place)
      #expect(contents.next == LogIndex(found.entries.count) + 1, place)
      attempted = found
      acknowledged = LogIndex(found.entries.count)
    }
  }

  /// Appends, synchronisations and snapshots until all are done or the storage dies.
  private func run(
    _ log: WriteAheadLog, steps: Int, checker: inout Checker, random: inout SeededGenerator
  ) async {
    do {
      for _ in 0..<steps {
        let first = LogIndex(checker.attempted.entries.count) + 1
        let count = LogIndex.random(in: 1...3, using: &random)
        let entries = (first..<first + count).map(History.entry)
        let isDurable = random.chance(1, of: 2)
        checker.attempted.entries += entries
        try await log.append(first: first, entries: entries, isDurable: isDurable)
        if isDurable { checker.acknowledged = first + count - 1 }
        if random.chance(1, of: 6) {
          let last = first + count - 1
          try await log.store(checker.attempted.snapshot(at: LogIndex.random(in: 1...last, using: &random)))
        }
      }
    } catch {
      // The storage has died; what the log holds is seen by opening it again.
    }
  }

  @Test("at each call that changes a file, by a kill or a power failure, loses nothing that it acknowledged")
  func everyCall() async throws {
    let settings = LogSettings(segmentLimitBytes: 250)
    for callsLeft in 1...120 {
      for isPowerFailure in [false, true] {
        var random = SeededGenerator(seed: UInt64(callsLeft))
        let storage = SimulatedStorage()
        storage.state.withLock { $0.callsLeft = callsLeft }
        var checker = Checker()
        if let (log, _) = try? WriteAheadLog.open(storage, settings: settings, identity: 7) {
          await run(log, steps: 60, checker: &checker, random: &random)
        }
        let isOver = storage.state.withLock { $0.callsLeft == 0 }
        #expect(isOver, "the run is longer than the call that ends it")
        let found =
          isPowerFailure
          ? storage.afterPowerFailure(using: &random) : SimulatedStorage(contents: storage.contents)
        let (_, contents) = try WriteAheadLog.open(found, settings: settings, identity: 7)
        checker.check(contents, "call \(callsLeft), power failure \(isPowerFailure)")
      }
    }
  }

  @Test(
    "again and again, at chosen and at random moments, continues where it was",
    arguments: 1...40 as ClosedRange<UInt64>)
  func repeatedly(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    var storage = SimulatedStorage()
    var checker = Checker()
    for life in 0..<12 {
      storage.state.withLock { $0.callsLeft = Int.random(in: 1...80, using: &random) }
      let settings = LogSettings(segmentLimitBytes: Int.random(in: 100...2000, using: &random))
      if let (log, contents) = try? WriteAheadLog.open(storage, settings: settings) {
        checker.check(contents, "seed \(seed), life \(life)")
        await run(log, steps: 30, checker: &checker, random: &random)
      }
      storage =
        random.chance(1, of: 2)
        ? storage.afterPowerFailure(using: &random) : SimulatedStorage(contents: storage.contents)
    }
    checker.check(try WriteAheadLog.open(storage).contents, "seed \(seed), at the end")
    #expect(!checker.attempted.entries.isEmpty)
  }
}
