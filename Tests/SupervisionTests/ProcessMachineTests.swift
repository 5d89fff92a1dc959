import Model
import Supervision
import Testing

@Suite("The life cycle of a process")
struct ProcessMachineTests: MachineSuite {
  var machine = ProcessMachine(at: .zero)
  var now = Instant.zero
  var process: ProcessConfiguration

  init() throws { process = try Self.web() }

  @Test("stopped: what is wanted is started, and runs")
  mutating func starting() throws {
    #expect(try want() == [.start(try launch(), number: 1)])
    #expect(machine.phase == .starting)
    #expect(step(.started(pid: 100)).isEmpty)
    #expect(machine.phase == .running(pid: 100))
    #expect(try want().isEmpty)
  }

  @Test("starting: what is wanted no more is stopped as soon as it runs")
  mutating func unwantedWhileStarting() throws {
    _ = try want()
    #expect(step(.unwanted).isEmpty)
    #expect(step(.started(pid: 100)) == [.signalSession(.terminate)])
    #expect(step(.ended(.signalled(15))) == [.ended(.signalled(15))])
    #expect(machine.phase == .stopped)
  }

  @Test("starting: a change of the launch restarts it as soon as it runs")
  mutating func changedWhileStarting() throws {
    _ = try want()
    process.generation = "2"
    #expect(try want().isEmpty)
    #expect(step(.started(pid: 100)) == [.signalSession(.terminate)])
    #expect(step(.ended(.signalled(15))) == [.stopped(.signalled(15)), .start(try launch(), number: 2)])
  }

  @Test(
    "running: a changed launch restarts, other settings hold at once",
    arguments: [
      "generation", "executable", "argument", "environment", "folder", "user", "grace", "policy",
    ])
  mutating func changes(setting: String) throws {
    try run()
    switch setting {
    case "generation": process.generation = "2"
    case "executable": process.executable = "/bin/other"
    case "argument": process.arguments = ["x"]
    case "environment": process.environment = ["A": "b"]
    case "folder": process.workingFolder = "/srv"
    case "user": process.user = "www"
    case "grace": process.stopGrace = .seconds(1)
    default: process.restart = .never
    }
    let isRestart = !["grace", "policy"].contains(setting)
    #expect(try want() == (isRestart ? [.signalSession(.terminate)] : []))
  }

  @Test("running: the delays before restarts are none, initial, twice that, up to the limit, and begin anew")
  mutating func backOff() throws {
    process.backOff = BackOff(
      initial: .seconds(1), factor: 2, limit: .seconds(3), healthyAfter: .seconds(10))
    try run()
    var delays: [Duration] = []
    for _ in 0..<5 {
      _ = step(.ended(.exited(code: 1)))
      delays.append(machine.deadline.map { $0 - now } ?? .zero)
      now = machine.deadline ?? now
      _ = step(.timer)
      _ = step(.started(pid: 100))
    }
    #expect(delays == [.zero, .seconds(1), .seconds(2), .seconds(3), .seconds(3)])
    now = now + .seconds(10)
    _ = step(.ended(.exited(code: 1)))
    #expect(machine.phase == .starting)
  }

  @Test(
    "running: the policy decides about a restart",
    arguments: [
      (RestartPolicy.always, 0, true), (.always, 1, true), (.onFailure, 0, false), (.onFailure, 1, true),
      (.never, 0, false), (.never, 1, false),
    ])
  mutating func policy(policy: RestartPolicy, code: Int, isRestarted: Bool) throws {
    process.restart = policy
    try run()
    let end = ProcessEnd.exited(code: Int32(code))
    #expect(step(.ended(end)) == [.ended(end)] + (isRestarted ? [.start(try launch(), number: 2)] : []))
    let resting: ProcessMachine.Phase = code == 0 ? .stopped : .failed
    #expect(machine.phase == (isRestarted ? .starting : resting))
    // A new generation starts it whatever the policy.
    process.generation = "2"
    #expect(try want().isEmpty == isRestarted)
  }

  @Test("back-off: what is wanted no more rests, a changed launch starts at once")
  mutating func duringBackOff() throws {
    try run()
    _ = step(.ended(.exited(code: 1)))
    _ = step(.ended(.exited(code: 1)))
    #expect(machine.deadline != nil)
    #expect(step(.timer).isEmpty)
    var other = machine
    #expect(other.step(.unwanted, at: now).isEmpty)
    #expect(other.phase == .stopped)
    process.generation = "2"
    #expect(try want() == [.start(try launch(), number: 3)])
  }

