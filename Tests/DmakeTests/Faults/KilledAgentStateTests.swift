import Foundation
import Testing

@Suite("An agent that is killed while its processes are in every state", .serialized)
struct KilledAgentStateTests {
  private static let names = ["running", "ready", "waiting", "stopping", "exited", "failed", "final"]

  private func processes(_ cluster: Cluster, stops: Bool) -> String {
    func with(_ process: String, _ more: String) -> String {
      process.replacing("</process>", with: more + "</process>")
    }
    let note = "echo x >>\(cluster.scratch.path("starts-"))$DMAKE_PROC; "
    func script(_ name: String, _ text: String, _ attributes: String = "") -> String {
      cluster.process(name, "/bin/sh", "-c", note + text, attributes: attributes)
    }
    let stopping = with(
      script("stopping", "trap '>>\(cluster.scratch.path("told"))' TERM; >ready; while :; do sleep 0.05; done"),
      "<ready by=\"file\" name=\"ready\" every=\"50ms\"/><stop grace=\"3s\"/>")
    return [
      script("running", "exec sleep 3600"),
      with(script("ready", ">ready; exec sleep 3600"), "<ready by=\"file\" name=\"ready\" every=\"50ms\"/>"),
      with(script("waiting", "exit 3"), "<back-off initial=\"1h\" limit=\"1h\"/>"),
      stops ? "" : stopping,
      script("exited", "exit 0", "restart=\"on-failure\""),
      with(
        script("failed", "exit 4"),
        "<back-off initial=\"10ms\" limit=\"10ms\"/><start-limit count=\"2\" within=\"1h\"/>"),
      with(script("final", "exit 9"), "<no-restart exit=\"9\"/>"),
    ].joined(separator: "\n")
  }

  private static let phases = [
    "running": "running", "ready": "ready", "waiting": "back-off", "stopping": "ready", "exited": "stopped",
    "failed": "failed", "final": "failed",
  ]

  @Test(
    "the next agent takes over what runs, goes on stopping what is to stop, and leaves alone what had its end")
  func every() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      var agent = try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let rules = cluster.endRules(Self.names)
      let outcome = try await cluster.apply(processes(cluster, stops: false), rules: rules)
      #expect(outcome.status == 0, "\(outcome)")
      let before = try await cluster.status(when: "every phase") { status in
        Self.phases.allSatisfy { status.process("n1", $0)?.phase == $1 }
      }
      var told = ["running": 0, "ready": 0, "waiting": 2, "stopping": 0, "exited": 1, "failed": 3, "final": 1]
      let running = ["ready", "running", "stopping"]
      try await cluster.expect(Aftermath(node: "n1", running: running, ends: told))

      #expect(try await cluster.apply(processes(cluster, stops: true), options: [], rules: rules).status == 0)
      try await wait(for: "the signal") { cluster.scratch.exists("told") }
      for _ in 0..<2 {
        agent.kill()
        agent = try cluster.startAgent("n1")
      }
      let after = try await cluster.status(when: "the node again") { status in
        status.node("n1")?.isConnected == true && status.process("n1", "ready")?.phase == "ready"
          && status.process("n1", "stopping") == nil
      }
      for name in ["running", "ready"] {
        #expect(after.process("n1", name)?.pid == before.process("n1", name)?.pid)
      }
      for name in ["exited", "failed", "final"] {
        #expect(after.process("n1", name)?.phase == Self.phases[name], "\(name): \(after)")
        #expect(after.process("n1", name)?.starts == before.process("n1", name)?.starts)
        #expect(cluster.starts(name).count == before.process("n1", name)?.starts)
      }
      told["stopping"] = 1
      // Each of its starts has an end.
      told["waiting"] = cluster.starts("waiting").count
      try await cluster.expect(Aftermath(node: "n1", running: ["ready", "running"], ends: told))
      for name in ["running", "ready"] { #expect(cluster.starts(name).count == 1) }
    }
  }

  @Test("one that was being started runs once, whether or not its keeper had got to it")
  func starting() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      var agent = try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let rules = cluster.endRules(["a", "b"])
      _ = try await cluster.apply(cluster.counter("a"), rules: rules)
      let pid = try await cluster.status(when: "the process") { $0.isRunning("n1", "a") }.process("n1", "a")?
        .pid
      let keeper = try #require(cluster.keeper())
      // The keeper stands still with the request in its socket when the agent is killed.
      kill(keeper, SIGSTOP)
      #expect(try await cluster.apply(cluster.counter("a") + cluster.counter("b"), rules: rules).status == 0)
      try await cluster.status(when: "the start") { $0.process("n1", "b")?.phase == "starting" }
      agent.kill()
      agent = try cluster.startAgent("n1")
      kill(keeper, SIGCONT)
      try await cluster.status(when: "both") { $0.isRunning("n1", "a") && $0.isRunning("n1", "b") }
      try await cluster.expect(Aftermath(node: "n1", running: ["a", "b"], ends: ["a": 0, "b": 0]))
      #expect(try await cluster.status().process("n1", "a")?.pid == pid)
      #expect(cluster.starts("b").count == 1)
      agent.signal(SIGTERM)
      #expect(try await agent.finish().status == 0)
      try await cluster.expect(
        Aftermath(node: "n1", running: [], ends: ["a": 0, "b": 0], isAgentThere: false))
    }
  }
}
