import Foundation
import Testing

@Suite("Control groups", .serialized)
struct ControlGroupTests {
  private static var mountPoint: String? {
    let mounts = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
    let line = mounts.split(separator: "\n").first { $0.contains(" - cgroup2 ") }
    return line?.split(separator: " ").dropFirst(4).first.map(String.init)
  }

  /// Whether an agent has control groups on this machine.
  static let areThere: Bool = {
    let point = mountPoint
    // As an agent finds out, but for systemd: there its tests are an agent's that has none.
    let isThere =
      point.map { access($0, W_OK) == 0 } == true && access("/run/systemd/system", F_OK) != 0 && getuid() == 0
    if !isThere { print("tests of control groups are skipped: this machine has none that a test may divide") }
    return isThere
  }()

  /// Forks twice, and leaves its session and its variables.
  private static func daemon(_ file: String) -> String {
    "perl -e 'use POSIX; exit if fork; POSIX::setsid(); exit if fork; %ENV = (); $0 = \"daemon\"; "
      + "open F, \">>\", \"\(file)\"; print F \"$$\\n\"; close F; sleep 1 while 1'"
  }

  private func isRunning(_ pid: pid_t) -> Bool {
    guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      let state = text.split(separator: ")").last?.split(separator: " ").first
    else { return false }
    return state != "Z" && state != "X"
  }

  private func pids(_ cluster: Cluster) -> [pid_t] {
    (cluster.scratch.read("daemons") ?? "").split(separator: "\n").compactMap { pid_t($0) }
  }

  /// The folder of an agent's groups, from its log.
  private func folder(_ agent: ChildProcess) throws -> String {
    let text = agent.errors.split(whereSeparator: \.isWhitespace).first {
      $0.hasPrefix("folder=/") && $0.contains("/dmake-n1-")
    }
    return String(try #require(text, "\(agent.errors)").dropFirst("folder=".count))
  }

  /// A program that lets nobody use clone3(2), as the filters of containers do, and becomes another one.
  private static let filter = """
    import ctypes, os, platform, struct, sys
    number = 435
    code = struct.pack("HBBI", 0x20, 0, 0, 0) + struct.pack("HBBI", 0x15, 0, 1, number)
    code += struct.pack("HBBI", 0x06, 0, 0, 0x00050000 | 38) + struct.pack("HBBI", 0x06, 0, 0, 0x7fff0000)
    text = ctypes.create_string_buffer(code)
    class Program(ctypes.Structure): _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
    program = Program(4, ctypes.cast(text, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, ctypes.byref(program), 0, 0) == 0
    os.execv(sys.argv[1], sys.argv[1:])

    """

  @Test(
    "what daemonised itself goes with its process, also where its keeper was killed, and the groups go with the agent",
    .enabled(if: areThere), arguments: [false, true])
  func daemonised(isFiltered: Bool) async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      var arguments = [
        "agent", "--name", "n1", "--leader", cluster.address, "--state-dir", cluster.scratch.path("node-n1"),
      ]
      if isFiltered {
        arguments = [try cluster.scratch.write("filter.py", Self.filter), try Tool.path] + arguments
      }
      let agent = try cluster.scratch.start(arguments, program: isFiltered ? "/usr/bin/python3" : nil)
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let daemon = Self.daemon(cluster.scratch.path("daemons"))
      let script = "cat /proc/self/cgroup >\(cluster.scratch.path("place")); \(daemon); exec sleep 3600"
      _ = try await cluster.apply(cluster.counter("other") + cluster.process("web", "/bin/sh", "-c", script))
      try await cluster.status(when: "both") { $0.isRunning("n1", "web") && $0.isRunning("n1", "other") }
      try await wait(for: "the daemon") { pids(cluster).count == 1 }
      let folder = try folder(agent)
      let place = cluster.scratch.read("place")?.split(separator: "\n").first { $0.hasPrefix("0::") }
      let name = try #require(folder.split(separator: "/").last)
      #expect(place?.hasSuffix("/\(name)/web") == true, "\(String(describing: place))")

      // Another start of the process.
      let first = pids(cluster)[0]
      kill(pid_t(try await cluster.status().process("n1", "web")?.pid ?? 0), SIGKILL)
      try await wait(for: "the next daemon") { pids(cluster).count == 2 }
      #expect(!isRunning(first))

      // Another keeper, under which the process is stopped.
      let second = pids(cluster)[1]
      let keeper = cluster.scratch.read("node-n1/keeper.lock").flatMap { pid_t($0.dropLast()) }
      kill(try #require(keeper), SIGKILL)
      try await wait(for: "another keeper") { agent.errors.contains("the keeper died and was replaced") }
      #expect(isRunning(second))
      _ = try await cluster.apply(cluster.counter("other"))
      try await cluster.status(when: "one process") { $0.node("n1")?.processes.count == 1 }
      #expect(!isRunning(second))
      #expect(try await cluster.status().isRunning("n1", "other"))
      #expect(cluster.starts("other").count == 1)

      agent.signal(SIGTERM)
      #expect(try await agent.finish().status == 0)
      try await wait(for: "the end of the groups") { !FileManager.default.fileExists(atPath: folder) }
    }
  }

