import Foundation
import Testing

@Suite("Processes that do what they like", .serialized)
struct UnrulyProcessTests {
  private func start(_ cluster: Cluster, _ processes: String, _ names: [String]) async throws -> ChildProcess {
    try await cluster.startLeader()
    let agent = try cluster.startAgent("n1")
    try await cluster.status(when: "a node") { $0.nodes.count == 1 }
    let outcome = try await cluster.apply(processes + cluster.counter("steady"), rules: rules(cluster, names))
    #expect(outcome.status == 0, "\(outcome)")
    return agent
  }

  private func rules(_ cluster: Cluster, _ names: [String]) -> String { cluster.endRules(names + ["steady"]) }

  private func members(_ cluster: Cluster, _ name: String) -> [SystemProcess] {
    SystemProcess.all.filter {
      $0.variables["DMAKE_PROC"] == name && !$0.isZombie
        && $0.variables["DMAKE_STATE"]?.hasPrefix(cluster.scratch.folder) == true
    }
  }

  /// Each forks as long as it can, a little slower than it could: other tests run on the machine. The second leaves its
  /// session, and the third has a new number by each time that anybody looks.
  static let bombs = [
    "while (1) { fork; select undef, undef, undef, 0.01 }",
    "use POSIX; while (1) { my $p = fork; POSIX::setsid() if defined $p && !$p; select undef, undef, undef, 0.01 }",
    "$SIG{TERM} = $SIG{HUP} = 'IGNORE'; while (1) { my $p = fork; exit if $p; select undef, undef, undef, 0.001 }",
  ]

  @Test(
    "a fork bomb has as many processes as it may, and is gone as a whole when it is stopped",
    .enabled(if: geteuid() == 0, "it runs as another user"), arguments: bombs)
  func bomb(script: String) async throws {
    try await Cluster.run { cluster in
      // Not one that other tests use: what counts is all that runs as the user.
      let bomb = cluster.process("bomb", "/usr/bin/perl", "-e", script).replacing(
        "</process>",
        with: """
          <user>61234</user><group>61234</group><limit name="nproc" soft="60"/><stop grace="200ms"/></process>
          """
      ).replacing("<process ", with: "<process nice=\"19\" ")
      // Other users have to pass through.
      chmod(cluster.scratch.folder, 0o755)
      _ = try await start(cluster, bomb, ["bomb"])
      try await wait(for: "a few") { !members(cluster, "bomb").isEmpty || !cluster.ends("bomb").isEmpty }
      #expect(members(cluster, "bomb").count <= 60)
      #expect(try await cluster.apply(cluster.counter("steady"), rules: rules(cluster, ["bomb"])).status == 0)
      try await cluster.expect(Aftermath(node: "n1", running: ["steady"]))
      #expect(members(cluster, "bomb").isEmpty)
    }
  }

  @Test(
    "one that ignores SIGTERM, one that daemonises, and one that closes all that it has are stopped as a whole")
  func stubborn() async throws {
    try await Cluster.run { cluster in
      let grace = "<stop grace=\"300ms\"/></process>"
      let deaf = cluster.process(
        "deaf", "/bin/sh", "-c", "trap '' TERM; sh -c 'while :; do sleep 1; done' & wait; wait"
      )
      .replacing("</process>", with: grace)
      let daemon = cluster.process(
        "daemon", "/usr/bin/perl", "-e",
        "use POSIX; if (!fork) { POSIX::setsid(); exit if fork; %ENV = (); sleep 3600 } wait; sleep 3600")
      let closed = cluster.process(
        "closed", "/usr/bin/perl", "-e",
        "use POSIX; POSIX::close($_) for 0..255; if (!fork) { sleep 3600 } sleep 3600")
      let names = ["deaf", "daemon", "closed"]
      _ = try await start(cluster, deaf + daemon + closed, names)
      try await cluster.status(when: "the processes") { status in
        names.allSatisfy { status.isRunning("n1", $0) }
      }
      try await wait(for: "their children") {
        names.allSatisfy { members(cluster, $0).count >= 2 }
      }
      #expect(try await cluster.apply(cluster.counter("steady"), rules: rules(cluster, names)).status == 0)
      let ends = ["deaf": 1, "daemon": 1, "closed": 1, "steady": 0]
      try await cluster.expect(Aftermath(node: "n1", running: ["steady"], ends: ends))
    }
  }

  @Test("one that prints without end keeps within its log, and nobody waits for it")
  func talkative() async throws {
    try await Cluster.run { cluster in
      let web = cluster.process("web", "/usr/bin/yes", "a line that comes again and again").replacing(
        "</process>", with: "<log size=\"64K\" keep=\"2\"/></process>")
      _ = try await start(cluster, web, ["web"])
      try await wait(for: "rotations") { cluster.scratch.exists("node-n1/log/web.log.2") }
      let pid = try await cluster.status(when: "what else runs") { $0.isRunning("n1", "steady") }
        .process("n1", "steady")?.pid
      kill(pid_t(pid ?? 0), SIGKILL)
      try await cluster.expect(
        Aftermath(node: "n1", running: ["steady", "web"], ends: ["web": 0, "steady": 1]))
      for name in ["web.log", "web.log.1", "web.log.2"] {
        let path = cluster.scratch.path("node-n1/log/\(name)")
        // For a moment of each rotation there is none.
        let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int
        #expect((size ?? 0) <= 65536)
      }
      #expect(!cluster.scratch.exists("node-n1/log/web.log.3"))
    }
  }

  @Test("one whose executable disappears is told by its reason, and runs again when that is back")
  func disappearing() async throws {
    try await Cluster.run { cluster in
      let program = cluster.scratch.path("program")
      // A copy is open for writing while others fork, and cannot be executed as long as one of them has it.
      try FileManager.default.createSymbolicLink(atPath: program, withDestinationPath: "/bin/sleep")
      let web = cluster.process("web", program, "3600").replacing(
        "</process>", with: "<back-off initial=\"50ms\" limit=\"50ms\"/></process>")
      _ = try await start(cluster, web, ["web"])
      let pid = try await cluster.status(when: "the process") { $0.isRunning("n1", "web") }.process(
        "n1", "web")?.pid
      try FileManager.default.moveItem(atPath: program, toPath: program + ".away")
      kill(pid_t(pid ?? 0), SIGKILL)
      let status = try await cluster.status(when: "attempts") { ($0.process("n1", "web")?.starts ?? 0) > 5 }
      #expect(status.process("n1", "web")?.detail.contains("No such file or directory") == true, "\(status)")
      try FileManager.default.moveItem(atPath: program + ".away", toPath: program)
      // The end, and one of all the starts that failed.
      try await cluster.expect(
        Aftermath(node: "n1", running: ["steady", "web"], ends: ["web": 2, "steady": 0]))
    }
  }
}
