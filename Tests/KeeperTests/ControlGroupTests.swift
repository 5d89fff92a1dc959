import Glibc
import Model
import Processes
import Supervision
import Testing

@testable import Keeper
@testable import Linux

/// Whether this machine lets a test have control groups; the reason is told where it does not.
enum ControlGroups {
  static let problem: Comment? = {
    do throws(SystemError) {
      _ = try ControlGroupFolder(.automatic, name: "dmake-test-\(getpid())")
      return nil
    } catch {
      print("tests of control groups are skipped: \(error)")
      return Comment(rawValue: error.description)
    }
  }()
  static let areThere = problem == nil

  /// Whether they can be limited here too.
  static let haveControllers: Bool = {
    let folder = try? ControlGroupFolder(.automatic, name: "dmake-test-\(getpid())")
    defer { folder.map { _ = ControlGroup.remove($0.path) } }
    for controller in ["cpu", "memory", "pids"] {
      do {
        guard let folder else { throw Timeout() }
        try folder.enable(controller)
      } catch {
        print("tests of limits of control groups are skipped: no controller \(controller), \(error)")
        return false
      }
    }
    return true
  }()
}

@Suite(
  "Control groups of processes",
  .enabled(if: ControlGroups.areThere, ControlGroups.problem ?? "there is a hierarchy of version 2"))
struct ControlGroupTests {
  private let scratch: Scratch
  private let folder: ControlGroupFolder

  init() throws {
    scratch = try Scratch()
    let unique = scratch.path.split(separator: "-").last ?? ""
    folder = try ControlGroupFolder(.automatic, name: "dmake-test-\(unique)")
  }

  /// Forks twice, leaves its session and its variables, and writes its number and those of signals that it gets.
  private static let daemon = """
    perl -e 'use POSIX; exit if fork; POSIX::setsid(); exit if fork; %ENV = (); $| = 1; $0 = "daemon";
    $SIG{TERM} = sub { print "told\\n" }; print "daemon $$\\n"; sleep 1 while 1'
    """

  private func shell(
    _ script: String, _ name: String = "web", number: UInt64 = 1, settings: [GroupRequest.Setting] = []
  ) throws -> ProcessStart {
    var start = try scratch.prepared(scratch.launch(name, "/bin/sh", ["-c", script]), number: number)
    start.group = GroupRequest(path: folder.path(of: name), settings: settings)
    return start
  }

  private func isRunning(_ pid: Int32) -> Bool { ProcessIdentity(running: pid) != nil }

  /// What the daemon of a process wrote.
  private func daemon(of name: String = "web", after count: Int = 0) throws -> Int32 {
    func pids() throws -> [Int32] {
      try scratch.log(name).split(separator: "\n").filter { $0.hasPrefix("daemon ") }.compactMap {
        Int32($0.dropFirst("daemon ".utf8.count))
      }
    }
    try scratch.wait { try pids().count > count }
    return try #require(try pids().last)
  }

  private func nextEnd(of client: KeeperTests.Client) throws -> UnsettledEnd {
    while true { if case .ended(let end) = try client.next() { return end } }
  }

  @Test("the folder of the groups goes with its keeper, also when no process is known any more")
  func folderGoes() throws {
    let table = scratch.table
    let start = try shell("exit 0")
    _ = try table.start(start).get()
    _ = try scratch.nextEnd()
    table.forget(start.name)
    #expect(access(folder.path, F_OK) == 0)
    table.removeGroups()
    #expect(access(folder.path, F_OK) != 0)
  }

  @Test("a process is born in its group, which stays from start to start and stands in its record")
  func birth() throws {
    let client = try KeeperTests.Client(scratch)
    var inodes: [UInt64] = []
    for number in 1...3 as ClosedRange<UInt64> {
      client.keeper.start(try shell("cat /proc/self/cgroup", number: number))
      _ = try client.nextPID()
      #expect(try nextEnd(of: client).end == .exited(code: 0))
      var status = stat()
      #expect(stat(folder.path(of: "web"), &status) == 0)
      inodes.append(UInt64(status.st_ino))
    }
    let places = try scratch.log("web").split(separator: "\n").filter { $0.hasPrefix("0::") }
    let name = try #require(folder.path.split(separator: "/").last)
    #expect(places.count == 3 && places.allSatisfy { $0.hasSuffix("/\(name)/web") }, "\(places)")
    #expect(Set(inodes).count == 1)
    let record = try #require(try scratch.keeperFolders.run.readIfPresent("web", limitBytes: 4096))
    #expect(RunRecord(record)?.group == folder.path(of: "web"))
  }

