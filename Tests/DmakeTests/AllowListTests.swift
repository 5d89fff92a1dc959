import Foundation
import Testing

@Suite("An allow-list on a node", .serialized)
struct AllowListTests {
  private func startAgent(_ cluster: Cluster) throws -> ChildProcess {
    try cluster.scratch.start([
      "agent", "--name", "n1", "--leader", cluster.address, "--state-dir", cluster.scratch.path("node-n1"),
      "--allow", cluster.scratch.path("allow"),
    ])
  }

  /// How often the event of a process's end was handled by the policy.
  private static let rules = "%/web/seen: %/web/stop-proc\n\tcp $< $@\n"

  @Test("what it does not permit is told and not tried again, until the list or the configuration changes")
  func refused() async throws {
    try await Cluster.run { cluster in
      try cluster.scratch.write("allow", "/bin/sleep user=*\n/bin/sh user=daemon\n", mode: 0o600)
      try await cluster.startLeader()
      let agent = try startAgent(cluster)
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let good = cluster.process("good", "/bin/sleep", "3600")
      _ = try await cluster.apply(cluster.counter("web") + good, rules: Self.rules)
      let reason =
        "not started: `/bin/sh` is not permitted as user `root`: line 2 of `\(cluster.scratch.path("allow"))` permits user=daemon"
      let first = try await cluster.status(when: "the refusal") {
        $0.process("n1", "web")?.phase == "failed" && $0.isRunning("n1", "good")
      }
      #expect(first.process("n1", "web")?.detail == reason, "\(first)")
      try await wait(for: "the event") {
        try await cluster.status("n1/web").files.contains {
          $0.path == "n1/web/seen" && $0.content.contains("not-started=\"`/bin/sh` is not permitted as user")
        }
      }
      #expect(try await cluster.dmake("status", "n1").output.contains("is not permitted as user `root`"))

      // A list that makes no sense changes nothing; the next one is asked.
      try cluster.scratch.write("allow", "/bin/sh\n", mode: 0o600)
      agent.signal(SIGHUP)
      try await wait(for: "the complaint") {
        agent.errors.contains("allow:1: no `user=` says who `/bin/sh` may run as")
      }
      #expect(try await cluster.status().process("n1", "web")?.starts == 1)
      try cluster.scratch.write("allow", "/bin/sh user=*\n", mode: 0o600)
      agent.signal(SIGHUP)
      let second = try await cluster.status(when: "the process") { $0.isRunning("n1", "web") }
      #expect(second.process("n1", "web")?.starts == 2, "nothing was tried in between: \(second)")
      // What runs goes on although the list does not name it any more.
      #expect(second.isRunning("n1", "good"))

      _ = try await cluster.apply(cluster.counter("web") + cluster.process("good", "/bin/sleep", "3601"))
      try await cluster.status(when: "the refusal of what runs") { $0.process("n1", "good")?.phase == "failed" }
      _ = try await cluster.apply(
        cluster.counter("web") + cluster.process("good", "/bin/sh", "-c", "exec sleep 3601"))
      try await cluster.status(when: "another configuration") { $0.isRunning("n1", "good") }
    }
  }

  @Test("a command that is not permitted any more is no illness, and what cannot be done at the fence is told")
  func commands() async throws {
    try await Cluster.run { cluster in
      let base = "/bin/sleep user=*\n/bin/echo user=*\n"
      try cluster.scratch.write("allow", base + "/bin/true user=*\n/bin/false user=*\n", mode: 0o600)
      try await cluster.startLeader()
      let agent = try startAgent(cluster)
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let web = """
        <process name="web" on-isolation="command"><executable>/bin/sleep</executable><argument>3600</argument>
        <alive by="command" every="50ms" failures="1"><executable>/bin/true</executable></alive>
        <isolation><executable>/bin/echo</executable></isolation></process>
        <process name="db" on-isolation="command"><executable>/bin/sleep</executable><argument>3600</argument>
        <isolation><executable>/bin/false</executable></isolation></process>
        <isolation><executable>/bin/false</executable></isolation>
        """
      #expect(try await cluster.apply(web).status == 0)
      let before = try await cluster.status(when: "both") {
        $0.isRunning("n1", "web") && $0.isRunning("n1", "db")
      }
      try cluster.scratch.write("allow", base, mode: 0o600)
      agent.signal(SIGHUP)
      let after = try await cluster.status(when: "what cannot be done") { status in
        let problems = status.node("n1")?.problems.map(\.problem) ?? []
        return status.process("n1", "web")?.detail.contains(
          "nobody can look at it: the executable `/bin/true` is not permitted") == true
          && status.process("n1", "db")?.detail.contains("its command for isolation will not be run") == true
          && problems.contains {
            $0.contains(
              "the command for isolation will not be run: the executable `/bin/false` is not permitted")
          }
      }
      #expect(after.process("n1", "web")?.pid == before.process("n1", "web")?.pid)
      #expect(after.process("n1", "web")?.detail.contains("isolation") == false, "echo is permitted as it was")
      try cluster.scratch.write("allow", base + "/bin/true user=*\n/bin/false user=*\n", mode: 0o600)
      agent.signal(SIGHUP)
      try await cluster.status(when: "no problem") {
        $0.node("n1")?.problems.isEmpty == true && $0.process("n1", "web")?.detail == ""
          && $0.process("n1", "db")?.detail == ""
      }
    }
  }

  @Test("an agent does not start with a list that is missing, makes no sense or that others can write")
  func start() async throws {
    try await Scratch.run { scratch in
      let options = ["agent", "--state-dir", scratch.path("node"), "--allow", scratch.path("allow")]
      let missing = try await scratch.start(options).finish()
      #expect(missing.status == 65 && missing.errors.contains("No such file"), "\(missing)")
      try scratch.write("allow", "sh user=root\n", mode: 0o600)
      let bad = try await scratch.start(options).finish()
      #expect(
        bad.status == 65 && bad.errors.contains("allow:1: the path `sh` does not begin with `/`"), "\(bad)")
      try scratch.write("allow", "/bin/sh user=root\n", mode: 0o666)
      chmod(scratch.path("allow"), 0o666)
      let open = try await scratch.start(options).finish()
      #expect(open.status == 77 && open.errors.contains("the mode is 0666"), "\(open)")
    }
  }
}
