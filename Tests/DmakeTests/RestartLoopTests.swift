import Foundation
import Testing

@Suite("A rule that restarts its own process")
struct RestartLoopTests {
  @Test("waits, and status names the process, the rule and what it reads")
  func loop() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let start = "echo started >>\(cluster.scratch.path("starts-p")); exec sleep 3600"
      try cluster.scratch.write(
        "policy/DMakefile",
        """
        n1/p/ends: n1/p/stop-proc
        \tcat $< >> $@

        n1/DMake/config.xml: n1/p/ends
        \tn=$$(grep -c '<event ' $<); { echo '<config><process name="p" generation="'$$n'">'; \\
        \techo '<executable>/bin/sh</executable><argument>-c</argument>'; \\
        \techo '<argument>\(start.replacing(">", with: "&gt;"))</argument></process></config>'; } > $@

        """)
      let outcome = try await cluster.dmake("apply", "--wait", cluster.scratch.path("policy"))
      #expect(outcome.status == 0, "\(outcome)")
      let running = try await cluster.status(when: "the process") {
        $0.nodes.first?.processes.first?.pid != nil
      }
      let pid = try #require(running.nodes.first?.processes.first?.pid)
      #expect(kill(pid_t(pid), SIGKILL) == 0)
      let status = try await cluster.status(when: "a loop that is named") {
        $0.problems.contains { $0.kind == "restart-loop" }
      }
      let problem = try #require(status.problems.first { $0.kind == "restart-loop" })
      #expect(problem.target == "n1/DMake/config.xml")
      #expect(problem.message.contains("process `n1/p` was started \(problem.attempts) times in a row"))
      #expect(problem.message.contains("because of `n1/p/stop-proc`"), "\(problem)")
      #expect(problem.message.contains("by way of `n1/p/ends` (DMakefile:"), "\(problem)")
      // The one that was killed, its successor, and those that were started for what their ends changed.
      let starts = try await cluster.status().nodes.first?.processes.first?.starts
      #expect(try #require(starts) <= 2 + problem.attempts + 1)
      // A policy in which nothing goes round is none that is told of, although the process runs as before.
      let policy = try #require(cluster.scratch.read("policy/DMakefile"))
      try cluster.scratch.write(
        "policy/DMakefile", policy.replacing("config.xml: n1/p/ends", with: "config.xml: | n1/p/ends"))
      let repair = try await cluster.dmake("apply", "--wait", cluster.scratch.path("policy"))
      #expect(repair.status == 0, "\(repair)")
      try await cluster.status(when: "nothing that goes round") { $0.problems.isEmpty }
    }
  }

  @Test("is not seen where an operator applied policies, whatever the last one reads")
  func applied() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      for (number, needs) in [(1, ""), (2, ""), (3, ""), (4, " n1/p/state.xml{bad}")] {
        try cluster.scratch.write(
          "policy/DMakefile",
          """
          n1/DMake/config.xml:\(needs)
          \techo '<config><process name="p"><executable>/bin/sleep</executable><argument>\(3600 + number)</argument></process></config>' > $@

          """)
        let outcome = try await cluster.dmake("apply", "--wait", cluster.scratch.path("policy"))
        #expect(outcome.status == 0, "\(outcome)")
        try await cluster.status(when: "the process") { ($0.process("n1", "p")?.starts ?? 0) >= number }
      }
      #expect(try await cluster.status().problems.isEmpty)
    }
  }

  @Test("is named as well where a file that it delivers restarts the process")
  func file() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let process = cluster.process(
        "p", "/bin/sleep", "3600", attributes: "reload='restart' reload-interval='1ms'")
      let outcome = try await cluster.apply(process, rules: "n1/p/ends: n1/p/stop-proc\n\tcat $< >> $@\n")
      #expect(outcome.status == 0, "\(outcome)")
      let running = try await cluster.status(when: "the process") { $0.process("n1", "p")?.pid != nil }
      #expect(kill(pid_t(try #require(running.process("n1", "p")?.pid)), SIGKILL) == 0)
      let status = try await cluster.status(when: "a loop that is named") {
        $0.problems.contains { $0.kind == "restart-loop" }
      }
      #expect(status.problems.map(\.target) == ["n1/p/ends"])
      #expect(status.problems.allSatisfy { $0.message.contains("because of `n1/p/stop-proc`") })
    }
  }
}
