import Foundation
import Testing

@Suite("Local rules run on their node")
struct LocalRuleTests {
  /// A rate that follows the process's own state, and what the leader makes of it.
  static let rules = """

    [local]
    %/web/config.xml{rate}: %/web/state.xml{load}
    \tawk '{ print 100 - $$1 }' $< >$@

    n1/web/rates: $(DMAKE_NODES:%=%/web/config.xml{rate})
    \tcat /dev/null $^ >$@
    """

  static func setState(of node: String, load: Int, in cluster: Cluster) throws {
    try cluster.scratch.write("node-\(node)/node/web/state.xml", "<s><load>\(load)</load></s>\n")
  }

  static func configuration(of node: String, in cluster: Cluster) -> String {
    cluster.scratch.read("node-\(node)/node/web/config.xml") ?? ""
  }

  @Test("with a leader, without one, after a restart of the agent, and the leader learns of it afterwards")
  func withoutLeader() async throws {
    try await Cluster.run { cluster in
      let leader = try await cluster.startLeader()
      let agent = try cluster.startAgent("n1")
      let applied = try await cluster.apply(cluster.counter("web"), rules: Self.rules)
      #expect(applied.status == 0, "\(applied)")
      try await cluster.status(when: "the process runs") { $0.isRunning("n1", "web") }
      try Self.setState(of: "n1", load: 30, in: cluster)
      try await wait(for: "the rate of the node's own rule") {
        Self.configuration(of: "n1", in: cluster).contains("<rate>70</rate>")
      }
      try await wait(for: "the leader's rule that reads it") {
        cluster.scratch.read("node-n1/node/web/rates") == "70\n"
      }

      // Nobody is there, and the node goes on.
      kill(leader.pid, SIGKILL)
      _ = try await leader.finish()
      try Self.setState(of: "n1", load: 40, in: cluster)
      try await wait(for: "another rate, without a leader") {
        Self.configuration(of: "n1", in: cluster).contains("<rate>60</rate>")
      }
      kill(agent.pid, SIGKILL)
      _ = try await agent.finish()
      try Self.setState(of: "n1", load: 50, in: cluster)
      let second = try cluster.startAgent("n1")
      try await wait(for: "another rate, by an agent that has never had a leader") {
        Self.configuration(of: "n1", in: cluster).contains("<rate>50</rate>")
      }
      #expect(second.status == nil)

      try await cluster.startLeader()
      try await wait(for: "the leader to learn of it") {
        cluster.scratch.read("node-n1/node/web/rates") == "50\n"
      }
      #expect(cluster.starts("web").count == 1)
      let report = try await cluster.status()
      #expect(report.problems.isEmpty, "\(report.problems)")
    }
  }

