import Foundation
import Testing

@Suite("What a policy remembers of events")
struct MemoryTests {
  private static let rules = """

    ends: $(DMAKE_NODES:%=%/web/stop-proc)
    \tcat /dev/null $^ >> $@

    %/web/ends: ends
    \tcp $< $@

    """

  private func count(of node: String, in cluster: Cluster) -> Int {
    (cluster.scratch.read("node-\(node)/node/web/ends") ?? "").components(separatedBy: "<event ").count - 1
  }

  private func endWeb(of node: String, in cluster: Cluster) async throws {
    let status = try await cluster.status(when: "the process of \(node)") { $0.isRunning(node, "web") }
    kill(pid_t(try #require(status.process(node, "web")?.pid)), SIGKILL)
  }

  @Test("outside of nodes' folders outlives a node, which finds it again, and counts nothing twice")
  func lostNode() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let agent = try cluster.startAgent("n1")
      try cluster.startAgent("n2")
      try await cluster.status(when: "both nodes") { $0.nodes.count == 2 }
      let applied = try await cluster.apply(cluster.counter("web"), rules: Self.rules)
      #expect(applied.status == 0, "\(applied)")
      try await endWeb(of: "n1", in: cluster)
      try await wait(for: "both nodes to know of it") {
        count(of: "n1", in: cluster) == 1 && count(of: "n2", in: cluster) == 1
      }

      kill(agent.pid, SIGKILL)
      _ = try await agent.finish()
      try await cluster.status(when: "its loss") { $0.node("n1")?.phase != "present" }
      try await wait(for: "its folder to go") { try await cluster.dmake("status", "n1/web").status == 65 }
      try await endWeb(of: "n2", in: cluster)
      try await wait(for: "the other node to know of its own") { count(of: "n2", in: cluster) == 2 }

      try cluster.startAgent("n1")
      try await wait(for: "the memory on the node that is back") { count(of: "n1", in: cluster) == 2 }
      try await endWeb(of: "n1", in: cluster)
      try await wait(for: "both nodes to know of the third") {
        count(of: "n1", in: cluster) == 3 && count(of: "n2", in: cluster) == 3
      }
    }
  }
}
