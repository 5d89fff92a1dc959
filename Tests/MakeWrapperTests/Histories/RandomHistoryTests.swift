import Glibc
import Testing

@Suite("After each round every file holds what an evaluator says that shares no code with the wrapper")
struct RandomHistoryTests {
  private static let roundsPerHistory: UInt64 = 12

  /// `make nightly` asks for more, and for others each day; `DMAKE_ORACLE_SEED` plays one history again.
  private static let seeds: [UInt64] = {
    if let seed = number("DMAKE_ORACLE_SEED") { return [seed] }
    let rounds = max(1, number("DMAKE_ORACLE_ROUNDS") ?? 360)
    let first = number("DMAKE_ORACLE_FIRST") ?? 1
    return Array(first..<first + (rounds + roundsPerHistory - 1) / roundsPerHistory)
  }()

  private static func number(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }

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
