import Model
import Supervision
import Testing

@Suite("Starts for another configuration")
struct HasteTests: MachineSuite {
  var machine = ProcessMachine(at: .zero)
  var now = Instant.zero
  var process: ProcessConfiguration

  /// What a rule that reads the process's ends or states could ask for again and again.
  enum Change: CaseIterable {
    case whileRunning, afterFailure, afterSuccess, afterGivingUp, takenOutAndPutBack, file
  }

  init() throws {
    process = try Self.web()
    process.backOff = BackOff(
      initial: .seconds(1), factor: 2, limit: .seconds(8), healthyAfter: .seconds(10))
  }

  /// Has the process end in one way or another and changes what it is to run. Answers how long its start waits then.
  private mutating func change(_ change: Change, _ number: Int) throws -> Duration {
    let begin = now
    process.generation = "\(number)"
    switch change {
    case .whileRunning:
      _ = try want()
      _ = step(.ended(.signalled(15)))
    case .file:
      process.generation = ""
      var need = ReloadNeed.nothing
      need.add(.restart)
      _ = step(.reconfigured(need))
      if case .running = machine.phase {
        now = try #require(machine.deadline)
        _ = step(.timer)
      }
      let end = now
      _ = step(.ended(.signalled(15)))
      return try start(since: end)
    case .afterFailure:
      _ = step(.ended(.exited(code: 1)))
      if machine.phase == .starting { _ = step(.started(pid: 7)) }
      let effects = try want()
      if effects == [.signalSession(.terminate)] { _ = step(.ended(.signalled(15))) }
    case .afterSuccess, .afterGivingUp:
      _ = step(.ended(.exited(code: change == .afterSuccess ? 0 : 1)))
      _ = try want()
    case .takenOutAndPutBack:
      _ = step(.unwanted)
      _ = step(.ended(.signalled(15)))
      machine = ProcessMachine(at: now, haste: machine.haste)
      _ = try want()
    }
    return try start(since: begin)
  }

  private mutating func start(since begin: Instant) throws -> Duration {
    if case .backOff(let until) = machine.phase {
      now = until
      _ = step(.timer)
    }
    let delay = now - begin
    #expect(machine.phase == .starting)
    _ = step(.started(pid: 100))
    return delay
  }

  @Test(
    "wait longer each time, whatever brought the change about, and begin anew after a healthy run",
    arguments: Change.allCases)
  mutating func delays(change: Change) throws {
    switch change {
    case .afterSuccess: process.restart = .onFailure
    case .afterGivingUp: process.restart = .never
    default: break
    }
    process.reloadInterval = .milliseconds(1)
    try run()
    var delays: [Duration] = []
    for number in 1...6 { delays.append(try self.change(change, number)) }
    #expect(delays == [.zero, .seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(8)])
    #expect(machine.haste.lastCount == 6)
    now = now + .seconds(10)
    #expect(try self.change(change, 7) == .zero)
    #expect(machine.haste.lastCount == 1)
  }

  @Test("the first one does not wait for the back-off of a process that fails, the next one does")
  mutating func repair() throws {
    try run()
    for _ in 0..<3 {
      _ = step(.ended(.exited(code: 1)))
      if case .backOff(let until) = machine.phase { now = until }
      _ = step(.timer)
      _ = step(.started(pid: 100))
    }
    _ = step(.ended(.exited(code: 1)))
    let end = now
    now = now + .milliseconds(100)
    process.generation = "better"
    #expect(try want() == [.start(try launch(), number: 5)])
    _ = step(.started(pid: 101))
    _ = step(.ended(.exited(code: 1)))
    _ = step(.started(pid: 102))
    _ = step(.ended(.exited(code: 1)))
    process.generation = "best"
    #expect(try want() == [])
    #expect(machine.phase == .backOff(until: end + .milliseconds(1100)))
  }

  @Test("time that a process takes to stop is no healthy run")
  mutating func stubborn() throws {
    try run()
    process.generation = "1"
    _ = try want()
    now = now + .seconds(11)
    _ = step(.ended(.signalled(9)))
    _ = step(.started(pid: 101))
    process.generation = "2"
    _ = try want()
    now = now + .seconds(11)
    _ = step(.ended(.signalled(9)))
    #expect(machine.phase == .backOff(until: now + .seconds(1)))
  }

  @Test("one that comes long after the last is not in a row with it")
  mutating func rare() throws {
    process.restart = .never
    try run()
    for number in 1...4 {
      _ = step(.ended(.exited(code: 1)))
      now = now + .seconds(37)
      process.generation = "\(number)"
      #expect(try want() == [.start(try launch(), number: UInt64(number) + 1)])
      _ = step(.started(pid: 100))
      #expect(machine.haste.lastCount == 1)
    }
  }
}