  @Test("stopping: after the grace its session is killed, again and again")
  mutating func stubborn() throws {
    process.stopSignal = .interrupt
    try run()
    #expect(step(.unwanted) == [.signalSession(.interrupt)])
    now = try #require(machine.deadline)
    #expect(now - .zero == process.stopGrace)
    #expect(step(.timer) == [.signalSession(.kill)])
    now = try #require(machine.deadline)
    #expect(step(.timer) == [.signalSession(.kill)])
    #expect(step(.ended(.signalled(9))) == [.ended(.signalled(9))])
    #expect(!machine.isAlive)
  }

  @Test(
    "new files bring the signal, a restart or nothing",
    arguments: [
      (Reload.none, [ProcessMachine.Effect]()),
      (.signal(.hangup), [.signal(.hangup)]), (.restart, [.signalSession(.terminate)]),
    ])
  mutating func reload(reload: Reload, effects: [ProcessMachine.Effect]) throws {
    let need = need(reload)
    #expect(step(.reconfigured(need)).isEmpty)
    try run()
    now = now + process.reloadInterval
    #expect(step(.reconfigured(need)) == effects)
  }

  private func need(_ reloads: Reload...) -> ReloadNeed {
    var need = ReloadNeed()
    for reload in reloads { need.add(reload) }
    return need
  }

  @Test("what changes within the interval is one reload, the least that is enough for all of it")
  mutating func mergedReload() throws {
    try run()
    #expect(step(.reconfigured(need(.signal(.hangup)))).isEmpty)
    #expect(step(.reconfigured(need(.signal(.interrupt), .signal(.hangup), .none))).isEmpty)
    now = try #require(machine.deadline)
    #expect(step(.timer) == [.signal(.hangup), .signal(.interrupt)])
    #expect(step(.reconfigured(need(.signal(.hangup)))).isEmpty)
    #expect(step(.reconfigured(need(.restart))).isEmpty)
    #expect(step(.reconfigured(need(.signal(.interrupt)))).isEmpty)
    now = try #require(machine.deadline)
    #expect(step(.timer) == [.signalSession(.terminate)])
  }

  @Test("a change needs what its parts need, and the rest of the file what the process says")
  func reloadRules() {
    var process = process
    process.reload = .signal(.hangup)
    process.reloadRules = [
      ReloadRule(file: "config.xml", tag: "listen", need: .restart),
      ReloadRule(file: "config.xml", tag: "level", need: .signal(.interrupt)),
      ReloadRule(file: "config.xml", tag: "note", need: .none),
      ReloadRule(file: "table", tag: nil, need: .none),
    ]
    func need(_ file: String, _ tags: SortedSet<String>, rest: Bool = false) -> ReloadNeed {
      process.need(after: FileChange(file: file, tags: tags, hasRest: rest))
    }
    #expect(process.reloadTags(of: "config.xml") == ["level", "listen", "note"])
    #expect(need("config.xml", ["note"]).isNothing)
    #expect(need("config.xml", ["note", "level"]).signals == [.interrupt])
    #expect(need("config.xml", ["level"], rest: true).signals == [.interrupt, .hangup])
    #expect(need("config.xml", ["level", "listen"], rest: true) == self.need(.restart))
    #expect(need("table", [], rest: true).isNothing)
    #expect(need("other", [], rest: true).signals == [.hangup])
  }

  @Test("reloads keep their interval from the start and from each other, and what comes in between is one")
  mutating func reloadInterval() throws {
    let need = need(.signal(.hangup))
    try run()
    #expect(step(.reconfigured(need)).isEmpty)
    #expect(step(.reconfigured(need)).isEmpty)
    now = try #require(machine.deadline)
    #expect(step(.timer) == [.signal(.hangup)])
    #expect(machine.deadline == nil)
    #expect(step(.reconfigured(need)).isEmpty)
    #expect(machine.deadline == now + process.reloadInterval)
  }

  @Test("files that change while a process is being started are told to it afterwards")
  mutating func reloadWhileStarting() throws {
    let need = need(.signal(.hangup))
    _ = try want()
    #expect(step(.reconfigured(need)).isEmpty)
    _ = step(.started(pid: 7))
    now = try #require(machine.deadline)
    #expect(step(.timer) == [.signal(.hangup)])
  }

  @Test("an adopted process is kept if it is what is wanted, else restarted, and stays while nobody knows")
  mutating func adoption() throws {
    #expect(step(try kept(.running(pid: 7), starts: 3)).isEmpty)
    var same = machine
    #expect(same.step(.wanted(process, try launch()), at: now).isEmpty)
    #expect(same.starts == 3)
    var unwanted = machine
    #expect(unwanted.step(.unwanted, at: now) == [.signalSession(.terminate)])
    process.generation = "2"
    #expect(try want() == [.signalSession(.terminate)])
  }

