import Glibc
import Linux
import Model
import Processes
import Supervision
import Testing

@testable import Keeper

@Suite("A keeper that outlives its agents")
struct KeeperTests {
  private let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private static var program: String {
    let folder = CommandLine.arguments[0].split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
    return "\(folder)/AgentFixture"
  }

  /// An agent as its keeper sees it. It is gone when nothing holds it any more.
  final class Client {
    let poller: Poller
    let keeper: KeeperClient
    private var answers: [KeeperAnswer] = []

    init(_ scratch: Scratch) throws {
      poller = try Poller()
      keeper = try KeeperClient(scratch.keeperFolders, program: KeeperTests.program, poller: poller)
    }

    var state: KeptProcess.State? { keeper.welcome.processes.first?.state }

    func next() throws -> KeeperAnswer {
      for _ in 0..<600 where answers.isEmpty && !keeper.isClosed {
        if !poller.wait(atMost: .milliseconds(100)).isEmpty { answers += keeper.answers() }
      }
      guard !answers.isEmpty else { throw Timeout() }
      return answers.removeFirst()
    }

    func nextPID() throws -> Int32 {
      guard case .started(_, _, let pid) = try next() else { throw Timeout() }
      return pid
    }
  }

  private func shell(_ script: String, number: UInt64 = 1) throws -> ProcessStart {
    try scratch.prepared(scratch.launch("web", "/bin/sh", ["-c", script]), number: number)
  }

  /// SIGKILL, and until its agent has seen it.
  private func killKeeper(of client: Client) throws {
    kill(client.keeper.welcome.pid, SIGKILL)
    try scratch.wait {
      _ = client.keeper.answers()
      return client.keeper.isClosed
    }
  }

  private func isRunning(_ pid: Int32) -> Bool { ProcessIdentity(running: pid) != nil }

  @Test("a process goes on when its agent dies, and the next agent hears how it ended")
  func survival() throws {
    let web = try ProcessName("web")
    var client = try Client(scratch)
    client.keeper.start(try shell("while [ ! -e end ]; do sleep 0.02; done; exit 7"))
    let pid = try client.nextPID()
    let keeper = client.keeper.welcome.pid

    client = try Client(scratch)
    #expect(client.keeper.welcome.pid == keeper)
    #expect(client.state == .running(pid: pid))
    client = try Client(scratch)
    try scratch.folders.node.write("web/end", [])
    guard case .ended(let end) = try client.next() else { Issue.record("it does not end"); return }
    #expect(end == UnsettledEnd(name: web, number: 1, end: .exited(code: 7)))

    // The agent died before it had recorded that.
    client = try Client(scratch)
    #expect(client.state == .ended(.exited(code: 7)))
    client.keeper.settle([end])
    client.keeper.start(try shell("exit 3", number: 2))
    _ = try client.nextPID()
    guard case .ended(let second) = try client.next() else { Issue.record("it does not end"); return }
    client.keeper.start(try shell("exec sleep 1000", number: 3))
    let last = try client.nextPID()
    client = try Client(scratch)
    #expect(client.state == .running(pid: last))
    #expect(client.keeper.welcome.ended == [second])
    client.keeper.signal(web, .kill)
    _ = try client.next()
  }

  /// Says something of the process it runs in, as sd_notify(3) does.
  private static let say =
    "python3 -c 'import os,socket,sys; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(sys.argv[1].encode(), os.environ[\"NOTIFY_SOCKET\"])'"

  @Test("what a process says of itself is told, kept for the next agent, and outlives a killed keeper")
  func notices() throws {
    let web = try ProcessName("web")
    var client = try Client(scratch)
    let script = """
      \(Self.say) 'STATUS=hello
      READY=1'; while [ ! -e more ]; do sleep 0.02; done; \(Self.say) WATCHDOG=1; exec sleep 1000
      """
    var start = try shell(script)
    start.notifies = true
    client.keeper.start(start)
    let pid = try client.nextPID()
    #expect(try client.next() == .notice(web, number: 1, .ready))
    client = try Client(scratch)
    #expect(client.keeper.welcome.processes.first?.isReady == true)
    try killKeeper(of: client)
    client = try Client(scratch)
    #expect(client.keeper.welcome.processes.first?.isReady == true)
    try scratch.folders.node.write("web/more", [])
    #expect(try client.next() == .notice(web, number: 1, .alive))
    kill(pid, SIGKILL)
    guard case .ended = try client.next() else { Issue.record("it does not end"); return }
    client.keeper.start(try shell("exit ${NOTIFY_SOCKET:+1}", number: 2))
    _ = try client.nextPID()
    guard case .ended(let end) = try client.next() else { Issue.record("it does not end"); return }
    #expect(end.end == .exited(code: 0), "a process that is not asked has no socket")
    #expect(try scratch.keeperFolders.notify.list().isEmpty)
  }

