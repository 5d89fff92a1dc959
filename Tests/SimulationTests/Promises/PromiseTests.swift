import Glibc
import ProcessPromises
import Testing

/// Draws from the table of promises about processes, with the cores in virtual time.
/// `DMAKE_PROMISE_DRAWS=N` tries that many histories, from `DMAKE_PROMISE_FIRST` on.
@Suite("What is promised of a process")
struct PromiseTests {
  @Test("is kept by the cores in every history")
  func histories() throws {
    func number(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }
    let first = number("DMAKE_PROMISE_FIRST") ?? 1
    for seed in first..<(first + (number("DMAKE_PROMISE_DRAWS") ?? 1500)) {
      if let problem = try Self.problem(seed: seed) {
        Issue.record("seed \(seed): \(problem)")
        return
      }
    }
  }

  /// What is not as it was promised; nil where everything is.
  static func problem(seed: UInt64) throws -> String? {
    var generator = Generator(seed: seed)
    var process = ProcessPromises.Process()
    process.restart = generator.pick(ProcessPromises.Restart.allCases) ?? .always
    process.reload = generator.pick(ProcessPromises.Reload.allCases) ?? .none
    process.startLimit = generator.happens(perMille: 300) ? 1 : nil
    process.stopsInIsolation = generator.happens(perMille: 300)
    process.stopsWithAgent = generator.happens(perMille: 250)
    var promises = ProcessPromises(process)
    var node = try PromisedNode(process)
    var history: [ProcessPromises.Happening] = []
    for _ in 0..<generator.number(3...9) {
      guard let next = generator.pick(promises.possible) else { break }
      history.append(next)
      promises.take(next)
      node.undergo(next)
      if next == .fileChangesTwice { continue }
      let isKept =
        promises.isRunning == (node.running != nil) && promises.starts.contains(node.starts)
        && promises.seen == node.seen
      if isKept { continue }
      return """
        \(process): \(history): promised running \(promises.isRunning), starts \(promises.starts), \
        seen \(promises.seen), and it is \(node.running != nil), \(node.starts), \(node.seen)
        """
    }
    return nil
  }
}
