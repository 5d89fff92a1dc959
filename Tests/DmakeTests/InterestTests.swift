import Foundation
import Testing

@Suite("What no rule reads of a process's state", .serialized)
struct InterestTests {
  /// Writes its state whenever it is told to: the line of a FIFO becomes the state.
  private func writer(_ cluster: Cluster) throws -> String {
    let fifo = cluster.scratch.path("orders")
    guard mkfifo(fifo, 0o600) == 0 else { throw Failure("no FIFO") }
    return cluster.process(
      "web", "/bin/sh", "-c",
      "exec 3<>\(fifo); while read -r line <&3; do echo \"$line\" >$DMAKE_STATE.new && mv $DMAKE_STATE.new $DMAKE_STATE; echo \"$line\" >>\(cluster.scratch.path("written")); done"
    )
  }

  private func write(_ cluster: Cluster, _ states: [String]) async throws {
    let order = try FileHandle(forWritingTo: URL(fileURLWithPath: cluster.scratch.path("orders")))
    defer { try? order.close() }
    for state in states { try order.write(contentsOf: Data((state + "\n").utf8)) }
    try await wait(for: "the states") {
      cluster.scratch.read("written")?.hasSuffix(states.last.map { $0 + "\n" } ?? "") == true
    }
  }

  private func state(_ load: Int, _ counter: Int) -> String {
    "<s><load>\(load)</load><counter>\(counter)</counter></s>"
  }

  /// What rules have made of the states, as it comes back to the node: the round is in the log by then.
  private func result(_ cluster: Cluster, _ name: String) -> String? {
    cluster.scratch.read("node-n1/node/web/\(name)")
  }

  @Test("costs the log nothing, and arrives when a policy begins to read it")
  func quiet() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let web = try writer(cluster)
      let load = "n1/web/load: n1/web/state.xml{load}\n\tcat $< >$@\n"
      _ = try await cluster.apply(web, rules: load)
      try await cluster.status(when: "the process") { $0.isRunning("n1", "web") }
      try await write(cluster, [state(1, 0)])
      try await wait(for: "the first load") { result(cluster, "load") == "1\n" }

      let rounds = try await cluster.status().leader.rounds
      try await write(cluster, (1...100).map { state(1, $0) })
      // The one that is read comes behind the others, so these had their chance to be sent.
      try await write(cluster, [state(2, 100)])
      try await wait(for: "the second load") { result(cluster, "load") == "2\n" }
      #expect(try await cluster.status().leader.rounds == rounds + 1)
      try await write(cluster, (101...200).map { state(2, $0) })

      let counter = "n1/web/counter: n1/web/state.xml{counter}\n\tcat $< >$@\n"
      #expect(try await cluster.apply(web, rules: load + counter).status == 0)
      try await wait(for: "the counter") { result(cluster, "counter") == "200\n" }
      try await write(cluster, [state(2, 201)])
      try await wait(for: "the next count") { result(cluster, "counter") == "201\n" }
    }
  }
}
