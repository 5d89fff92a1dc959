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

  /// A state folder whose log was cut behind a snapshot, which a log of some megabytes leads to.
  private func leaveSnapshots(_ cluster: Cluster) async throws -> [String] {
    let leader = try await cluster.startLeader()
    var generator = SystemRandomNumberGenerator()
    let folder = cluster.scratch.path("leader/leader/log")
    func snapshots() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.contains("snapshot") }
        .filter { !$0.hasSuffix(".new") }.sorted().map { "\(folder)/\($0)" }
    }
    for round in 1...3 {
      try cluster.scratch.write("policy/data", (0..<200_000).map { _ in "\(generator.next())" }.joined())
      let outcome = try await cluster.apply(cluster.counter("p\(round)"), options: [])
      #expect(outcome.status == 0, "\(outcome)")
    }
    try await wait(for: "a snapshot") { try !snapshots().isEmpty }
    leader.kill()
    return try snapshots()
  }

  @Test("whose newest snapshot is damaged is used from an older one, or refused", arguments: [true, false])
  func snapshot(isCut: Bool) async throws {
    try await Cluster.run { cluster in
      let snapshots = try await leaveSnapshots(cluster)
      let newest = try #require(snapshots.last)
      var bytes = try Data(contentsOf: URL(fileURLWithPath: newest))
      if isCut { bytes.removeLast(bytes.count / 2) } else { bytes[bytes.count / 2] ^= 0x01 }
      try bytes.write(to: URL(fileURLWithPath: newest))
      let leader = try cluster.scratch.start([
        "leader", "--listen", cluster.address, "--state-dir", cluster.scratch.path("leader"),
      ])
      try await wait(for: "its answer or its end") {
        leader.status != nil || leader.errors.contains("the leader listens")
      }
      if let status = leader.status {
        #expect(status == 65)
        #expect(leader.errors.contains("restore the folder from a copy"), "\(leader.errors)")
      } else {
        // Everything is there, because the log reaches back to the older snapshot or to its first entry.
        let history = try await cluster.dmake("apply", "--history")
        #expect(history.output.split(separator: "\n").count == 4, "\(history)")
        #expect(leader.errors.contains("snapshot"), "nothing is said of the damage: \(leader.errors)")
      }
    }
  }
}
