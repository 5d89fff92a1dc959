import Foundation
import Testing

@Suite("A second agent with a copy of a state folder")
struct CopiedFolderTests {
  /// What another machine would have of it: what runs here does not run there.
  private func copyFolder(of node: String, in cluster: Cluster) throws {
    let (from, to) = (cluster.scratch.path("node-\(node)"), cluster.scratch.path("node-copy"))
    try FileManager.default.createDirectory(atPath: to, withIntermediateDirectories: true)
    for name in try FileManager.default.contentsOfDirectory(atPath: from)
    where name == "record" || name == "node" || name.hasPrefix("configuration-") {
      try FileManager.default.copyItem(atPath: "\(from)/\(name)", toPath: "\(to)/\(name)")
    }
  }

  @Test("is refused while the first one is heard, and taken in when that one is gone")
  func copied() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let first = try cluster.startAgent("n1", "--cgroup", "off")
      let applied = try await cluster.apply(cluster.process("web", "/bin/sleep", "3600"))
      #expect(applied.status == 0, "\(applied)")
      let before = try await cluster.status(when: "the process") { $0.isRunning("n1", "web") }
      try copyFolder(of: "n1", in: cluster)

      let copy = try cluster.startAgent("n1", "--cgroup", "off", state: "copy")
      try await wait(for: "the refusal") { copy.errors.contains("is heard") }
      #expect(first.status == nil && copy.status == nil)
      let after = try await cluster.status()
      #expect(after.node("n1")?.isConnected == true)
      #expect(after.process("n1", "web")?.pid == before.process("n1", "web")?.pid)

      kill(first.pid, SIGKILL)
      _ = try await first.finish()
      try await wait(for: "the copy to be taken in") { copy.errors.contains("a leader welcomed the agent") }
      let again = try cluster.startAgent("n1", "--cgroup", "off")
      try await wait(for: "the refusal of the first") {
        again.errors.contains("is heard") || again.errors.contains("old copy")
      }
      #expect(copy.status == nil)
    }
  }

  @Test("an agent that is killed and started at once is taken in")
  func killed() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      var agent = try cluster.startAgent("n1", "--cgroup", "off")
      try await wait(for: "the agent") { agent.errors.contains("a leader welcomed the agent") }
      for _ in 0..<3 {
        kill(agent.pid, SIGKILL)
        _ = try await agent.finish()
        agent = try cluster.startAgent("n1", "--cgroup", "off")
        try await wait(for: "the agent again") { agent.errors.contains("a leader welcomed the agent") }
      }
    }
  }
}