  @Test("what daemonised itself, and cleared its session and its variables, goes with its process and no other")
  func daemonised() throws {
    let client = try KeeperTests.Client(scratch)
    client.keeper.start(try shell("exec sleep 1000", "other"))
    let other = try client.nextPID()
    client.keeper.start(try shell("\(Self.daemon); while [ ! -e end ]; do sleep 0.02; done; exit 3"))
    _ = try client.nextPID()
    let daemon = try daemon()
    // A look at the orphans, after which it still lives.
    client.keeper.start(try shell("exit 0", "third"))
    _ = try client.nextPID()
    _ = try nextEnd(of: client)
    #expect(isRunning(daemon))
    try scratch.folders.node.write("web/end", [])
    #expect(try nextEnd(of: client).end == .exited(code: 3))
    #expect(!isRunning(daemon), "the end is told when all of the group has ended")
    #expect(isRunning(other))
    // A killed group is not the next start's.
    client.keeper.start(try shell("exit 4", number: 2))
    _ = try client.nextPID()
    #expect(try nextEnd(of: client).end == .exited(code: 4))
    kill(other, SIGKILL)
    _ = try nextEnd(of: client)
  }

  @Test("a stop is told to all of the group, and after the grace all of it is killed")
  func stop() throws {
    let client = try KeeperTests.Client(scratch)
    let web = try ProcessName("web")
    client.keeper.start(try shell("trap 'echo told' TERM; \(Self.daemon); while :; do sleep 0.1; done"))
    let pid = try client.nextPID()
    let daemon = try daemon()
    client.keeper.signalSession(web, .terminate)
    try scratch.wait { try scratch.log("web").split(separator: "\n").filter { $0 == "told" }.count == 2 }
    #expect(isRunning(pid) && isRunning(daemon))
    client.keeper.signalSession(web, .kill)
    #expect(try nextEnd(of: client).end == .signalled(SIGKILL))
    #expect(!isRunning(pid) && !isRunning(daemon))
  }

  @Test("what a killed keeper left, daemonised or not, is known to the next one, and goes")
  func killedKeeper() throws {
    let web = try ProcessName("web")
    var client = try KeeperTests.Client(scratch)
    func killKeeper() throws {
      kill(client.keeper.welcome.pid, SIGKILL)
      try scratch.wait {
        _ = client.keeper.answers()
        return client.keeper.isClosed
      }
    }
    client.keeper.start(try shell("\(Self.daemon); exec sleep 1000"))
    let pid = try client.nextPID()
    let first = try daemon()
    try killKeeper()
    client = try KeeperTests.Client(scratch)
    #expect(client.state == .running(pid: pid))
    #expect(isRunning(first))
    client.keeper.signal(web, .kill)
    #expect(try nextEnd(of: client).end == .unknown)
    #expect(!isRunning(first))

    // And where the process itself ends while nobody looks.
    client.keeper.start(try shell("\(Self.daemon); exec sleep 1000", number: 2))
    let next = try client.nextPID()
    let second = try daemon(after: 1)
    try killKeeper()
    kill(next, SIGKILL)
    try scratch.wait { !isRunning(next) }
    client = try KeeperTests.Client(scratch)
    try scratch.wait { !isRunning(second) }
  }

  @Test("where the kernel kills no whole group, what forks all the time is killed all the same")
  func withoutKill() throws {
    let client = try KeeperTests.Client(scratch)
    client.keeper.start(try shell("while :; do (sleep 0.01 & sleep 0.01 &) ; done"))
    let pid = try client.nextPID()
    let group = try ControlGroup(opening: folder.path(of: "web"), hasKill: false)
    try scratch.wait { group.members.count > 2 }
    group.kill()
    #expect(try nextEnd(of: client).end == .signalled(SIGKILL))
    #expect(!group.isPopulated && !isRunning(pid))
    #expect(ControlGroup.lines(of: "\(group.path)/cgroup.events").contains("frozen 0"))
  }

