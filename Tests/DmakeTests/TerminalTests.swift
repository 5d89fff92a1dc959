import Testing

@Suite("On a terminal", .serialized)
struct TerminalTests {
  /// Runs the tool under script(1), which gives it a terminal and copies what it prints.
  private func onTerminal(
    _ cluster: Cluster, _ command: String, environment: [String: String] = [:]
  ) throws -> ChildProcess {
    var all = ["DMAKE_LEADERS": cluster.address, "TERM": "xterm"]
    all.merge(environment) { _, new in new }
    return try cluster.scratch.start(
      ["--quiet", "--return", "--command", "\(try Tool.path) \(command)", "/dev/null"], environment: all,
      program: "/usr/bin/script")
  }

  @Test("the status has colours, unless NO_COLOR forbids them")
  func colors() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let colored = try await onTerminal(cluster, "status").finish()
      #expect(colored.status == 0)
      #expect(colored.output.contains("\u{1b}[33mnone: `dmake apply` activates one\u{1b}[0m"), "\(colored)")
      let plain = try await onTerminal(cluster, "status", environment: ["NO_COLOR": "1"]).finish()
      #expect(!plain.output.contains("\u{1b}"))
      let forced = try await cluster.dmake("status", "--color", "always")
      #expect(forced.output.contains("\u{1b}[33m"))
      #expect(try await !cluster.dmake("status").output.contains("\u{1b}"))
    }
  }

  @Test("the watched status is drawn in place, again and again")
  func watch() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let watch = try onTerminal(cluster, "status --watch --every 100ms")
      try await wait(for: "the third frame") { watch.output.split(separator: "\u{1b}[H").count >= 3 }
      #expect(watch.output.hasPrefix("\u{1b}[H"))
      #expect(watch.output.contains("\u{1b}[K\r\n"))
      #expect(watch.output.contains("\u{1b}[J"))
    }
  }

  @Test("a reader that has seen enough ends the command")
  func closedPipe() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let command = "\(try Tool.path) status --watch --every 100ms --leader \(cluster.address)"
      let child = try cluster.scratch.start(
        ["-c", "(\(command); echo \"exit $?\" >&2) | head -n 1"], program: "/bin/sh")
      let outcome = try await child.finish()
      #expect(outcome.output.hasPrefix("leader  epoch 1"), "\(outcome)")
      #expect(outcome.errors == "exit 0\n")
    }
  }

  @Test("waiting for nodes shows a bar")
  func bar() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      try cluster.writePolicy(cluster.process("web", "/bin/sleep", "3600"))
      let apply = try await onTerminal(cluster, "apply --wait policy").finish()
      #expect(apply.status == 0, "\(apply)")
      #expect(apply.output.contains("\r[########################] 1/1 node\u{1b}[K\r\n"), "\(apply)")
    }
  }

  @Test("waiting ends at its limit with a code of its own")
  func timeout() async throws {
    try await Cluster.run { cluster in
      // The node must not be lost while the command waits for it.
      try await cluster.startLeader("--lease", "600s")
      let agent = try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      agent.signal(19)  // SIGSTOP: it holds its lease for a while and applies nothing.
      let outcome = try await cluster.apply(
        cluster.process("web", "/bin/sleep", "3600"), options: ["--wait", "--timeout", "8s"])
      #expect(outcome.status == 124, "\(outcome)")
      #expect(outcome.output.isEmpty)
      #expect(
        outcome.errors.contains("the policy is active, but not everywhere after 8s: 0/1 node, waiting for n1"))
      agent.signal(18)
    }
  }

  @Test("a failed rule is reported with its place, and makes the command's end a finding")
  func failedRule() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let outcome = try await cluster.apply(
        cluster.counter("web"), rules: "%/web/app.cfg:\n\techo 'it \u{1b}[2J broke' >&2; exit 7\n")
      #expect(outcome.status == 1, "\(outcome)")
      #expect(outcome.output.contains("DMakefile:4: failed n1/web/app.cfg"), "\(outcome)")
      #expect(outcome.output.contains("it \\u{1b}[2J broke"), "\(outcome)")
      #expect(!outcome.output.contains("\u{1b}"))
      let status = try await cluster.status(when: "the problem") { !$0.problems.isEmpty }
      #expect(status.problems.first?.line == 4)
      try await cluster.status(when: "the other rules' work") { $0.isRunning("n1", "web") }
    }
  }
}
