import Foundation
import Testing

@Suite("Processes that do not behave", .serialized)
struct BadProcessTests {
  @Test("an executable that is missing, one that is none, and one that exits again and again are reported")
  func executables() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let text = try cluster.scratch.write("text", "no program\n")
      let outcome = try await cluster.apply(
        cluster.process("missing", "/nowhere/program") + cluster.process("text", text)
          + cluster.process("exits", "/bin/sh", "-c", "exit 3") + cluster.counter("good"))
      #expect(outcome.status == 0, "\(outcome)")
      let status = try await cluster.status(when: "each process as it is") { status in
        status.isRunning("n1", "good") && (status.process("n1", "exits")?.starts ?? 0) >= 3
          && ["missing", "text"].allSatisfy { status.process("n1", $0)?.detail.isEmpty == false }
      }
      #expect(
        status.process("n1", "missing")?.detail.contains("No such file or directory") == true, "\(status)")
      #expect(status.process("n1", "text")?.detail.contains("Permission denied") == true, "\(status)")
      #expect(status.process("n1", "exits")?.detail.contains("exit 3") == true, "\(status)")
      #expect(cluster.starts("good").count == 1)
    }
  }

  @Test("a configuration with a name that is none is refused by the agent, which goes on")
  func badName() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      _ = try await cluster.apply(cluster.counter("good"))
      try await cluster.status(when: "the process") { $0.isRunning("n1", "good") }
      let bad = cluster.process("../escape", "/bin/sleep", "3600")
      // What a policy copies is checked before a leader is asked; what a recipe makes is seen by the agent only.
      #expect(try await cluster.apply(bad).status == 65)
      let outcome = try await cluster.apply(
        bad, options: ["--wait", "--timeout", "30s"], rules: "", command: "sed '' $(DMAKE_BUNDLE)/node.xml >$@")
      #expect(outcome.status == 1, "\(outcome)")
      let status = try await cluster.status(when: "the problem") { $0.node("n1")?.problems.isEmpty == false }
      #expect(status.node("n1")?.problems.first?.problem.contains("../escape") == true, "\(status)")
      #expect(status.isRunning("n1", "good"))
      #expect(cluster.starts("good").count == 1)
    }
  }

  /// Programs that write a state of 100 MB, or one that is no XML, or worse; then one that is good.
  static let states = [
    "printf '<state><load>1</load>' >$DMAKE_STATE",
    "echo hello >$DMAKE_STATE",
    "head -c 104857600 /dev/zero >$DMAKE_STATE",
    "printf '<!DOCTYPE s [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><state><load>&b;</load></state>' >$DMAKE_STATE",
    "printf '<!DOCTYPE s [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><state><load>&x;</load></state>' >$DMAKE_STATE",
    "ln -s /etc/passwd $DMAKE_STATE.new; mv $DMAKE_STATE.new $DMAKE_STATE",
    "mkfifo $DMAKE_STATE.new; mv $DMAKE_STATE.new $DMAKE_STATE",
  ]

  @Test("a state that is no good XML harms nobody, and the next one that is good is used", arguments: states)
  func state(program: String) async throws {
    try await Cluster.run { cluster in
      let leader = try await cluster.startLeader()
      let agent = try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let rules =
        "%/web/config.xml{level}: %/web/state.xml{load}\n\t$*/web/config.xml{level}=$*/web/state.xml{load}\n"
      let go = cluster.scratch.path("go")
      let script = """
        \(program); echo written >\(cluster.scratch.path("written")); while [ ! -e \(go) ]; do sleep 0.05; done; \
        printf '<state><load>good</load></state>' >$DMAKE_STATE.ok; mv $DMAKE_STATE.ok $DMAKE_STATE; exec sleep 3600
        """
      let outcome = try await cluster.apply(cluster.process("web", "/bin/sh", "-c", script), rules: rules)
      #expect(outcome.status == 0, "\(outcome)")
      try await wait(for: "the bad state") { cluster.scratch.exists("written") }
      try cluster.scratch.write("go", "")
      try await wait(for: "the good value") {
        try await cluster.status("n1/web").files.contains { $0.content.contains("<level>good</level>") }
      }
      let files = try await cluster.status("n1/web").files
      #expect(!files.contains { $0.content.contains("root:") })
      #expect(agent.status == nil)
      #expect(leader.status == nil)
      #expect(try await cluster.status().isRunning("n1", "web"))
    }
  }
}
