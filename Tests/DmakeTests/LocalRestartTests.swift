import Foundation
import Testing

/// `Examples/local-restart`: the collector's restart policy is `never`, and its node's rules start it again.
@Suite("A collector that its node's own rules start again")
struct LocalRestartTests {
  /// The example with a collector that notes its starts.
  private func apply(to cluster: Cluster) async throws {
    let example = URL(fileURLWithPath: Document.root).appendingPathComponent("Examples/local-restart")
    for file in ["DMakefile", "plan.xml", "collector.sh", "templates/DMake/config.xml"] {
      let text = try String(contentsOf: example.appendingPathComponent(file), encoding: .utf8)
      let note = file == "collector.sh" ? "echo $$ >>\(cluster.scratch.path("starts-collector"))\n" : ""
      try cluster.scratch.write("policy/\(file)", note + text)
    }
    let applied = try await cluster.dmake("apply", "--wait", cluster.scratch.path("policy"))
    #expect(applied.status == 0, "\(applied)")
  }

  private func pid(_ cluster: Cluster) throws -> pid_t {
    try #require(cluster.starts("collector").last.flatMap { pid_t($0) })
  }

  private func ends(_ cluster: Cluster) -> String? { cluster.scratch.read("node-n1/node/collector/ends") }

  /// Ends it once more: had it been started again and again, or an end been counted twice, that would show by then.
  private func expectOneMore(after starts: Int, ends: Int, in cluster: Cluster) async throws {
    try await cluster.status(when: "the collector runs") { $0.isRunning("n1", "collector") }
    #expect(cluster.starts("collector").count == starts)
    #expect(self.ends(cluster) == "\(ends)\n")
    kill(try pid(cluster), SIGKILL)
    try await wait(for: "one more collector") { cluster.starts("collector").count > starts }
    try await wait(for: "one more end") { self.ends(cluster) == "\(ends + 1)\n" }
    try await cluster.status(when: "the leader knows") {
      $0.isRunning("n1", "collector") && $0.problems.isEmpty
    }
    #expect(cluster.starts("collector").count == starts + 1)
    #expect(self.ends(cluster) == "\(ends + 1)\n")
  }

  @Test("starts once at first, since its program comes before its configuration")
  func first() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await apply(to: cluster)
      try await wait(for: "the collector") { cluster.starts("collector").count == 1 }
      try await expectOneMore(after: 1, ends: 0, in: cluster)
      #expect(cluster.scratch.read("node-n1/log/collector.log")?.contains("cannot open") != true)
    }
  }

  @Test("runs again after its agent was stopped by SIGTERM and started, which is no end of its own")
  func stoppedAgent() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let agent = try cluster.startAgent("n1")
      try await apply(to: cluster)
      try await wait(for: "the collector") { cluster.starts("collector").count == 1 }
      kill(agent.pid, SIGTERM)
      _ = try await agent.finish()
      try cluster.startAgent("n1")
      try await wait(for: "the collector again") { cluster.starts("collector").count >= 2 }
      try await expectOneMore(after: 2, ends: 0, in: cluster)
    }
  }

  @Test("runs again once after it and its agent were killed", arguments: [false, true])
  func killedAgent(isNodeLost: Bool) async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let agent = try cluster.startAgent("n1")
      try await apply(to: cluster)
      try await wait(for: "the collector") { cluster.starts("collector").count == 1 }
      try await expectOneMore(after: 1, ends: 0, in: cluster)
      kill(agent.pid, SIGKILL)
      _ = try await agent.finish()
      kill(try pid(cluster), SIGKILL)
      if isNodeLost {
        try await cluster.status(when: "the loss") { $0.node("n1")?.phase != "present" }
        try await wait(for: "its folder to go") {
          try await cluster.dmake("status", "n1/collector").status == 65
        }
      }
      try cluster.startAgent("n1")
      try await wait(for: "the collector again") { cluster.starts("collector").count >= 3 }
      try await expectOneMore(after: 3, ends: 2, in: cluster)
    }
  }
}
