import Foundation
import Testing

@Suite("The health of processes")
struct HealthTests {
  private static let rules = """
    n1/db/peer: n1/web/health.xml{ready}
    \tcat $< >$@
    ends: n1/web/stop-proc
    \tcat $< >>$@

    """

  /// A process that gets ready and stays well when files tell it to.
  private func web(_ cluster: Cluster) -> String {
    let (up, sick) = (cluster.scratch.path("up"), cluster.scratch.path("sick"))
    return """
      <process name="web">
        <executable>/bin/sh</executable>
        <argument>-c</argument>
        <argument>while [ ! -e \(up) ]; do sleep 0.02; done; &gt;ready; exec sleep 3600</argument>
        <ready by="file" name="ready" every="50ms"/>
        <alive by="command" every="100ms" failures="2">
          <executable>/bin/sh</executable><argument>-c</argument><argument>test ! -e \(sick)</argument>
        </alive>
      </process>
      """
  }

  @Test("are what policies depend on, through restarts of agents; one that is unwell is started again")
  func policy() async throws {
    try await Cluster.run { cluster in
      // The node must not be lost while it has no agent.
      try await cluster.startLeader("--lease", "60s")
      let agent = try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let outcome = try await cluster.apply(web(cluster) + cluster.counter("db"), rules: Self.rules)
      #expect(outcome.status == 0, "\(outcome)")
      func peer() -> String? { cluster.scratch.read("node-n1/node/db/peer") }
      try await wait(for: "one that is not ready") { peer() == "no\n" }
      try await cluster.status(when: "a running process") { $0.isRunning("n1", "web") }
      try cluster.scratch.write("up", "")
      try await wait(for: "one that is") { peer() == "yes\n" }
      let ready = try await cluster.status(when: "the phase") { $0.process("n1", "web")?.phase == "ready" }

      // An agent that comes back looks, and says nothing in between.
      agent.kill()
      let rounds = try await cluster.status().leader.rounds
      try cluster.startAgent("n1")
      let again = try await cluster.status(when: "the phase again") {
        $0.node("n1")?.isConnected == true && $0.process("n1", "web")?.phase == "ready"
      }
      #expect(again.process("n1", "web")?.pid == ready.process("n1", "web")?.pid)
      #expect(peer() == "yes\n")
      #expect(again.leader.rounds == rounds)

      try cluster.scratch.write("sick", "")
      try await wait(for: "the end's reason") {
        cluster.scratch.read("leader/leader/tree/ends")?.contains(
          "unhealthy=\"`/bin/sh` exits with 1, 2 times in a row\"") == true
      }
      try FileManager.default.removeItem(atPath: cluster.scratch.path("sick"))
      try await cluster.status(when: "a healthy one") {
        $0.process("n1", "web")?.phase == "ready"
          && $0.process("n1", "web")?.pid != ready.process("n1", "web")?.pid
      }
      try await wait(for: "its peer's knowledge") { peer() == "yes\n" }
      #expect(try await cluster.status().problems.isEmpty)
    }
  }

  @Test("a state that is not written any more is an event")
  func stale() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let go = cluster.scratch.path("go")
      let script =
        "while [ ! -e \(go) ]; do echo '&lt;s/&gt;' &gt;$DMAKE_STATE.new; mv $DMAKE_STATE.new $DMAKE_STATE; sleep 0.1; done; exec sleep 3600"
      let web = """
        <process name="web">
          <executable>/bin/sh</executable><argument>-c</argument><argument>\(script)</argument><stale after="2s"/>
        </process>
        """
      let outcome = try await cluster.apply(
        web, rules: "n1/web/how: n1/web/health.xml{stale}\n\tcat $< >$@\n")
      #expect(outcome.status == 0, "\(outcome)")
      func how() -> String? { cluster.scratch.read("node-n1/node/web/how") }
      try await wait(for: "a fresh state") { how() == "no\n" }
      try cluster.scratch.write("go", "")
      try await wait(for: "a stale one") { how() == "yes\n" }
      #expect(try await cluster.status().isRunning("n1", "web"))
    }
  }
}