  /// The paper's case (section 5): "if the user desires to relaunch an application that fails, DMake can do so with no
  /// delay and no communication".
  @Test("a crashed collector is started again by its node, and no rule of the leader's runs")
  func crashedCollector() async throws {
    try await Cluster.run { cluster in
      let leader = try await cluster.startLeader()
      try cluster.startAgent("n1")
      let collector = cluster.process(
        "collector", "/bin/sh", "-c",
        "cat $DMAKE_CONFIG >>\(cluster.scratch.path("seen")); echo $$ >>\(cluster.scratch.path("pids")); exec sleep 3600",
        attributes: "restart=\"never\"")
      try cluster.scratch.write("policy/templates/DMake/config.xml", "<config>\(collector)</config>\n")
      try cluster.scratch.write(
        "policy/DMakefile",
        """
        [local]
        %/collector/ends: %/collector/stop-proc
        \tn=$$(cat $@ 2>/dev/null || echo 0); echo $$((n + $$(grep -c '<event ' $<))) >$@
        [local]
        %/DMake/config.xml{process[@name='collector']/@generation}: %/collector/ends
        \tcp $< $@
        %/collector/config.xml:
        \techo run >>\(cluster.scratch.path("leader-runs")); echo '<c>one</c>' >$@

        """)
      let applied = try await cluster.dmake("apply", cluster.scratch.path("policy"))
      #expect(applied.status == 0, "\(applied)")
      func pids() -> [String] { (cluster.scratch.read("pids") ?? "").split(separator: "\n").map(String.init) }
      try await wait(for: "the collector with its configuration") {
        pids().count == 1
          && cluster.scratch.read("node-n1/node/collector/config.xml")?.contains("one") == true
      }
      let runs = cluster.scratch.read("leader-runs")
      kill(pid_t(pids()[0]) ?? 0, SIGKILL)
      try await wait(for: "another collector") { pids().count == 2 }
      try await cluster.status(when: "the leader knows") { $0.process("n1", "collector")?.starts == 2 }
      #expect(cluster.scratch.read("leader-runs") == runs)
      try await wait(for: "the generation in the leader's tree") {
        try await cluster.status("n1/DMake").files.contains {
          $0.path == "n1/DMake/config.xml" && $0.content.contains("generation=\"1\"")
        }
      }

      kill(leader.pid, SIGKILL)
      _ = try await leader.finish()
      kill(pid_t(pids()[1]) ?? 0, SIGKILL)
      try await wait(for: "a third collector, without a leader") { pids().count == 3 }
      try await cluster.startLeader()
      try await wait(for: "the leader to learn of it") {
        try await cluster.status("n1/DMake").files.contains { $0.content.contains("generation=\"2\"") }
      }
      #expect(cluster.scratch.read("leader-runs") == runs)
      #expect(pids().count == 3)
    }
  }

  @Test("a policy without local rules takes the files back, and what runs goes on")
  func takenBack() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      let copy = "%/DMake/config.xml:\n\tcp $(DMAKE_BUNDLE)/node.xml $@\n"
      try cluster.scratch.write("policy/node.xml", "<config>\(cluster.counter("web"))</config>\n")
      for policy in ["[local]\n" + copy, copy, "[local]\n" + copy + "[local]\n%/web/text:\n\techo 1 >$@\n"] {
        try cluster.scratch.write("policy/DMakefile", policy)
        let applied = try await cluster.dmake("apply", "--wait", cluster.scratch.path("policy"))
        #expect(applied.status == 0, "\(applied)")
        try await cluster.status(when: "the process runs") { $0.isRunning("n1", "web") }
      }
      try await wait(for: "a second local file") { cluster.scratch.read("node-n1/node/web/text") == "1\n" }
      try cluster.scratch.write("policy/DMakefile", copy)
      _ = try await cluster.dmake("apply", "--wait", cluster.scratch.path("policy"))
      try await wait(for: "the file to go") { cluster.scratch.read("node-n1/node/web/text") == nil }
      #expect(cluster.starts("web").count == 1)
    }
  }

  @Test("one that fails is tried again, and `status` says when")
  func failing() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let tries = cluster.scratch.path("tries")
      _ = try await cluster.apply(
        cluster.counter("web"), rules: "[local]\n%/web/text:\n\techo >>\(tries); false\n")
      try await wait(for: "the time of the next try") {
        let shown = try await cluster.dmake("status").output
        return shown.contains("n1/web/text") && shown.contains("again in ")
          && !shown.contains("not tried again")
      }
      try await wait(for: "three tries") { (cluster.scratch.read("tries") ?? "").count >= 3 }
    }
  }

  @Test("a file of both sides is refused with both places, and nothing changes")
  func bothSides() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let applied = try await cluster.apply(
        cluster.counter("web"),
        rules: "[local]\n%/DMake/config.xml{limits}: %/DMake/state.xml{load}\n\tcp $< $@\n")
      #expect(applied.status == 65, "\(applied)")
      #expect(applied.errors.contains("[DM216]") && applied.errors.contains("DMakefile:1"), "\(applied.errors)")
      #expect(try await cluster.status().policy == nil)
    }
  }
}