  /// With its limits, as an agent prepares it.
  private func limited(
    _ script: String, number: UInt64 = 1, _ change: (inout GroupLimits) -> Void
  ) throws -> ProcessStart {
    let preparation = StartPreparation(folders: scratch.folders)
    preparation.controlGroups = folder
    let launch = try scratch.launch("web", "/bin/sh", ["-c", script]) { change(&$0.rights.groupLimits) }
    return try preparation.start(launch, number: number, node: try NodeName("n1"))
  }

  private func number(_ file: String, _ key: String = "") -> Int? {
    ControlGroup.lines(of: "\(folder.path(of: "web"))/\(file)").first { $0.hasPrefix(key) }
      .flatMap { Int($0.dropFirst(key.utf8.count)) }
  }

  @Test(
    "a fork bomb stays within its limit, harms no other, and goes as a whole",
    .enabled(if: ControlGroups.haveControllers, "there are controllers for cpu, memory and pids"))
  func forkBomb() throws {
    let client = try KeeperTests.Client(scratch)
    client.keeper.start(try limited("f() { f | f & }; while :; do f; sleep 0.01; done") { $0.processes = 30 })
    let pid = try client.nextPID()
    try scratch.wait { (number("pids.events", "max ") ?? 0) > 10 }
    #expect(number("pids.max") == 30)
    #expect(try #require(number("pids.current")) <= 30)
    client.keeper.start(try shell("exit 5", "other"))
    var isOver = false
    while !isOver {
      if case .ended(let end) = try client.next(), end.name.text == "other" {
        #expect(end.end == .exited(code: 5))
        isOver = true
      }
    }
    client.keeper.signalSession(try ProcessName("web"), .kill)
    if isRunning(pid) { _ = try nextEnd(of: client) }
    try scratch.wait {
      access("\(folder.path(of: "web"))/cgroup.procs", F_OK) != 0 || number("pids.current") == 0
    }
  }

  @Test(
    "what is killed for want of memory says so, in its end and to the next keeper",
    .enabled(if: ControlGroups.haveControllers, "there are controllers for cpu, memory and pids"))
  func outOfMemory() throws {
    var client = try KeeperTests.Client(scratch)
    let hungry = "exec perl -e 'my @all; push @all, \"x\" x 1000000 while 1'"
    client.keeper.start(try limited(hungry) { $0.memoryBytes = 32 << 20 })
    _ = try client.nextPID()
    #expect(try nextEnd(of: client).end == .outOfMemory)
    client = try KeeperTests.Client(scratch)
    #expect(client.state == .ended(.outOfMemory))
    // The count of the start before is not this one's.
    client.keeper.start(try limited("kill -9 $$", number: 2) { $0.memoryBytes = 32 << 20 })
    _ = try client.nextPID()
    #expect(try nextEnd(of: client).end == .signalled(SIGKILL))
  }

  @Test(
    "a process that computes without end is held back, and other limits make another group",
    .enabled(if: ControlGroups.haveControllers, "there are controllers for cpu, memory and pids"))
  func processors() throws {
    let client = try KeeperTests.Client(scratch)
    client.keeper.start(
      try limited("while :; do :; done") {
        $0.processorPercent = 5
        $0.processorWeight = 10
        $0.memoryHighBytes = 64 << 20
      })
    _ = try client.nextPID()
    try scratch.wait { (number("cpu.stat", "nr_throttled ") ?? 0) > 2 }
    #expect(number("cpu.weight") == 10 && number("memory.high") == 64 << 20)
    client.keeper.signalSession(try ProcessName("web"), .kill)
    _ = try nextEnd(of: client)
    client.keeper.start(try limited("exec sleep 1000", number: 2) { $0.processes = 9 })
    _ = try client.nextPID()
    #expect(number("cpu.weight") == 100 && number("pids.max") == 9)
    #expect(ControlGroup.lines(of: "\(folder.path(of: "web"))/cpu.max") == ["max 100000"])
    client.keeper.signalSession(try ProcessName("web"), .kill)
    _ = try nextEnd(of: client)
  }