  @Test(
    "an agent whose own group was killed as a whole before starts processes all the same",
    .enabled(if: areThere))
  func killedBefore() async throws {
    try await Cluster.run { cluster in
      let point = try #require(Self.mountPoint)
      let own = "\(point)/dmake-test-\(cluster.scratch.folder.suffix(6))"
      #expect(mkdir(own, 0o755) == 0)
      cluster.scratch.atEnd {
        var attempts = 500
        while rmdir(own) != 0, attempts > 0 {
          attempts -= 1
          usleep(10_000)
        }
      }
      try Data("1".utf8).write(to: URL(fileURLWithPath: "\(own)/cgroup.kill"))
      try await cluster.startLeader()
      let script = "echo 0 >\(own)/cgroup.procs; exec \"$@\""
      let agent = try cluster.scratch.start(
        [
          "-c", script, "sh", try Tool.path, "agent", "--name", "n1", "--leader", cluster.address,
          "--state-dir",
          cluster.scratch.path("node-n1"),
        ], program: "/bin/sh")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      _ = try await cluster.apply(cluster.counter("web"))
      try await cluster.status(when: "the process") { $0.isRunning("n1", "web") }
      #expect(cluster.starts("web").count == 1)
      #expect(try folder(agent).hasPrefix(own + "/"))
      agent.signal(SIGTERM)
      #expect(try await agent.finish().status == 0)
    }
  }

  @Test(
    "a limit that cannot be enforced keeps its process from starting, as an event says, unless it need not be")
  func limits() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let agent = try cluster.scratch.start([
        "agent", "--name", "n1", "--leader", cluster.address, "--state-dir", cluster.scratch.path("node-n1"),
        "--cgroup", "off",
      ])
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      func limited(_ name: String, _ attributes: String) -> String {
        cluster.counter(name).replacing("</process>", with: "<cgroup pids-max=\"9\" \(attributes)/></process>")
      }
      let rules = "ends: n1/web/stop-proc\n\tcat $< >>$@\n"
      let outcome = try await cluster.apply(
        limited("web", "") + limited("other", "required='no'"), rules: rules)
      #expect(outcome.status == 0, "\(outcome)")
      let status = try await cluster.status(when: "the one that starts") {
        $0.isRunning("n1", "other") && $0.process("n1", "web")?.detail.isEmpty == false
      }
      let detail = try #require(status.process("n1", "web")?.detail)
      #expect(detail.contains("cannot enforce `pids.max 9`: there are no control groups here"), "\(detail)")
      #expect(cluster.starts("web").isEmpty)
      try await wait(for: "the event") {
        cluster.scratch.read("leader/leader/tree/ends")?.contains("not-started=\"cannot enforce `pids.max 9`")
          == true
      }
      #expect(agent.errors.contains("a limit is not enforced"))
    }
  }

  @Test("an agent says that there are none, and does not start without those that it was told to use")
  func absence() async throws {
    try await Cluster.run { cluster in
      let agent = try cluster.scratch.start([
        "agent", "--name", "n1", "--leader", cluster.address, "--state-dir", cluster.scratch.path("node-n1"),
        "--cgroup", "off",
      ])
      try await wait(for: "its word") {
        agent.errors.contains("processes have no control groups") && agent.errors.contains("switched off")
      }
      let options = [
        "agent", "--name", "n2", "--leader", cluster.address, "--state-dir", cluster.scratch.path("node-n2"),
        "--cgroup",
      ]
      let missing = try await cluster.scratch.start(options + ["/tmp"]).finish()
      #expect(missing.status == 69)
      #expect(missing.errors.contains("cannot use the control group `/tmp`"), "\(missing)")
      let wrong = try await cluster.scratch.start(options + ["on"]).finish()
      #expect(wrong.status == 64)
      #expect(wrong.errors.contains("`on` is neither `auto`, `off` nor the absolute path"), "\(wrong)")
    }
  }
}
