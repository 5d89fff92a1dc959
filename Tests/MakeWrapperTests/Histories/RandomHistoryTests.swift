import Glibc
import Testing

@Suite("After each round every file holds what an evaluator says that shares no code with the wrapper")
struct RandomHistoryTests {
  private static let roundsPerHistory = 12

  /// `make nightly` asks for more.
  private static let histories: Int = {
    let rounds = getenv("DMAKE_ORACLE_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 360
    return max(1, rounds / roundsPerHistory)
  }()

  /// `DMAKE_ORACLE_SEED` plays one history again.
  private static let seeds: [UInt64] = {
    if let seed = getenv("DMAKE_ORACLE_SEED").flatMap({ UInt64(String(cString: $0)) }) { return [seed] }
    return Array(1...UInt64(histories))
  }()

  @Test("in random histories of random policies", arguments: seeds)
  func histories(seed: UInt64) async throws {
    var history = try RandomHistory(seed: seed)
    for _ in 0..<Self.roundsPerHistory {
      let faults = try await history.round()
      guard faults.isEmpty else {
        Issue.record("\(faults.joined(separator: "\n"))\n\(history.report)")
        return
      }
    }
  }
}