  @Test(
    "a lease that runs out stops what runs only under one, with an agent and without, and what ignores it too")
  func fence() throws {
    let web = try ProcessName("web")
    var client: Client? = try Client(scratch)
    var plan = IsolationPlan()
    plan.stopped = [web]
    plan.grace = .milliseconds(100)
    // Slower than the end of the last process, with which orphans go.
    let late = "while kill -0 $1 2>/dev/null; do sleep 0.01; done; sleep 0.1; touch $0"
    for round in 1...2 as ClosedRange<UInt64> {
      var start = try shell("trap '' TERM; echo ready; while :; do sleep 1; done", number: round)
      start.isFenced = true
      var command = try shell("echo \"$DMAKE_PROC in $PWD\" >\(scratch.path)/told")
      command.folder = scratch.path
      client?.keeper.lease(until: bootTime() + .seconds(600))
      client?.keeper.start(start)
      let pid = try #require(try client?.nextPID())
      plan.command = ["/bin/sh", "-c", late, "\(scratch.path)/isolated", "\(pid)"]
      client?.keeper.plan(plan, running: [command])
      try scratch.wait { try scratch.log("web").split(separator: "\n").count == round }
      client?.keeper.lease(until: bootTime() + .milliseconds(200))
      if round == 1 {
        #expect(try client?.next() == .fenced)
        guard case .ended(let end) = try client?.next() else { Issue.record("it does not end"); return }
        #expect(end.end == .signalled(SIGKILL))
        client?.keeper.settle([end])
      } else {
        // The agent dies: its lease runs out all the same.
        client = nil
        try scratch.wait { !isRunning(pid) }
        client = try Client(scratch)
        #expect(client?.keeper.welcome.leaseUntil == nil)
        #expect(client?.state == .ended(.signalled(SIGKILL)))
      }
      try scratch.wait { try scratch.isThere("isolated") }
      try scratch.wait {
        try Directory(path: scratch.path).readIfPresent("told", limitBytes: 1000)
          == Array("web in \(scratch.path)\n".utf8)
      }
      try scratch.folders.state.remove("told")
    }
  }

  @Test("what runs only under a lease dies with the keeper, which would have to stop it")
  func fencedWithKeeper() throws {
    let client = try Client(scratch)
    var start = try shell("exec sleep 1000")
    start.isFenced = true
    client.keeper.start(start)
    let pid = try client.nextPID()
    kill(client.keeper.welcome.pid, SIGKILL)
    try scratch.wait { !isRunning(pid) }
  }

  @Test("nobody has to reap it")
  func detached() throws {
    let client = try Client(scratch)
    let keeper = client.keeper.welcome.pid
    #expect(waitpid(keeper, nil, WNOHANG) == -1 && errno == ECHILD)
    kill(keeper, SIGKILL)
    try scratch.wait { !isRunning(keeper) }
  }

  @Test("it ends when it has nothing to keep, and what it knew stands in the records")
  func end() throws {
    var client = try Client(scratch)
    let keeper = client.keeper.welcome.pid
    client.keeper.start(try shell("exit 5"))
    _ = try client.nextPID()
    _ = try client.next()
    client = try Client(scratch)
    #expect(client.keeper.welcome.pid == keeper)
    _ = consume client
    try scratch.wait { !isRunning(keeper) }
    client = try Client(scratch)
    #expect(client.keeper.welcome.pid != keeper)
    #expect(client.state == .ended(.exited(code: 5)))
  }