  @Test("a process that is not to be restarted is not, after its agent was restarted")
  mutating func remembered() throws {
    process.restart = .never
    _ = step(try kept(.settled(.exited(code: 0)), starts: 1))
    #expect(try want().isEmpty)
    process.restart = .always
    #expect(try want() == [.start(try launch(), number: 2)])
  }

  @Test("a process that an earlier agent gave up stays down until what is executed changes")
  mutating func gaveUp() throws {
    process.restart = .always
    var account = ProcessAccount()
    account.start = 4
    account.hasGivenUp = true
    #expect(step(try kept(.settled(.exited(code: 3)), starts: 4, account)).isEmpty)
    #expect(machine.phase == .failed && machine.hasGivenUp)
    #expect(try want().isEmpty)
    process.arguments = ["other"]
    #expect(try want() == [.start(try launch(), number: 5)])
    #expect(!machine.hasGivenUp)
  }

  @Test("a program that cannot be started is reported once for each reason")
  mutating func notStarted() throws {
    _ = try want()
    #expect(step(.notStarted("a")) == [.ended(.notStarted("a")), .start(try launch(), number: 2)])
    #expect(step(.notStarted("a")).isEmpty)
    now = try #require(machine.deadline)
    _ = step(.timer)
    #expect(step(.notStarted("b")) == [.ended(.notStarted("b"))])
  }

  @Test("a start limit: one end more than it allows within its time, and the process has failed")
  mutating func startLimit() throws {
    process.startLimit = StartLimit(count: 2, within: .seconds(10))
    process.backOff = BackOff(
      initial: .milliseconds(10), factor: 1, limit: .milliseconds(10), healthyAfter: .zero)
    try run()
    for second in [0, 6, 11] {
      now = .zero + .seconds(second)
      #expect(step(.ended(.exited(code: 1))).count == 2, "after \(second) s")
      _ = step(.started(pid: 100))
    }
    // At 6 and 11 s it was started again; the window holds both.
    now = .zero + .seconds(12)
    #expect(step(.ended(.exited(code: 0))) == [.ended(.exited(code: 0))])
    #expect(machine.phase == .failed)
    #expect(try want().isEmpty)
    process.generation = "2"
    #expect(try want().count == 1)
  }

  @Test("a final exit code is not followed by a start, another one is")
  mutating func finalExitCode() throws {
    process.finalExitCodes = [3, 64]
    try run()
    #expect(step(.ended(.exited(code: 4))).count == 2)
    _ = step(.started(pid: 101))
    #expect(step(.ended(.exited(code: 64))) == [.ended(.exited(code: 64))])
    #expect(machine.phase == .failed)
    #expect(try want().isEmpty)
  }

  @Test("jitter stays within its part of the delay, and seeds differ")
  func jitter() {
    let backOff = BackOff(
      initial: .seconds(1), factor: 2, limit: .seconds(4), healthyAfter: .seconds(10), jitterPercent: 25)
    let delays = (0..<2001).map { backOff.delay(failures: 3, chance: UInt64($0)) }
    #expect(delays.min() == .seconds(3) && delays.max() == .seconds(5))
    #expect(backOff.delay(failures: 0, chance: 7) == .zero)
    func first(_ seed: UInt64) throws -> Instant? {
      var configuration = process
      configuration.backOff = backOff
      let launch = NodeConfiguration(environment: [:], processes: [configuration]).launch(of: process.name)
      var machine = ProcessMachine(at: .zero, seed: seed)
      _ = machine.step(.wanted(configuration, try #require(launch)), at: .zero)
      for _ in 0..<2 {
        _ = machine.step(.started(pid: 1), at: .zero)
        _ = machine.step(.ended(.exited(code: 1)), at: .zero)
      }
      return machine.deadline
    }
    let seeds = (0..<20).compactMap { try? first($0) }
    #expect(SortedSet(seeds).elements.count > 10)
  }

  @Test("what is not said adds nothing to a launch's digest, what is said does")
  func digest() throws {
    let plain = try launch().digest
    var changed = process
    changed.log = LogSize(bytes: 4096, keep: 9)
    func digest(_ process: ProcessConfiguration) throws -> Digest {
      try #require(NodeConfiguration(environment: [:], processes: [process]).launch(of: process.name)).digest
    }
    #expect(try digest(changed) == plain)
    changed.rights.nice = 1
    let nice = try digest(changed)
    changed.rights.limits[.core] = .init(soft: 0, hard: 0)
    let limited = try digest(changed)
    changed.onAgentExit = .stop
    #expect(try SortedSet([plain, nice, limited, digest(changed)]).elements.count == 4)
  }
}
