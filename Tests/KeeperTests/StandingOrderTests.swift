import Glibc
import Linux
import Model
import Processes
import Supervision
import Testing

@testable import Keeper

@Suite("A keeper that starts again what it was told to")
struct StandingOrderTests {
  private let scratch: Scratch
  private let web: ProcessName
  init() throws {
    scratch = try Scratch()
    web = try ProcessName("web")
  }

  /// Says which start it is, and lives until it is killed, or until there is a file with its exit code.
  private func start(_ change: (inout ProcessStart) -> Void = { _ in }) throws -> ProcessStart {
    let script = "echo start $DMAKE_START; while [ ! -s code ]; do sleep 0.02; done; exit $(cat code; rm code)"
    var start = try scratch.prepared(scratch.launch("web", "/bin/sh", ["-c", script]), number: 1)
    change(&start)
    return start
  }

  private func order(
    _ number: UInt64, from: Instant = .zero, policy: RestartPolicy = .always, final: SortedSet<Int32> = []
  ) -> StandingOrder {
    StandingOrder(number: number, from: from, policy: policy, finalExitCodes: final)
  }

  /// The pid of the first start, which has said so, once the keeper has heard all that it was told.
  private func firstPID(_ client: KeeperTests.Client) throws -> Int32 {
    client.keeper.flush()
    let pid = try client.nextPID()
    try scratch.wait { try scratch.log("web") == "start 1\n" }
    try catchUp(client)
    return pid
  }

  /// Until the keeper has heard all that it was told: it does one thing after the other.
  private func catchUp(_ client: KeeperTests.Client) throws {
    client.keeper.start(try scratch.prepared(scratch.launch("other", "/bin/true"), number: 1))
    _ = try client.nextPID()
    guard case .ended = try client.next() else { throw Timeout() }
    client.keeper.forget(try ProcessName("other"))
  }

  private func exit(with code: Int32) throws {
    try scratch.folders.node.write("web/code", Array("\(code)".utf8))
  }

  @Test("it is started again at once and as it was, and without an order its agent is asked")
  func follows() throws {
    let client = try KeeperTests.Client(scratch)
    client.keeper.start(try start())
    client.keeper.order(web, order(2))
    let first = try firstPID(client)
    let killedAt = Instant(sinceStart: monotonicTime())
    kill(first, SIGKILL)
    guard case .restarted(let process) = try client.next() else { Issue.record("it is not restarted"); return }
    #expect(process.ended == UnsettledEnd(name: web, number: 1, end: .signalled(9)))
    #expect(process.number == 2 && process.pid != first && process.at >= killedAt)
    try scratch.wait { try scratch.log("web") == "start 1\nstart 2\n" }
    client.keeper.settle([process.ended])
    kill(process.pid, SIGKILL)
    #expect(try client.next() == .ended(UnsettledEnd(name: web, number: 2, end: .signalled(9))))
  }

  enum Obstacle: CaseIterable {
    case success, finalCode, early, withdrawn, otherStart, otherAgent, unsettled, noLease, planned, toldToStop
  }

