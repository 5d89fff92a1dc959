import Model
import Supervision
import Testing

@Suite("What a keeper may do in advance")
struct StandingOrderTests: MachineSuite {
  var machine = ProcessMachine(at: .zero)
  var now = Instant.zero
  var process: ProcessConfiguration

  init() throws { process = try Self.web() }

  @Test("a process that is started has an order for the next start, by its restart policy")
  mutating func order() throws {
    process.restart = .onFailure
    process.finalExitCodes = [3]
    _ = step(.wanted(process, try launch()))
    let order = try #require(machine.standingOrder)
    #expect(order == StandingOrder(number: 2, from: .zero, policy: .onFailure, finalExitCodes: [3]))
    _ = step(.started(pid: 100))
    #expect(machine.standingOrder == order)
    #expect(order.holds(after: .signalled(9), at: now))
    #expect(order.holds(after: .exited(code: 1), at: now))
    #expect(!order.holds(after: .exited(code: 0), at: now))
    #expect(!order.holds(after: .exited(code: 3), at: now))
  }

  @Test(
    "what must be decided then has none",
    arguments: [
      "unwanted", "launch", "never", "user", "groups", "outdated", "permissions", "restart", "adopted",
    ])
  mutating func none(reason: String) throws {
    if reason == "user" { process.user = "www" }
    if reason == "groups" { process.rights.supplementaryGroups = ["audio"] }
    if reason == "never" { process.restart = .never }
    if reason == "adopted" {
      _ = step(try kept(.running(pid: 7), starts: 4))
      _ = step(.wanted(process, try launch()))
    } else {
      try run()
    }
    #expect((machine.standingOrder == nil) == ["user", "groups", "never", "adopted"].contains(reason))
    switch reason {
    case "unwanted": _ = step(.unwanted)
    case "launch":
      process.arguments = ["x"]
      _ = step(.wanted(process, try launch()))
    case "outdated": _ = step(.outdated)
    case "permissions": _ = step(.permissionsChanged)
    case "restart":
      var need = ReloadNeed()
      need.add(.restart)
      _ = step(.reconfigured(need))
    default: break
    }
    #expect(machine.standingOrder == nil)
  }

  @Test("a process that ends early has to wait, so its order comes with the healthy time")
  mutating func early() throws {
    try run()
    now = now + .seconds(2)
    #expect(step(.restarted(.signalled(9), pid: 101, at: now)) == [.ended(.signalled(9))])
    #expect(machine.phase == .running(pid: 101) && machine.starts == 2 && machine.failures == 1)
    #expect(machine.standingOrder?.number == 3)
    #expect(machine.standingOrder?.from == now + process.backOff.healthyAfter)
  }

  @Test("a start limit puts the order off until its window is over")
  mutating func limited() throws {
    process.startLimit = StartLimit(count: 2, within: .seconds(60))
    process.backOff = BackOff(
      initial: .zero, factor: 2, limit: .zero, healthyAfter: .seconds(1), jitterPercent: 0)
    try run()
    for _ in 0..<2 {
      now = now + .seconds(5)
      _ = step(.restarted(.signalled(9), pid: 101, at: now))
    }
    #expect(machine.standingOrder?.from == .zero + .seconds(5 + 60))
    process.startLimit = StartLimit(count: 0, within: .seconds(60))
    _ = step(.wanted(process, try launch()))
    #expect(machine.standingOrder == nil)
  }

