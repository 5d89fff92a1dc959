import Foundation
import Testing

@Suite("A rule that restarts its own process")
struct RestartLoopTests {
  /// The program of a process that says which of its starts it is.
  private func announcement(_ cluster: Cluster) throws -> String {
    try cluster.scratch.write(
      "announce.sh", "echo \"<s><start>$DMAKE_START</start></s>\" >$DMAKE_STATE\nexec sleep 3600\n")
  }

  @Test("waits, and status names the process, the rule and what it reads")
  func loop() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let program = try announcement(cluster)
      try cluster.scratch.write(
        "policy/DMakefile",
        """
        n1/p/seen: n1/p/state.xml{start}
        \tcp $< $@

        n1/DMake/config.xml: n1/p/seen
        \tn=$$(cat $<); { echo '<config><process name="p" generation="'$$n'">'; \\
        \techo '<executable>/bin/sh</executable><argument>\(program)</argument></process></config>'; } > $@

        """)
      let outcome = try await cluster.dmake("apply", "--wait", cluster.scratch.path("policy"))
      #expect(outcome.status == 0, "\(outcome)")
      let status = try await cluster.status(when: "a loop that is named") {
        $0.problems.contains { $0.kind == "restart-loop" }
      }
      let problem = try #require(status.problems.first { $0.kind == "restart-loop" })
      #expect(problem.target == "n1/DMake/config.xml")
      #expect(problem.message.contains("process `n1/p` was started \(problem.attempts) times in a row"))
      #expect(problem.message.contains("because of `n1/p/state.xml{start}`"), "\(problem)")
      #expect(problem.message.contains("by way of `n1/p/seen` (DMakefile:"), "\(problem)")
      // The first one, and those that were started for what the one before had said.
      let starts = try await cluster.status().nodes.first?.processes.first?.starts
      #expect(try #require(starts) <= 1 + problem.attempts + 1)
      // A policy in which nothing goes round is none that is told of, although the process runs as before.
      let policy = try #require(cluster.scratch.read("policy/DMakefile"))
      try cluster.scratch.write(
        "policy/DMakefile", policy.replacing("config.xml: n1/p/seen", with: "config.xml: | n1/p/seen"))
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
        "p", "/bin/sh", try announcement(cluster), attributes: "reload='restart' reload-interval='1ms'")
      let outcome = try await cluster.apply(process, rules: "n1/p/seen: n1/p/state.xml{start}\n\tcp $< $@\n")
      #expect(outcome.status == 0, "\(outcome)")
      let status = try await cluster.status(when: "a loop that is named") {
        $0.problems.contains { $0.kind == "restart-loop" }
      }
      #expect(status.problems.map(\.target) == ["n1/p/seen"])
      #expect(status.problems.allSatisfy { $0.message.contains("because of `n1/p/state.xml{start}`") })
    }
  }
}
