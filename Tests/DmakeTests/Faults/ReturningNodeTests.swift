import Foundation
import Testing

/// A node that was counted as lost and comes back holds configurations of an earlier time.
@Suite("A node that comes back after its loss")
struct ReturningNodeTests {
  /// Places a process on the first member that there was, until that one is lost; says who had it, ever since.
  private func placement(_ cluster: Cluster) throws -> String {
    try cluster.scratch.write(
      "policy/place.sh",
      """
      last=$(cat owner 2>/dev/null)
      for node in "$@"; do [ "$node" = "$last" ] && exit; done
      echo "$1" >owner
      """)
    let process =
      "<process name=\\\"one\\\" on-isolation=\\\"stop\\\"><executable>/bin/sh</executable>"
      + "<argument>\(cluster.scratch.path("one.sh"))</argument></process>"
    // Holds a lock of the file system as long as it runs, and says where it found it held.
    try cluster.scratch.write(
      "one.sh",
      """
      exec 9>>\(cluster.scratch.path("lock"))
      flock -n 9 && echo "$DMAKE_NODE alone" >>\(cluster.scratch.path("runs")) \\
        || echo "$DMAKE_NODE overlaps" >>\(cluster.scratch.path("runs"))
      exec sleep 3600
      """)
    return """
      owner: $(DMAKE_NODES:%=%/DMake/state.xml) $(wildcard */new-node */fail-node)
      \tsh $(DMAKE_BUNDLE)/place.sh $(DMAKE_NODES)
      %/DMake/config.xml: owner
      \tsleep 1; if [ "$$(cat owner)" = $* ]; then echo "<config>\(process)</config>" >$@; else echo '<config/>' >$@; fi
      """ + "\n"
  }

  @Test("starts nothing exclusive before a round has seen it, however often and long it was away")
  func exclusive() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader("--lease", "3s")
      try cluster.scratch.write("policy/DMakefile", try placement(cluster))
      let agents = try ["n1", "n2"].map { try cluster.startAgent($0) }
      try await cluster.status(when: "both nodes") { $0.nodes.count == 2 }
      let outcome = try await cluster.dmake("apply", "policy")
      #expect(outcome.status == 0, "\(outcome)")
      func runs() -> [String] {
        (cluster.scratch.read("runs") ?? "").split(separator: "\n").map(String.init)
      }
      try await wait(for: "the process") { runs() == ["n1 alone"] }
      for (turn, away) in [0, 1, 0].enumerated() {
        agents[away].signal(SIGSTOP)
        let next = away == 0 ? "n2" : "n1"
        try await wait(for: "the process elsewhere") {
          runs().count == turn + 2 && runs().last == "\(next) alone"
        }
        agents[away].signal(SIGCONT)
        try await cluster.status(when: "both nodes again") { status in
          status.nodes.count == 2 && status.nodes.allSatisfy { $0.isConnected && $0.outdatedFiles == 0 }
        }
      }
      #expect(runs() == ["n1 alone", "n2 alone", "n1 alone", "n2 alone"])
    }
  }

  @Test(
    "keeps its processes where its first round cannot begin, or the rule of its configuration fails",
    arguments: [true, false])
  func failure(isRoundUnreadable: Bool) async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader("--lease", "2s")
      let agent = try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      try cluster.scratch.write("fails", "")
      try FileManager.default.removeItem(atPath: cluster.scratch.path("fails"))
      let trouble = isRoundUnreadable ? "" : "test ! -e \(cluster.scratch.path("fails")) && "
      let include =
        isRoundUnreadable
        ? "ifneq ($(wildcard \(cluster.scratch.path("fails"))),)\n$(error no rules today)\nendif\n" : ""
      let outcome = try await cluster.apply(
        cluster.counter("a"), rules: include, command: trouble + "cp $(DMAKE_BUNDLE)/node.xml $@")
      #expect(outcome.status == 0, "\(outcome)")
      let pid = try await cluster.status(when: "the process") { $0.isRunning("n1", "a") }.process("n1", "a")?
        .pid
      agent.signal(SIGSTOP)
      try await cluster.status(when: "the loss") { $0.nodes.isEmpty }
      try cluster.scratch.write("fails", "")
      agent.signal(SIGCONT)
      try await cluster.status(when: "the node and the problem") {
        $0.node("n1")?.isConnected == true && !$0.problems.isEmpty
      }
      let again = try await cluster.status(when: "another attempt") { ($0.problems.first?.attempts ?? 0) > 1 }
      #expect(again.process("n1", "a")?.pid == pid, "\(again)")
      #expect(kill(pid_t(try #require(pid)), 0) == 0)
      #expect(cluster.scratch.exists("node-n1/node/DMake/config.xml"))
      try FileManager.default.removeItem(atPath: cluster.scratch.path("fails"))
      try await cluster.status(when: "a round without a problem") {
        $0.problems.isEmpty && $0.node("n1") != nil
      }
      #expect(try await cluster.status().process("n1", "a")?.pid == pid)
      #expect(cluster.starts("a").count == 1)
    }
  }
}

@Suite("A leader that lost its log")
struct LostLogTests {
  @Test("takes from a node what it held and no rule makes any more, and nothing else")
  func leftovers() async throws {
    try await Cluster.run { cluster in
      let leader = try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let rules = "n1/a/a.cfg:\n\techo a >$@\n"
      let more = "n1/b/b.cfg:\n\techo b >$@\n"
      let both = try await cluster.apply(cluster.counter("a") + cluster.counter("b"), rules: rules + more)
      #expect(both.status == 0, "\(both)")
      let before = try await cluster.status(when: "both") { $0.isRunning("n1", "a") && $0.isRunning("n1", "b") }
      leader.kill()
      try FileManager.default.removeItem(atPath: cluster.scratch.path("leader"))
      try await cluster.startLeader()
      try await cluster.status(when: "the node again") { $0.node("n1")?.isConnected == true }
      #expect(cluster.scratch.exists("node-n1/node/b/b.cfg"))
      let less = try await cluster.apply(cluster.counter("a"), options: [], rules: rules)
      #expect(less.status == 0, "\(less)")
      let after = try await cluster.status(when: "one process") {
        $0.isRunning("n1", "a") && $0.process("n1", "b") == nil
      }
      try await wait(for: "the file's end") { !cluster.scratch.exists("node-n1/node/b/b.cfg") }
      #expect(after.process("n1", "a")?.pid == before.process("n1", "a")?.pid)
      #expect(cluster.scratch.read("node-n1/node/a/a.cfg") == "a\n")
    }
  }
}