  @Test("nothing is left of the groups when the keeper has ended")
  func removal() throws {
    var client: KeeperTests.Client? = try KeeperTests.Client(scratch)
    let script = "mkdir \(folder.path(of: "web"))/inner; exit 0"
    client?.keeper.start(try shell(script))
    _ = try client?.nextPID()
    if let client { _ = try nextEnd(of: client) }
    #expect(access(folder.path(of: "web") + "/inner", F_OK) == 0)
    client = nil
    try scratch.wait { access(folder.path, F_OK) != 0 }
  }

  @Test("a group that somebody removed is made anew with the next attempt")
  func removed() throws {
    let client = try KeeperTests.Client(scratch)
    client.keeper.start(try shell("exit 0"))
    _ = try client.nextPID()
    _ = try nextEnd(of: client)
    #expect(ControlGroup.remove(folder.path(of: "web")))
    client.keeper.start(try shell("exit 0", number: 2))
    guard case .notStarted(_, 2, let reason) = try client.next() else { Issue.record("it starts"); return }
    #expect(reason.contains("no process can be made"), "\(reason)")
    client.keeper.start(try shell("exit 4", number: 3))
    _ = try client.nextPID()
    #expect(try nextEnd(of: client).end == .exited(code: 4))
  }
}

@Suite("Where control groups are")
struct ControlGroupPlaceTests {
  private func mount(_ text: String) -> (root: String, point: String)? {
    ControlGroupFolder.mount(in: text.split(separator: "\n"))
  }

  @Test("the hierarchy of version 2 is found, alone or beside version 1")
  func mounts() {
    let hybrid = """
      31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
      39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
      41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:9 master:1 - cgroup2 cgroup2 rw
      """
    #expect(mount(hybrid)?.point == "/sys/fs/cgroup/unified")
    let bound = mount("41 31 0:38 /a/b\\040c /mnt/x\\134y rw - cgroup2 none rw")
    #expect(bound?.root == "/a/b c")
    #expect(bound?.point == "/mnt/x\\y")
    #expect(mount("31 23 0:28 / /sys rw,relatime - sysfs sysfs rw") == nil)
    #expect(mount("") == nil)
  }

  @Test("a place is seen below what is mounted, or not at all")
  func places() throws {
    #expect(ControlGroupFolder.path("/a/b", below: "/") == "/a/b")
    #expect(ControlGroupFolder.path("/a/b", below: "/a") == "/b")
    #expect(ControlGroupFolder.path("/a", below: "/a") == "/")
    #expect(ControlGroupFolder.path("/ab", below: "/a") == nil)
    #expect(ControlGroup.place(in: ["9:pids:/", "0::/x y"]) == "/x y")
    #expect(ControlGroup.place(in: ["9:pids:/"]) == nil)
    #expect(throws: SystemError.self) { try ControlGroupFolder.own(mounts: [], place: "/") }
    let line: Substring = "41 31 0:38 /../.. /mnt rw - cgroup2 none rw"
    #expect(throws: SystemError.self) { try ControlGroupFolder.own(mounts: [line], place: "/a") }
    let gone: Substring = "41 31 0:38 / /mnt rw - cgroup2 none rw"
    #expect(throws: SystemError.self) { try ControlGroupFolder.own(mounts: [gone], place: "/a (deleted)") }
    // An earlier agent has moved there.
    #expect(try ControlGroupFolder.own(mounts: [gone], place: "/a/dmake-agent") == "/mnt/a")
  }

  @Test("a process whose name could be one of the kernel's files has a group of another name")
  func names() throws {
    guard ControlGroups.areThere else { return }
    let folder = try ControlGroupFolder(.automatic, name: "dmake-test-names")
    let names = ["web", "cgroup.procs", "_web", "__web", "web.1"].map {
      folder.path(of: $0).dropFirst(folder.path.count + 1)
    }
    #expect(names == ["web", "_cgroup.procs", "__web", "___web", "_web.1"])
  }
}
