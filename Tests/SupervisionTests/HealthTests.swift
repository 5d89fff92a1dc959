import Model
import Supervision
import Testing

@Suite("The health of a process")
struct HealthTests: MachineSuite {
  var machine = ProcessMachine(at: .zero)
  var now = Instant.zero
  var process: ProcessConfiguration

  init() throws { process = try Self.web() }

  /// What becomes due until then.
  private mutating func pass(_ duration: Duration) -> [ProcessMachine.Effect] {
    let end = now + duration
    var effects: [ProcessMachine.Effect] = []
    while let due = machine.deadline, due <= end {
      now = due
      effects += step(.timer)
    }
    now = end
    return effects
  }

  private mutating func seen(
    _ answer: ProbeAnswer, _ question: ProbeRequest.Question = .readiness
  ) -> [ProcessMachine.Effect] { step(.seen(answer, question, start: machine.starts)) }

  private var readyLook: ProcessMachine.Effect {
    .look(
      ProbeRequest(.readiness, .file("up"), timeout: .seconds(5), maximumAge: now - .zero + .milliseconds(10)))
  }

  @Test("it is looked at from its start on, again and again, until it is ready; then no more")
  mutating func readiness() throws {
    process.health.readiness = .init(.file("up"))
    #expect(try run() == [readyLook])
    #expect(machine.healthReport == Content("<health><ready>no</ready></health>\n"))
    #expect(pass(.seconds(2)).isEmpty, "one look at a time")
    #expect(seen(.unwell("not there")).isEmpty)
    #expect(machine.phase == .running(pid: 100))
    #expect(pass(.milliseconds(249)).isEmpty)
    #expect(pass(.milliseconds(1)) == [readyLook])
    #expect(seen(.well).isEmpty)
    #expect(machine.phase == .ready(pid: 100))
    #expect(machine.healthReport == Content("<health><ready>yes</ready></health>\n"))
    #expect(pass(.seconds(600)).isEmpty)
    #expect(step(.ended(.exited(code: 1))).first == .ended(.exited(code: 1)))
    #expect(machine.healthReport == Content("<health><ready>no</ready></health>\n"))
  }

  @Test("one that is not ready in time is stopped, and its end is a failure that says why")
  mutating func tooLate() throws {
    process.health.readiness = .init(.notify)
    process.health.readiness?.within = .seconds(3)
    process.restart = .onFailure
    #expect(try run().isEmpty)
    #expect(pass(.seconds(3)) == [.signalSession(.terminate)])
    let end = ProcessEnd.unhealthy("not ready within 3000 ms")
    // It obeys with code 0, which is no success.
    #expect(step(.ended(.exited(code: 0))) == [.ended(end), .start(try launch(), number: 2)])
    #expect(machine.failures == 1)
  }

  @Test("what it says of itself counts for the start that said it")
  mutating func notices() throws {
    process.health.readiness = .init(.notify)
    _ = try run()
    #expect(step(.notice(.ready, start: 7)).isEmpty)
    #expect(machine.phase == .running(pid: 100))
    #expect(step(.notice(.ready, start: 1)).isEmpty)
    #expect(machine.phase == .ready(pid: 100))
  }

  @Test("liveness begins when it is ready; failed looks count in a row only")
  mutating func liveness() throws {
    process.health.readiness = .init(.notify)
    process.health.liveness = .init(.command(["/bin/check"]))
    process.health.liveness?.failures = 2
    let look = ProcessMachine.Effect.look(
      ProbeRequest(.liveness, .command(["/bin/check"]), timeout: .seconds(5), maximumAge: .seconds(10)))
    _ = try run()
    #expect(pass(.seconds(50)).isEmpty)
    _ = step(.notice(.ready, start: 1))
    #expect(pass(.seconds(10)) == [look])
    #expect(seen(.unwell("exit 1"), .liveness).isEmpty)
    #expect(pass(.seconds(10)) == [look])
    #expect(seen(.well, .liveness).isEmpty)
    #expect(pass(.seconds(10)) == [look])
    #expect(seen(.unwell("exit 1"), .liveness).isEmpty)
    #expect(pass(.seconds(10)) == [look])
    #expect(seen(.unwell("exit 2"), .liveness) == [.signalSession(.terminate)])
    #expect(seen(.unwell("exit 2"), .liveness).isEmpty, "once is enough")
    let end = ProcessEnd.unhealthy("exit 2, 2 times in a row")
    #expect(step(.ended(.signalled(15))) == [.ended(end), .start(try launch(), number: 2)])
  }

  @Test("a look that the node does not permit is no illness, and is told until one shows something")
  mutating func refusedLooks() throws {
    process.health.readiness = .init(.command(["/bin/ready"]))
    process.health.readiness?.within = .seconds(1)
    process.health.liveness = .init(.command(["/bin/check"]))
    process.health.liveness?.failures = 1
    _ = try run()
    _ = pass(.zero)
    #expect(seen(.refused("not permitted")).isEmpty)
    #expect(machine.lookProblem == "not permitted")
    for _ in 0..<10 {
      #expect(!pass(.seconds(1)).contains(.signalSession(.terminate)))
      _ = seen(.refused("not permitted"))
    }
    _ = pass(.seconds(1))
    #expect(seen(.well).isEmpty)
    #expect(machine.phase == .ready(pid: 100) && machine.lookProblem == nil)
    for _ in 0..<3 {
      #expect(!pass(.seconds(10)).isEmpty)
      #expect(seen(.refused("not permitted"), .liveness).isEmpty)
    }
    #expect(machine.phase == .ready(pid: 100) && machine.lookProblem == "not permitted")
    _ = pass(.seconds(10))
    #expect(seen(.unwell("exit 1"), .liveness) == [.signalSession(.terminate)])
  }

