import Foundation
import Testing

@Suite("Probes of a node, to a policy", .serialized)
struct ProbeTests {
  private static let rules = """
    n1/web/config.xml{free}: n1/DMake/state.xml{probe[@name='disks']/disks/free}
    \tn1/web/config.xml{free}=n1/DMake/state.xml{probe[@name='disks']/disks/free}

    """

  @Test("tell what a policy reads; one that lies or fails is shown, and what it told stays for a while")
  func values() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let agent = try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      try cluster.scratch.write("disks", "<disks><free>7</free></disks>")
      let probe = """
        <probe name="disks" every="1s" timeout="20s" failures="2">
          <executable>cat</executable><argument>\(cluster.scratch.path("disks"))</argument>
        </probe>
        """
      let outcome = try await cluster.apply(probe + cluster.counter("web"), rules: Self.rules)
      #expect(outcome.status == 0, "\(outcome)")
      func config() -> String { cluster.scratch.read("node-n1/node/web/config.xml") ?? "" }
      func state() async throws -> String {
        let file = try await cluster.status("n1/DMake").files.first { $0.path == "n1/DMake/state.xml" }
        return file?.content ?? ""
      }
      try await wait(for: "the value") { config().contains("<free>7</free>") }
      try cluster.scratch.write("disks", "<disks><free>8</free></disks>")
      try await wait(for: "the next value") { config().contains("<free>8</free>") }

      let lies = [
        "<disks><free>9</free>",
        "<!DOCTYPE d [<!ENTITY e SYSTEM \"/etc/passwd\">]><disks><free>&e;</free></disks>",
        "</state><state>", String(repeating: "<d>", count: 195) + String(repeating: "</d>", count: 195),
        String(repeating: "x", count: 100_000),
      ]
      for lie in lies {
        let count = agent.errors.components(separatedBy: "a probe fails").count
        try cluster.scratch.write("disks", lie)
        try await wait(for: "the warning") {
          agent.errors.components(separatedBy: "a probe fails").count > count
        }
        #expect(agent.status == nil)
        let good = agent.errors.components(separatedBy: "a probe works again").count
        try cluster.scratch.write("disks", "<disks><free>8</free></disks>")
        try await wait(for: "its recovery") {
          agent.errors.components(separatedBy: "a probe works again").count > good
        }
      }
      // A lie that stood for two runs has taken the value away, and a round brings it back.
      try await wait(for: "the value again") { config().contains("<free>8</free>") }

      // It fails for good: then the value goes, and its problem stands in the tree.
      try FileManager.default.removeItem(atPath: cluster.scratch.path("disks"))
      try await wait(for: "the end of the value") { !config().contains("<free>8</free>") }
      try await wait(for: "its problem") {
        try await state().contains("<probe name=\"disks\" problem=\"`cat` exits with 1\"/>")
      }
      #expect(cluster.starts("web").count == 1)
    }
  }
}
