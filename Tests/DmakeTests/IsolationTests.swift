import Foundation
import Testing

@Suite("A node that no leader hears")
struct IsolationTests {
  @Test("stops at the fence what is to stop, keeps the rest, and goes on when a leader is back")
  func fence() async throws {
    try await Cluster.run { cluster in
      var leader = try await cluster.startLeader("--fence", "1500ms", "--stop-grace", "1s")
      let agent = try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let fenced = cluster.counter("fenced").replacing("<process ", with: "<process on-isolation=\"stop\" ")
      let told = cluster.process("told", "/bin/sleep", "3600", attributes: "on-isolation='command'").replacing(
        "</process>",
        with: """
          <isolation><executable>sh</executable><argument>-c</argument>\
          <argument>echo $DMAKE_NODE $DMAKE_PROC &gt;&gt;\(cluster.scratch.path("isolated"))</argument></isolation></process>
          """)
      _ = try await cluster.apply(
        fenced + cluster.counter("kept") + told,
        rules: "lost.xml: $(wildcard */fail-node)\n\tif [ -n '$^' ]; then cat $^ >$@; else touch $@; fi\n")
      let before = try await cluster.status(when: "both") {
        $0.isRunning("n1", "fenced") && $0.isRunning("n1", "kept") && $0.isRunning("n1", "told")
      }
      func pid(_ name: String, _ status: Status) -> pid_t { pid_t(status.process("n1", name)?.pid ?? 0) }
      leader.kill()
      try await wait(for: "the stop") { kill(pid("fenced", before), 0) == -1 && errno == ESRCH }
      #expect(kill(pid("kept", before), 0) == 0)
      #expect(cluster.starts("fenced").count == 1)
      try await wait(for: "the command of the third") {
        cluster.scratch.read("isolated")?.hasPrefix("n1 told\n") == true
      }
      #expect(kill(pid("told", before), 0) == 0)

      // An agent that starts without a leader starts nothing that needs a lease.
      agent.kill()
      let second = try cluster.startAgent("n1")
      try await wait(for: "an agent without a leader") { second.errors.contains("no link to a leader") }
      #expect(cluster.starts("fenced").count == 1)
      leader = try await cluster.startLeader("--fence", "1500ms", "--stop-grace", "1s")
      let after = try await cluster.status(when: "both again") {
        $0.isRunning("n1", "fenced") && $0.isRunning("n1", "kept")
      }
      #expect(pid("kept", after) == pid("kept", before))
      #expect(cluster.starts("fenced").count == 2)

      // An agent that stands still cannot stop anything; its keeper does.
      second.signal(SIGSTOP)
      try await wait(for: "the stop") { kill(pid("fenced", after), 0) == -1 && errno == ESRCH }
      second.signal(SIGCONT)
      try await cluster.status(when: "a third instance") {
        $0.isRunning("n1", "fenced") && pid("fenced", $0) != pid("fenced", after)
      }
      #expect(kill(pid("kept", before), 0) == 0)

      // Where it is lost for good the policy hears which of the two is surely no more.
      second.signal(SIGSTOP)
      try await cluster.status(when: "the loss") { $0.nodes.isEmpty }
      let lost = try String(
        contentsOfFile: cluster.scratch.path("leader/leader/tree/lost.xml"), encoding: .utf8)
      #expect(lost.contains("<process name=\"fenced\" stopped=\"yes\"/>"), "\(lost)")
      #expect(lost.contains("<process name=\"kept\" stopped=\"unknown\"/>"), "\(lost)")
      #expect(lost.contains("<process name=\"told\" stopped=\"unknown\"/>"), "\(lost)")
      second.signal(SIGCONT)
    }
  }

  @Test("has timers that are refused with their arithmetic where they are not safe")
  func timers() async throws {
    try await Scratch.run { scratch in
      let outcome = try await scratch.run(
        "leader", "--state-dir", scratch.path("leader"), "--lease", "10s", "--fence", "7s", "--stop-grace", "3s"
      )
      #expect(outcome.status == 64)
      #expect(
        outcome.errors.contains(
          "(fence 7000 ms + stop grace 3000 ms)·1001/1000 = 10010 ms is not below lease 10000 ms·999/1000 = 9990 ms"
        ),
        "\(outcome)")
      #expect(!scratch.exists("leader"))
      let flapping = try await scratch.run(
        "leader", "--state-dir", scratch.path("leader"), "--lease", "12s", "--fence", "2s")
      #expect(flapping.status == 64)
      #expect(flapping.errors.contains("one late heartbeat would fence a node"), "\(flapping)")
    }
  }
}