  @Test(
    "what was decided while the keeper followed the order holds for the new process", arguments: [false, true])
  mutating func crossed(isWanted: Bool) throws {
    process.stopGrace = .seconds(4)
    try run()
    now = now + .seconds(60)
    let restart = now
    now = now + .milliseconds(1)
    if isWanted { process.generation = "2" }
    _ = isWanted ? step(.wanted(process, try launch())) : step(.held(grace: .seconds(3)))
    now = now + .milliseconds(1)
    #expect(
      step(.restarted(.exited(code: 1), pid: 101, at: restart)) == [
        .ended(.exited(code: 1)), .signalSession(.terminate),
      ])
    // What is left of the time that it had.
    let limit = restart + .milliseconds(1) + (isWanted ? .seconds(4) : .seconds(3))
    #expect(machine.phase == .stopping(pid: 101, killAt: limit))
    let effects = step(.ended(.signalled(15)))
    #expect(effects == [.stopped(.signalled(15))] + (isWanted ? [.start(try launch(), number: 3)] : []))
  }

  @Test(
    "a change that the new process may not have read is told, an older one is not", arguments: [false, true])
  mutating func reload(isLate: Bool) throws {
    process.reloadInterval = .seconds(1)
    try run()
    now = now + .seconds(60)
    var need = ReloadNeed()
    need.add(.signal(.hangup))
    let restart = isLate ? now : now + .milliseconds(1)
    #expect(step(.reconfigured(need)) == [.signal(.hangup)])
    now = now + .milliseconds(2)
    #expect(step(.restarted(.signalled(9), pid: 101, at: restart)) == [.ended(.signalled(9))])
    #expect(machine.deadline == (isLate ? restart + .seconds(1) : nil))
    now = restart + .seconds(1)
    #expect(step(.timer) == (isLate ? [.signal(.hangup)] : []))
  }

  @Test("a complaint about a process that has gone is none about the next one")
  mutating func complaint() throws {
    process.health.liveness = .init(.file("alive"))
    process.health.liveness?.failures = 1
    try run()
    let restart = now
    now = now + .milliseconds(1)
    _ = step(.seen(.unwell("no file"), .liveness, start: 1))
    #expect(step(.restarted(.signalled(9), pid: 101, at: restart)) == [.ended(.signalled(9))])
    #expect(machine.phase == .running(pid: 101))
  }

  @Test(
    "an order is followed exactly where a start would follow at once, and comes to the same", arguments: 1...400
  )
  mutating func equivalence(seed: UInt64) throws {
    var generator = Draws(state: seed)
    process.restart = generator.pick(RestartPolicy.allCases)
    process.finalExitCodes = generator.pick([[], [1], [0, 2]])
    process.backOff = BackOff(
      initial: generator.pick([.zero, .milliseconds(500)]), factor: 2, limit: .seconds(3),
      healthyAfter: generator.pick([.zero, .seconds(1), .seconds(10)]), jitterPercent: generator.pick([0, 30]))
    process.startLimit = generator.pick([nil, 0, 2]).map { StartLimit(count: $0, within: .seconds(9)) }
    try run()
    for _ in 0..<30 {
      now = now + .milliseconds(generator.pick([1, 400, 999, 1000, 3000, 9000, 20_000]))
      let end = generator.pick([ProcessEnd.exited(code: 0), .exited(code: 1), .signalled(9), .outOfMemory])
      let order = machine.standingOrder
      let follows = order?.holds(after: end, at: now) ?? false
      var asked = machine
      let effects = asked.step(.ended(end), at: now)
      #expect(
        follows == (effects == [.ended(end), .start(try launch(), number: machine.starts + 1)]), "\(seed)")
      _ = asked.step(.started(pid: 7), at: now)
      if follows {
        #expect(order?.number == machine.starts + 1)
        #expect(step(.restarted(end, pid: 7, at: now)) == [.ended(end)])
        #expect(machine == asked, "\(seed)")
      } else {
        machine = asked
        if case .backOff(let until) = machine.phase {
          now = until
          _ = step(.timer)
          _ = step(.started(pid: 8))
        }
      }
      guard machine.pid != nil else { return }
    }
  }
}

/// A small sequence of even draws (splitmix64).
private struct Draws {
  var state: UInt64

  mutating func pick<Value>(_ values: [Value]) -> Value {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return values[Int((mixed ^ (mixed >> 31)) % UInt64(values.count))]
  }
}