  @Test("a killed keeper is replaced: the process goes on, none of its output is lost and it gets no SIGPIPE")
  func killedKeeper() throws {
    let client = try Client(scratch)
    // The end of the output waits for a second keeper, or it might be in the chunk that the first one had read.
    let script = """
      i=0; while [ $i -lt 2000 ]; do
        i=$((i+1)); echo line $i || exit 9
        while [ $i = 1500 ] && [ ! -e \(scratch.path)/go ]; do sleep 0.01; done
      done; exec sleep 1000
      """
    client.keeper.start(try shell(script))
    let pid = try client.nextPID()
    try scratch.wait { try scratch.log("web").contains("line 1\n") }
    try killKeeper(of: client)
    #expect(isRunning(pid))
    let successor = try Client(scratch)
    #expect(
      client.keeper.missed(by: successor.keeper, at: .zero) == [
        .started(try ProcessName("web"), number: 1, pid: pid)
      ])
    try Directory(path: scratch.path).write("go", [])
    try scratch.wait { try scratch.log("web").hasSuffix("line 2000\n") }
    // A chunk that the keeper had read and not written went with it; the lines around it are whole.
    let lines = try scratch.log("web").split(separator: "\n")
    let numbers = lines.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
    #expect(numbers == numbers.sorted() && numbers.last == 2000)
    kill(pid, SIGKILL)
    guard case .ended(let end) = try successor.next() else { Issue.record("it does not end"); return }
    #expect(end.end == .unknown)
  }

  @Test("what is to end with its agent does, politely, then by force, and with the keeper too")
  func stopsWithAgent() throws {
    for script in ["echo ready; exec sleep 1000", "trap '' TERM; echo ready; while :; do sleep 1; done"] {
      var client: Client? = try Client(scratch)
      var start = try shell(script)
      start.stopsWithAgent = true
      start.stopGrace = .milliseconds(100)
      client?.keeper.start(start)
      let pid = try #require(try client?.nextPID())
      let log = try scratch.log("web")
      try scratch.wait { try scratch.log("web").count > log.count || log.hasSuffix("ready\n") }
      client = nil
      try scratch.wait { !isRunning(pid) }
    }
    let client = try Client(scratch)
    var start = try shell("exec sleep 1000", number: 2)
    start.stopsWithAgent = true
    client.keeper.start(start)
    let pid = try client.nextPID()
    kill(client.keeper.welcome.pid, SIGKILL)
    try scratch.wait { !isRunning(pid) }
  }

  @Test("what a process leaves in its session goes with it, in its group or out of it")
  func session() throws {
    let client = try Client(scratch)
    let script = "sleep 1000 & echo $!; perl -e 'setpgrp; exec qw(sleep 1000)' & echo $!; sleep 0.2; exit 3"
    client.keeper.start(try shell(script))
    _ = try client.nextPID()
    guard case .ended(let end) = try client.next() else { Issue.record("it does not end"); return }
    #expect(end.end == .exited(code: 3))
    let pids = try scratch.log("web").split(separator: "\n").compactMap { Int32($0) }
    #expect(pids.count == 2)
    try scratch.wait { pids.allSatisfy { !isRunning($0) } }
  }

  @Test("what a process daemonised lives as long as it, and no longer")
  func orphans() throws {
    let client = try Client(scratch)
    let daemon = "perl -e 'use POSIX; exit if fork; POSIX::setsid(); exit if fork; exec qw(sleep 1000)'"
    let script = "\(daemon); while [ ! -e end ]; do sleep 0.02; done"
    client.keeper.start(try shell(script))
    let pid = try client.nextPID()
    let keeper = client.keeper.welcome.pid
    func orphans() throws -> [Int32] {
      let path = "/proc/\(keeper)/task/\(keeper)/children"
      return String(decoding: try Directory.readFile(path: path, limitBytes: 1 << 16), as: UTF8.self)
        .split(separator: " ").compactMap { Int32($0) }.filter { $0 != pid && isRunning($0) }
    }
    try scratch.wait { try orphans().count == 1 }
    #expect(isRunning(pid))
    try scratch.folders.node.write("web/end", [])
    _ = try client.next()
    try scratch.wait { try orphans().isEmpty }
  }

  @Test("supplementary groups reach the process", .enabled(if: getuid() == 0))
  func groups() throws {
    let client = try Client(scratch)
    let launch = try scratch.launch("web", "/usr/bin/id", ["-G"]) {
      $0.user = "nobody"
      $0.rights.supplementaryGroups = ["4", "daemon"]
    }
    client.keeper.start(try scratch.prepared(launch))
    _ = try client.nextPID()
    _ = try client.next()
    #expect(try scratch.log("web").split(whereSeparator: \.isWhitespace).sorted() == ["1", "4", "65534"])
  }

  @Test("limits, priority and rights reach the process")
  func confinement() throws {
    let client = try Client(scratch)
    var start = try shell("umask; nice; ulimit -n; ulimit -Hn; grep NoNewPrivs /proc/self/status | tr -d '\\t'")
    start.confinement.umask = 0o077
    start.confinement.nice = 5
    start.confinement.hasNoNewPrivileges = true
    start.confinement.limits = [.init(resource: 7, soft: 100, hard: 200)]
    client.keeper.start(start)
    _ = try client.nextPID()
    _ = try client.next()
    #expect(try scratch.log("web") == "0077\n5\n100\n200\nNoNewPrivs:1\n")
  }
}
