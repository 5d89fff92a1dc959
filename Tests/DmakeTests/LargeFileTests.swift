import Foundation
import Testing

@Suite("Large files", .serialized)
struct LargeFileTests {
  /// Just below what dmakefile(5) allows for a file.
  private let size = 16 * 1024 * 1024 - 7

  private func digest(_ cluster: Cluster, _ path: String) async throws -> String? {
    guard cluster.scratch.exists(path) else { return nil }
    let outcome = try await cluster.scratch.start([path], program: "/usr/bin/sha256sum").finish()
    return outcome.output.split(separator: " ").first.map(String.init)
  }

  @Test("as large as they may be arrive whole, more than fit at once, while heartbeats go on")
  func allowed() async throws {
    try await Cluster.run { cluster in
      let leader = try await cluster.startLeader("--lease", "20s")
      let agent = try cluster.startAgent("n1")
      // 96 MiB for a node: more than waits for one.
      let rules = (1...6).map { number in
        "%/web/data\(number):\n\tyes \(number) | head -c \(size) > $@\n"
      }
      let applied = try await cluster.apply(
        cluster.process("web", "/bin/sleep", "3600"), rules: rules.joined())
      #expect(applied.status == 0, "\(applied)")
      for number in 1...6 {
        let expected = try await cluster.scratch.start(
          ["-c", "yes \(number) | head -c \(size) | sha256sum"], program: "/bin/sh"
        ).finish().output.split(separator: " ").first.map(String.init)
        try await wait(for: "file \(number)") {
          try await digest(cluster, "node-n1/node/web/data\(number)") == expected
        }
      }
      let status = try await cluster.status(when: "all has arrived") { $0.node("n1")?.outdatedFiles == 0 }
      #expect(status.node("n1")?.isConnected == true && status.problems.isEmpty)
      let before = status.leader.index
      try await cluster.status(when: "heartbeats go on") { $0.leader.index > before + 50 }
      #expect(!leader.errors.contains("a node is lost"))
      #expect(!(leader.errors + agent.errors).contains("too slowly"), "\(leader.errors)\(agent.errors)")
    }
  }

  @Test("that are larger are their rule's problem, and the node stays")
  func refused() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      _ = try await cluster.apply(
        cluster.process("web", "/bin/sleep", "3600"), options: [],
        rules: "%/web/data:\n\thead -c 35651584 /dev/zero > $@\n%/web/small:\n\techo small > $@\n")
      let status = try await cluster.status(when: "the problem shows") { !$0.problems.isEmpty }
      #expect(status.problems.map(\.target) == ["n1/web/data"])
      #expect(
        status.problems.first?.message.contains(
          "has 35651584 bytes, and a file may have 16777216: have the rule make a smaller one") == true)
      let before = try await cluster.status(when: "the rest arrives") {
        $0.isRunning("n1", "web") && cluster.scratch.read("node-n1/node/web/small") == "small\n"
      }
      let after = try await cluster.status(when: "two leases have passed") {
        $0.leader.index > before.leader.index + 50
      }
      #expect(after.node("n1")?.phase == "present" && after.node("n1")?.isConnected == true)
    }
  }
}
