import Foundation
import Testing

@Suite("What a daemon needs and does not get", .serialized)
struct DaemonStartTests {
  @Test("whatever signal comes to an agent is kept until it looks, and is none of its processes'")
  func heldSignals() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let agent = try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      // Bit n - 1 is signal n (proc(5)): HUP 1, INT 2, QUIT 3, TERM 15.
      let status = try String(contentsOfFile: "/proc/\(agent.pid)/status", encoding: .utf8)
      let blocked = try #require(status.firstMatch(of: /SigBlk:\s*([0-9a-f]+)/)?.1)
      #expect(try #require(UInt64(blocked, radix: 16)) & 0x4007 == 0x4007)
      agent.signal(SIGQUIT)
      #expect(try await agent.finish().status == 0)
    }
  }

  @Test("a Unix socket that another leader listens on")
  func socketInUse() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let outcome = try await cluster.dmake(
        "leader", "--listen", cluster.address, "--state-dir", cluster.scratch.path("other"))
      #expect(outcome.status == 69)
      #expect(
        outcome.errors.hasSuffix(
          "dmake: the address `\(cluster.address)` is in use by another process; stop it, or choose another address for this leader\n"
        ),
        "\(outcome)")
      #expect(try await cluster.status().leader.epoch == 1)
    }
  }

  @Test("a TCP port that another process listens on")
  func portInUse() async throws {
    try await Cluster.run { cluster in
      let leader = try await cluster.startLeader("--listen", "127.0.0.1:0")
      let port = try #require(leader.errors.firstMatch(of: /127\.0\.0\.1:(\d+)/)?.1)
      let outcome = try await cluster.dmake(
        "leader", "--listen", "127.0.0.1:\(port)", "--state-dir", cluster.scratch.path("other"))
      #expect(outcome.status == 69)
      #expect(
        outcome.errors.contains("the address `127.0.0.1:\(port)` is in use by another process"), "\(outcome)")
    }
  }

  @Test("a state folder that another leader, or another agent, uses")
  func folderInUse() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let leader = try await cluster.dmake(
        "leader", "--listen", "unix:\(cluster.scratch.path("other.sock"))", "--state-dir",
        cluster.scratch.path("leader"))
      #expect(leader.status == 69)
      #expect(leader.errors.contains("holds it; stop that process or use another folder"), "\(leader)")
      let agent = try await cluster.startAgent("n2", state: "n1").finish()
      #expect(agent.status == 69)
      #expect(agent.errors.contains(cluster.scratch.path("node-n1")), "\(agent)")
    }
  }

  @Test("the token, on loopback TCP")
  func token() async throws {
    try await Cluster.run { cluster in
      let leader = try await cluster.startLeader("--listen", "127.0.0.1:0")
      let port = try #require(leader.errors.firstMatch(of: /127\.0\.0\.1:(\d+)/)?.1)
      let address = "127.0.0.1:\(port)"
      let file = cluster.scratch.path("leader/leader/token")
      let without = try await cluster.dmake("status", "--leader", address)
      #expect(without.status == 77)
      #expect(without.errors.contains("the leader asks for its token on TCP"), "\(without)")
      #expect(try await cluster.dmake("status", "--leader", address, "--token-file", file).status == 0)
      let text = try String(contentsOfFile: file, encoding: .utf8)
      try cluster.scratch.write("open-token", text, mode: 0o644)
      let open = try await cluster.dmake(
        "status", "--leader", address, "--token-file", cluster.scratch.path("open-token"))
      #expect(open.status == 77)
      #expect(open.errors.contains("has mode 0644, so others may have read it"), "\(open)")
      let wrong = try await cluster.scratch.run(
        "status", "--leader", address, environment: ["DMAKE_TOKEN": String(repeating: "x", count: 40)])
      #expect(wrong.status == 77)
    }
  }

  @Test("a leader, which comes later")
  func laterLeader() async throws {
    try await Cluster.run { cluster in
      let agent = try cluster.startAgent("n1")
      try await wait(for: "the agent's first try") { agent.errors.contains("no leader answers") }
      #expect(agent.status == nil)
      try await cluster.startLeader()
      try await cluster.status(when: "the node") { $0.node("n1")?.isConnected == true }
    }
  }

  @Test("a name that no other agent has")
  func twoWithOneName() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let first = try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let second = try cluster.startAgent("n1", state: "impostor")
      try await wait(for: "the refusal") { second.errors.contains("another agent is node `n1`") }
      _ = try await cluster.apply(cluster.counter("a"))
      try await cluster.status(when: "the process") { $0.isRunning("n1", "a") }
      #expect(first.status == nil)
      #expect(cluster.starts("a").count == 1)
      second.signal(SIGTERM)
      #expect(try await second.finish().status == 0)
    }
  }

  @Test(
    "rights on its state folder", .enabled(if: geteuid() == 0, "another user is taken on"),
    arguments: ["leader", "agent"])
  func readOnlyFolder(command: String) async throws {
    try await Scratch.run { scratch in
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: scratch.folder)
      try FileManager.default.createDirectory(
        atPath: scratch.path("state"), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o555]
      )
      let address = "unix:\(scratch.path("s"))"
      let outcome = try await scratch.start(
        ["--reuid=65534", "--regid=65534", "--clear-groups", "--", try Tool.path, command]
          + (command == "leader" ? ["--listen", address] : ["--leader", address, "--name", "n1"])
          + ["--state-dir", scratch.path("state")], program: "/usr/bin/setpriv"
      ).finish()
      #expect(outcome.status == 77, "\(outcome)")
      #expect(outcome.errors.contains("\(scratch.path("state"))"), "\(outcome)")
      #expect(outcome.errors.contains("Permission denied"), "\(outcome)")
    }
  }

  @Test("room on its disk", .enabled(if: geteuid() == 0, "a small file system is mounted"))
  func fullDisk() async throws {
    try await Cluster.run { cluster in
      let disk = try SmallDisk(cluster.scratch, "small", sizeKiB: 2048)
      let leader = try await cluster.startLeader(state: "small")
      try disk.fill()
      try cluster.writePolicy(cluster.counter("a"))
      // More than fits into the log's last page, also when it is compressed.
      var generator = SystemRandomNumberGenerator()
      try cluster.scratch.write("policy/data", (0..<10_000).map { _ in "\(generator.next())" }.joined())
      let refused = try await cluster.dmake("apply", "policy")
      #expect(refused.status == 69, "\(refused)")
      #expect(refused.errors.contains("No space left on device"), "\(refused)")
      #expect(leader.status == nil)
      #expect(try await cluster.status().policy == nil)
      // What the leader could not write it writes when it can.
      disk.makeRoom()
      try await cluster.status(when: "the policy") { $0.policy != nil }
    }
  }

  @Test("room on its disk, for an agent", .enabled(if: geteuid() == 0, "a small file system is mounted"))
  func fullDiskOfAgent() async throws {
    try await Cluster.run { cluster in
      let disk = try SmallDisk(cluster.scratch, "node-n1", sizeKiB: 512)
      try disk.fill()
      let outcome = try await cluster.startAgent("n1").finish()
      #expect(outcome.status == 69, "\(outcome)")
      #expect(outcome.errors.contains("No space left on device"), "\(outcome)")
      #expect(outcome.errors.contains(cluster.scratch.path("node-n1")), "\(outcome)")
      disk.makeRoom()
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await cluster.status(when: "the node") { $0.nodes.count == 1 }
    }
  }
}
