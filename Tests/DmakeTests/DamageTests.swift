import Foundation
import Testing

@Suite("A damaged log", .serialized)
struct DamageTests {
  /// A leader's state folder with two policies in its log; what is left of the process is its disk.
  private func leaveLog(_ cluster: Cluster) async throws {
    let leader = try await cluster.startLeader()
    for name in ["a", "b"] {
      let outcome = try await cluster.apply(cluster.counter(name), options: [])
      #expect(outcome.status == 0)
    }
    leader.kill()
  }

  private func segment(_ cluster: Cluster) throws -> String {
    let folder = cluster.scratch.path("leader/leader/log")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".log") }
      .sorted()
    return "\(folder)/\(try #require(names.first))"
  }

  @Test("is refused when a bit in it is not as it was written")
  func bitFlip() async throws {
    try await Cluster.run { cluster in
      try await leaveLog(cluster)
      let path = try segment(cluster)
      var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      bytes[200] ^= 0x10
      try bytes.write(to: URL(fileURLWithPath: path))
      let outcome = try await cluster.dmake(
        "leader", "--listen", cluster.address, "--state-dir", cluster.scratch.path("leader"))
      #expect(outcome.status == 65, "\(outcome)")
      #expect(outcome.errors.contains("the log file `\(path)` is damaged at byte"), "\(outcome)")
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
    }
  }

  @Test("is used up to a last write that was torn")
  func torn() async throws {
    try await Cluster.run { cluster in
      try await leaveLog(cluster)
      let path = try segment(cluster)
      let handle = try #require(FileHandle(forWritingAtPath: path))
      try handle.seekToEnd()
      try handle.write(contentsOf: Data([0x17, 0x03, 0, 0, 0x55, 0x2a]))
      try handle.close()
      try await cluster.startLeader()
      let history = try await cluster.dmake("apply", "--history")
      #expect(history.output.split(separator: "\n").count == 3)
    }
  }

  @Test("that was cut is never read as something else")
  func truncated() async throws {
    try await Cluster.run { cluster in
      try await leaveLog(cluster)
      let path = try segment(cluster)
      let size = try Data(contentsOf: URL(fileURLWithPath: path)).count
      #expect(truncate(path, size / 2) == 0)
      let leader = try cluster.scratch.start([
        "leader", "--listen", cluster.address, "--state-dir", cluster.scratch.path("leader"),
      ])
      try await wait(for: "its answer or its end") {
        leader.status != nil || leader.errors.contains("the leader listens")
      }
      if let status = leader.status {
        #expect(status == 65)
      } else {
        let history = try await cluster.dmake("apply", "--history")
        #expect(history.status == 0)
        #expect(history.output.split(separator: "\n").count <= 3)
      }
    }
  }
}
