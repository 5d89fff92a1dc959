import Foundation
import Testing

@Suite("Two agents on one state folder", .serialized)
struct SharedFolderTests {
  @Test(
    "the second is refused and told whose it is, however it names the folder; the first goes on undisturbed")
  func second() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let first = try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      _ = try await cluster.apply(cluster.counter("web"), rules: cluster.endRules(["web"]))
      let before = try await cluster.status(when: "the process") { $0.isRunning("n1", "web") }
      let keeper = cluster.keeper()
      symlink(cluster.scratch.path("node-n1"), cluster.scratch.path("node-link"))

      for (name, state) in [("n1", "n1"), ("n2", "n1"), ("n1", "link")] {
        let outcome = try await cluster.startAgent(name, state: state).finish()
        #expect(outcome.status == 69)
        #expect(
          outcome.errors.contains("process \(first.pid) holds it; stop that process or use another folder"))
      }
      // One that stands still has it as well.
      first.signal(SIGSTOP)
      let outcome = try await cluster.startAgent("n1").finish()
      first.signal(SIGCONT)
      #expect(outcome.status == 69, "\(outcome)")
      // Of many at once none gets through.
      let others = try (0..<4).map { _ in try cluster.startAgent("n1") }
      for other in others { #expect(try await other.finish().status == 69) }

      try await cluster.expect(Aftermath(node: "n1", running: ["web"], ends: ["web": 0]))
      #expect(try await cluster.status().process("n1", "web")?.pid == before.process("n1", "web")?.pid)
      #expect(cluster.keeper() == keeper)
      #expect(first.status == nil)
      #expect(cluster.starts("web").count == 1)
    }
  }

  @Test("of many that are started when one was killed, one takes over and the others are refused")
  func race() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let first = try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      _ = try await cluster.apply(cluster.counter("web"), rules: cluster.endRules(["web"]))
      try await cluster.status(when: "the process") { $0.isRunning("n1", "web") }
      first.kill()
      let others = try (0..<4).map { _ in try cluster.startAgent("n1") }
      try await wait(for: "the refusals") { others.filter { $0.status == 69 }.count == 3 }
      try await cluster.expect(Aftermath(node: "n1", running: ["web"], ends: ["web": 0]))
      #expect(others.filter { $0.status == nil }.count == 1)
      #expect(cluster.starts("web").count == 1)
    }
  }
}
