import Foundation
import Testing

@Suite("More changes than the kernel keeps", .serialized)
struct OverflowTests {
  /// Replaces the file at once.
  private func write(_ cluster: Cluster, _ name: String, _ text: String) throws {
    try cluster.scratch.write("node-n1/node/\(name)", text)
  }

  private func overflow(_ cluster: Cluster, _ process: String) throws {
    let limit = try String(contentsOfFile: "/proc/sys/fs/inotify/max_queued_events", encoding: .utf8)
    let count = Int(limit.dropLast()) ?? 16384
    // Two names in turn, since the kernel merges an event with an equal one before it.
    for number in 0..<(count + 100) {
      let path = cluster.scratch.path("node-n1/node/\(process)/noise\(number % 2)")
      let file = open(path, O_WRONLY | O_CREAT, 0o600)
      guard file >= 0 else { throw Failure("\(path) cannot be opened: errno \(errno)") }
      close(file)
    }
  }

  @Test("while an agent stands still: afterwards the tree is what the node has, and later changes are seen too")
  func overflow() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let agent = try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let names = ["a", "b", "c", "d"]
      let files = names.map { "\($0)/state.xml" }
      let rules = names.map { "seen-\($0): n1/\($0)/state.xml\n\tcat $^ >$@\n" }.joined()
      _ = try await cluster.apply(names.map(cluster.counter).joined(), rules: rules + cluster.endRules(names))
      try await cluster.status(when: "the processes") { status in
        names.allSatisfy { status.isRunning("n1", $0) }
      }
      for name in names.dropLast() { try write(cluster, "\(name)/state.xml", "<s>1</s>") }
      try await cluster.expect(Aftermath(node: "n1", running: names, files: files))

      agent.signal(SIGSTOP)
      try overflow(cluster, "a")
      // None of these is told any more: a change, a removal, a folder that is another one, and a new file.
      try write(cluster, "a/state.xml", "<s>2</s>")
      try FileManager.default.removeItem(atPath: cluster.scratch.path("node-n1/node/b/state.xml"))
      try FileManager.default.moveItem(
        atPath: cluster.scratch.path("node-n1/node/c"), toPath: cluster.scratch.path("old"))
      try write(cluster, "c/state.xml", "<s>2</s>")
      try write(cluster, "d/state.xml", "<s>2</s>")
      agent.signal(SIGCONT)
      let none = Dictionary(uniqueKeysWithValues: names.map { ($0, 0) })
      try await cluster.expect(Aftermath(node: "n1", running: names, ends: none, files: files))

      for name in names { try write(cluster, "\(name)/state.xml", "<s>3</s>") }
      try await cluster.expect(Aftermath(node: "n1", running: names, ends: none, files: files))
      // What was moved away is nobody's state.
      try cluster.scratch.write("old/state.xml", "<s>4</s>")
      try write(cluster, "d/state.xml", "<s>5</s>")
      try await cluster.expect(Aftermath(node: "n1", running: names, ends: none, files: files))
      #expect(agent.status == nil)
    }
  }
}
