import Foundation
import Testing

@Suite("A log whose files are removed under a running leader", .serialized)
struct RemovedLogTests {
  enum Harm: String, CaseIterable {
    case segments = "rm leader/leader/log/*.log"
    case snapshots = "rm leader/leader/log/*.snapshot"
    case folder = "rm -r leader/leader/log"
    case moved = "mv leader/leader/log elsewhere"
  }

  @Test("loses nothing that was acknowledged, and the leader says what happened", arguments: Harm.allCases)
  func removed(harm: Harm) async throws {
    try await Cluster.run { cluster in
      let leader = try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await cluster.status(when: "the node is there") { $0.node("n1")?.isConnected == true }
      // Enough for snapshots, and for a policy that only a snapshot or a segment has.
      var generator = SystemRandomNumberGenerator()
      for name in ["a", "b", "c"] {
        let noise = (0..<200_000).map { _ in "\(generator.next())" }.joined()
        try cluster.scratch.write("policy/data", noise)
        let outcome = try await cluster.apply(cluster.process(name, "/bin/sleep", "3600"))
        #expect(outcome.status == 0, "\(outcome)")
      }
      let folder = cluster.scratch.path("leader/leader/log")
      try await wait(for: "a snapshot") {
        try FileManager.default.contentsOfDirectory(atPath: folder).contains { $0.hasSuffix(".snapshot") }
      }
      let before = try await cluster.status()

      let outcome = try await cluster.scratch.start(["-c", harm.rawValue], program: "/bin/sh").finish()
      #expect(outcome.status == 0, "\(outcome)")
      let applied = try await cluster.apply(cluster.process("d", "/bin/sleep", "3600"))
      #expect(applied.status == 0, "\(applied)")
      let after = try await cluster.status(when: "the new process runs") { $0.isRunning("n1", "d") }
      #expect(leader.errors.contains("files of the log were gone"), "\(leader.errors)")
      leader.kill()

      let next = try await cluster.startLeader()
      let status = try await cluster.status(when: "the node is back") { $0.isRunning("n1", "d") }
      #expect(status.leader.epoch == before.leader.epoch)
      #expect(status.leader.index > after.leader.index)
      #expect(status.policy?.policy == after.policy?.policy)
      let history = try await cluster.dmake("apply", "--history")
      // A line for each policy, and one above them.
      #expect(history.output.split(separator: "\n").count == 5, "\(history)")
      #expect(!next.errors.contains("a new epoch begins"), "\(next.errors)")
    }
  }
}
