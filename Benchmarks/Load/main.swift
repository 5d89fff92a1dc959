import Glibc
import GroupProtocol
import Model
import Synchronization
import Transport

// Reports states to a leader, so many a second, and meanwhile changes the state of another node, waits for what its
// rule makes of it, and changes it again. Prints `LOGGED ROUNDS ANSWERED`, each per second.
//
//     Load ADDRESS RATE SECONDS      RATE 0: as fast as the leader acknowledges; -1: none
//     Load ADDRESS ends COUNT        reports ends of one process, as an agent that was away does
//     Load policy                    prints the policy that the leader must have

let fileCount = 16
/// So many reports may be unacknowledged, as with a handful of agents (each has at most 256 under way).
let windowLimit = 2048

func fail(_ message: String, _ code: Int32) -> Never {
  _ = "\(message)\n".withCString { write(STDERR_FILENO, $0, strlen($0)) }
  exit(code)
}

/// Numbers reports and knows which were acknowledged.
struct Reporter {
  let link: LeaderLink
  var sent: UInt64
  var acknowledged: UInt64

  mutating func report(_ file: NodeFile, _ number: UInt64) {
    report(.state(file, Content("<state><value>\(number)</value></state>")))
  }

  mutating func report(_ body: Report.Body) {
    link.send([.report(Report(sequence: sent + 1, previous: sent, body: body))])
    sent += 1
  }
}

func withAgent(
  _ name: String, at address: Address,
  _ body: @Sendable @escaping (Reporter, LeaderBatches) async throws(TransportError) -> Void
) async throws {
  let node = try NodeName(name)
  try await LeaderConnection.run(to: address, token: nil) { link async throws(TransportError) in
    let hello = Hello(
      node: node, instance: name, incarnation: UInt64(time(nil)), stamp: .zero, applied: [], version: "load")
    link.send([.hello(hello)])
    var batches = link.batches.makeAsyncIterator()
    while let batch = try await batches.next() {
      for case .welcome(let welcome) in batch {
        let acknowledged = welcome.acknowledged
        let reporter = Reporter(link: link, sent: acknowledged, acknowledged: acknowledged)
        try await body(reporter, link.batches)
        return
      }
    }
  }
}

func tenths(_ number: Double) -> Double { (number * 10).rounded() / 10 }

func elapsed(since start: ContinuousClock.Instant) -> Double {
  let (seconds, attoseconds) = (ContinuousClock.now - start).components
  return Double(seconds) + Double(attoseconds) / 1e18
}

/// Answers how many reports were acknowledged.
func load(_ address: Address, rate: Int, until end: ContinuousClock.Instant) async throws -> UInt64 {
  let files = try (1...fileCount).map { try NodeFile("p\($0)/state.xml") }
  let total = Mutex<UInt64>(0)
  try await withAgent("load", at: address) { (first, batches) async throws(TransportError) in
    var reporter = first
    var iterator = batches.makeAsyncIterator()
    let start = ContinuousClock.now
    while ContinuousClock.now < end {
      let due = rate == 0 ? .max : UInt64(elapsed(since: start) * Double(rate)) + first.sent
      while reporter.sent < due, reporter.sent - reporter.acknowledged < windowLimit {
        reporter.report(files[Int(reporter.sent) % fileCount], reporter.sent)
      }
      if reporter.sent == reporter.acknowledged {
        try? await Task.sleep(for: .milliseconds(1))
      } else if let batch = try await iterator.next() {
        for case .acknowledged(let sequence) in batch { reporter.acknowledged = sequence }
      }
    }
    let acknowledged = reporter.acknowledged - first.acknowledged
    total.withLock { $0 = acknowledged }
  }
  return total.withLock { $0 }
}

/// Answers how often what was made of a change came back.
func probe(_ address: Address, until end: ContinuousClock.Instant) async throws -> Int {
  let file = try NodeFile("web/state.xml")
  let answers = Mutex(0)
  try await withAgent("probe", at: address) { (first, batches) async throws(TransportError) in
    var reporter = first
    var iterator = batches.makeAsyncIterator()
    let base = UInt64(time(nil)) * 1_000_000
    while ContinuousClock.now < end {
      let value = base + reporter.sent
      reporter.report(file, value)
      var isAnswered = false
      while !isAnswered, ContinuousClock.now < end, let batch = try await iterator.next() {
        for case .configure(let configuration) in batch {
          for file in configuration.files where file.content?.text.contains("\(value)") == true {
            let applied = AppliedFile(file: file.file, stamp: file.stamp, digest: file.content?.digest)
            reporter.link.send([.applied([applied])])
            isAnswered = true
          }
        }
      }
      if isAnswered { answers.withLock { $0 += 1 } }
    }
  }
  return answers.withLock { $0 }
}

func reportEnds(_ address: Address, _ count: Int) async throws {
  let process = try ProcessName("web")
  try await withAgent("load", at: address) { (first, batches) async throws(TransportError) in
    var reporter = first
    var iterator = batches.makeAsyncIterator()
    let end = first.sent + UInt64(count)
    while reporter.acknowledged < end {
      while reporter.sent < end, reporter.sent - reporter.acknowledged < 256 {
        reporter.report(.stopped(process, .exited(code: 1), WallTime(milliseconds: 0)))
      }
      guard let batch = try await iterator.next() else { return }
      for case .acknowledged(let sequence) in batch { reporter.acknowledged = sequence }
    }
  }
}

func rounds(_ address: Address) async throws -> UInt64 {
  let answer = try await OperatorClient(address: address, token: nil).ask(.status(files: nil))
  guard case .status(let report) = answer else { fail("Load: \(answer.summary)", 1) }
  return report.rounds
}

let arguments = CommandLine.arguments
if arguments.count == 2, arguments[1] == "policy" {
  let values = (1...fileCount).map { "load/p\($0)/state.xml{value}" }.joined(separator: " ")
  let (input, output) = ("probe/web/state.xml{value}", "probe/web/config.xml{value}")
  print("\(output): \(input)\n\t\(output)=\(input)\n")
  print("total: \(values)\n\tcat /dev/null $^ > $@")
  exit(0)
}
if arguments.count == 4, arguments[2] == "ends", let address = try? Address(arguments[1]),
  let count = Int(arguments[3])
{
  do { try await reportEnds(address, count) } catch { fail("Load: \(error)", 1) }
  exit(0)
}
guard arguments.count == 4, let address = try? Address(arguments[1]), let rate = Int(arguments[2]),
  let seconds = Int(arguments[3]), rate >= -1, seconds > 0
else { fail("usage: Load ADDRESS RATE SECONDS", 64) }
do {
  let start = ContinuousClock.now
  let end = start + .seconds(seconds)
  let before = try await rounds(address)
  async let answered = probe(address, until: end)
  let logged = rate < 0 ? 0 : try await load(address, rate: rate, until: end)
  let answers = try await answered
  let span = elapsed(since: start)
  let count = try await rounds(address) - before
  print(Int(Double(logged) / span), tenths(Double(count) / span), tenths(Double(answers) / span))
} catch { fail("Load: \(error)", 1) }