  @Test(
    "an order is not followed after another end, too early, for another start or agent, or behind the fence",
    arguments: Obstacle.allCases)
  func doesNotFollow(obstacle: Obstacle) throws {
    var client = try KeeperTests.Client(scratch)
    client.keeper.start(try start { $0.isFenced = obstacle == .noLease })
    _ = try client.nextPID()
    var end = ProcessEnd.exited(code: 3)
    var number: UInt64 = 1
    switch obstacle {
    case .success:
      client.keeper.order(web, order(2, policy: .onFailure))
      end = .exited(code: 0)
    case .finalCode: client.keeper.order(web, order(2, final: [3]))
    case .early:
      client.keeper.order(web, order(2, from: Instant(sinceStart: monotonicTime() + .seconds(3600))))
    case .withdrawn:
      client.keeper.order(web, order(2))
      client.keeper.order(web, nil)
    case .otherStart: client.keeper.order(web, order(3))
    case .otherAgent:
      client.keeper.order(web, order(2))
      client.keeper.flush()
      client = try KeeperTests.Client(scratch)
    case .unsettled:
      client.keeper.order(web, order(2))
      try catchUp(client)
      try exit(with: 3)
      guard case .restarted = try client.next() else { Issue.record("it is not restarted"); return }
      client.keeper.order(web, order(3))
      number = 2
    case .noLease: client.keeper.order(web, order(2))
    case .planned:
      var plan = IsolationPlan()
      plan.stopped = [web]
      client.keeper.plan(plan)
      client.keeper.order(web, order(2))
    case .toldToStop:
      var plan = IsolationPlan()
      plan.stopped = [web]
      plan.grace = .seconds(60)
      client.keeper.plan(plan)
      client.keeper.order(web, order(2))
      client.keeper.lease(until: bootTime())
      #expect(try client.next() == .fenced)
      end = .signalled(SIGTERM)
    }
    if obstacle != .toldToStop {
      try catchUp(client)
      try exit(with: end == .exited(code: 0) ? 0 : 3)
    }
    let wasStopped = obstacle == .toldToStop
    #expect(
      try client.next() == .ended(UnsettledEnd(name: web, number: number, end: end, wasStopped: wasStopped)))
  }

  @Test("under a lease what is fenced is started again by its order")
  func leased() throws {
    let client = try KeeperTests.Client(scratch)
    client.keeper.start(try start { $0.isFenced = true })
    client.keeper.order(web, order(2))
    client.keeper.lease(until: bootTime() + .seconds(3600))
    kill(try firstPID(client), SIGKILL)
    guard case .restarted(let process) = try client.next() else { Issue.record("it is not restarted"); return }
    kill(process.pid, SIGKILL)
    #expect(try client.next() == .ended(UnsettledEnd(name: web, number: 2, end: .signalled(9))))
  }

  @Test("a signal that was meant for an earlier start does not reach the next one")
  func signals() throws {
    let client = try KeeperTests.Client(scratch)
    client.keeper.start(try start())
    client.keeper.order(web, order(2))
    kill(try firstPID(client), SIGKILL)
    guard case .restarted(let process) = try client.next() else { Issue.record("it is not restarted"); return }
    client.keeper.signalSession(web, .kill, number: 1)
    client.keeper.signal(web, .kill, number: 1)
    client.keeper.settle([process.ended])
    client.keeper.signal(web, .terminate, number: 2)
    #expect(try client.next() == .ended(UnsettledEnd(name: web, number: 2, end: .signalled(SIGTERM))))
  }

  @Test("what cannot be started again its agent hears of as of any end, and finds out why")
  func fails() throws {
    let client = try KeeperTests.Client(scratch)
    let program = "\(scratch.path)/program"
    try Directory(path: scratch.path).write("program", Array("#!/bin/sh\nexec sleep 1000\n".utf8))
    chmod(program, 0o755)
    client.keeper.start(try scratch.prepared(scratch.launch("web", program), number: 1))
    client.keeper.order(web, order(2))
    let pid = try client.nextPID()
    try catchUp(client)
    unlink(program)
    kill(pid, SIGKILL)
    #expect(try client.next() == .ended(UnsettledEnd(name: web, number: 1, end: .signalled(9))))
  }

  @Test(
    "how the start before ended outlives a killed keeper, until an agent has recorded it",
    arguments: [false, true])
  func killedKeeper(isSettled: Bool) throws {
    let client = try KeeperTests.Client(scratch)
    client.keeper.start(try start())
    client.keeper.order(web, order(2))
    _ = try firstPID(client)
    try exit(with: 7)
    var restarted: RestartedProcess?
    if isSettled {
      guard case .restarted(let process) = try client.next() else {
        Issue.record("it is not restarted"); return
      }
      restarted = process
      client.keeper.settle([process.ended])
    }
    try scratch.wait { try scratch.log("web") == "start 1\nstart 2\n" }
    // What the keeper has told before it dies is not read where the agent must find it out.
    try scratch.wait { try isSettled == (record().before == nil) }
    kill(client.keeper.welcome.pid, SIGKILL)
    let successor = try Self.successor(scratch)
    let ended = UnsettledEnd(name: web, number: 1, end: .exited(code: 7))
    #expect(successor.keeper.welcome.ended == (isSettled ? [] : [ended]))
    let kept = try #require(successor.keeper.welcome.processes.first)
    #expect(kept.number == 2)
    let pid = try #require(kept.pid)
    if isSettled {
      #expect(
        client.keeper.missed(by: successor.keeper, at: .zero) == [.started(web, number: 2, pid: pid)])
      #expect(restarted?.pid == pid)
    } else {
      #expect(
        client.keeper.missed(by: successor.keeper, at: .zero) == [
          .restarted(RestartedProcess(ended: ended, pid: pid, at: .zero))
        ])
      successor.keeper.settle([ended])
      try scratch.wait { try record().before == nil }
    }
    kill(pid, SIGKILL)
    _ = try successor.next()
  }

  private func record() throws -> RunRecord {
    try #require(RunRecord(try scratch.keeperFolders.run.read("web", limitBytes: RunRecord.sizeLimitBytes)))
  }

  /// The killed one's lock is free once the kernel has let it go.
  private static func successor(_ scratch: Scratch) throws -> KeeperTests.Client {
    var found: KeeperTests.Client?
    try scratch.wait {
      found = try? KeeperTests.Client(scratch)
      return found != nil
    }
    return try #require(found)
  }
}