  @Test("one that tells by itself is stopped when it falls silent")
  mutating func silence() throws {
    process.health.liveness = .init(.notify)
    process.health.liveness?.every = .seconds(1)
    _ = try run()
    for _ in 0..<5 {
      #expect(pass(.milliseconds(2900)).isEmpty)
      #expect(step(.notice(.alive, start: 1)).isEmpty)
    }
    #expect(pass(.seconds(3)) == [.signalSession(.terminate)])
    #expect(step(.ended(.signalled(15))).first == .ended(.unhealthy("it told nothing for 3000 ms")))
  }

  @Test("a state that is not written is stale until it is written again; nobody is stopped for it")
  mutating func stale() throws {
    process.health.staleAfter = .seconds(30)
    _ = try run()
    #expect(machine.healthReport == Content("<health><stale>no</stale></health>\n"))
    #expect(pass(.seconds(29)).isEmpty)
    _ = step(.stateWritten(ago: .zero))
    #expect(pass(.seconds(29)).isEmpty)
    #expect(machine.healthReport == Content("<health><stale>no</stale></health>\n"))
    #expect(pass(.seconds(1)).isEmpty)
    #expect(machine.healthReport == Content("<health><stale>yes</stale></health>\n"))
    _ = step(.stateWritten(ago: .zero))
    #expect(machine.healthReport == Content("<health><stale>no</stale></health>\n"))
  }

  private var isStale: Bool? {
    machine.healthReport.map { $0 == Content("<health><stale>yes</stale></health>\n") }
  }

  @Test("a state becomes stale by the age of its file, whether or not its process runs")
  mutating func staleFile() throws {
    process.health.staleAfter = .seconds(30)
    process.restart = .never
    _ = try run()
    _ = step(.stateWritten(ago: .seconds(20)))
    _ = step(.ended(.exited(code: 0)))
    #expect(isStale == false)
    #expect(pass(.seconds(10)).isEmpty)
    #expect(isStale == true)
    _ = step(.stateWritten(ago: .zero))
    #expect(isStale == false)
    // Another start writes nothing by itself.
    #expect(pass(.seconds(29)).isEmpty)
    process.generation = "2"
    _ = try want()
    _ = step(.started(pid: 101))
    #expect(pass(.seconds(1)).isEmpty)
    #expect(isStale == true)
    _ = step(.stateWritten(ago: .seconds(31)))
    #expect(isStale == true)
  }

  @Test("a process that waits to be started again is not started because its state becomes stale")
  mutating func staleInBackOff() throws {
    process.health.staleAfter = .seconds(1)
    process.backOff = BackOff(
      initial: .seconds(60), factor: 1, limit: .seconds(60), healthyAfter: .seconds(600))
    _ = try run()
    _ = step(.ended(.exited(code: 1)))
    _ = step(.started(pid: 101))
    _ = step(.ended(.exited(code: 1)))
    #expect(pass(.seconds(2)).isEmpty)
    #expect(isStale == true)
  }

  @Test("nothing is said of the state of a process that was taken over before its file was seen")
  mutating func staleAdopted() throws {
    process.health.staleAfter = .seconds(30)
    _ = step(try kept(.running(pid: 100), starts: 4))
    _ = try want()
    #expect(isStale == nil)
    _ = step(.stateWritten(ago: .seconds(31)))
    #expect(isStale == true)
  }

  @Test("of one that was taken over nothing is said before it was looked at, and it has no time limit")
  mutating func adopted() throws {
    process.health.readiness = .init(.file("up"))
    _ = step(try kept(.running(pid: 100), starts: 4))
    _ = try want()
    #expect(machine.healthReport == nil)
    let look = ProcessMachine.Effect.look(ProbeRequest(.readiness, .file("up"), timeout: .seconds(5)))
    #expect(pass(.zero) == [look])
    #expect(seen(.unwell("not there")).isEmpty)
    #expect(machine.healthReport == Content("<health><ready>no</ready></health>\n"))
    #expect(!pass(.seconds(600)).contains(.signalSession(.terminate)))
  }

  @Test("one that said it is ready to an earlier agent is")
  mutating func adoptedReady() throws {
    process.health.readiness = .init(.notify)
    _ = step(try kept(.running(pid: 100), starts: 4))
    _ = step(.notice(.ready, start: 4))
    _ = try want()
    #expect(machine.phase == .ready(pid: 100))
    #expect(machine.healthReport == Content("<health><ready>yes</ready></health>\n"))
  }

  @Test("other checks hold at once, and without any it only runs")
  mutating func change() throws {
    process.health.readiness = .init(.notify)
    _ = try run()
    process.health.readiness = .init(.file("up"))
    #expect(try want().isEmpty)
    #expect(pass(.zero) == [readyLook])
    _ = seen(.well)
    #expect(machine.phase == .ready(pid: 100))
    process.health = HealthChecks()
    #expect(try want().isEmpty)
    #expect(machine.phase == .running(pid: 100))
    #expect(machine.healthReport == nil)
  }

  @Test(
    "an address is an IP address with a port",
    arguments: [
      ("127.0.0.1:80", "127.0.0.1:80"), ("[::1]:65535", "[::1]:65535"), ("localhost:80", nil), ("1.2.3.4", nil),
      ("1.2.3.4:0", nil), ("1.2.3.4:65536", nil), ("::1:80", nil), (":80", nil), ("[]:80", nil), ("", nil),
      ("[fe80::1%eth0]:80", nil), ("1.2.3.4:-1", nil),
    ] as [(String, String?)])
  func addresses(text: String, expected: String?) { #expect(SocketAddress(text)?.description == expected) }
}
