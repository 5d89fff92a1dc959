import Foundation
import Testing

@Suite("A leader and agents", .serialized)
struct MainPathTests {
  @Test("run what a policy says on every node, and say so")
  func applyAndRun() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      try cluster.startAgent("n2")
      try await cluster.status(when: "two nodes") { $0.nodes.count == 2 }
      let outcome = try await cluster.apply(cluster.counter("web"))
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.output.hasSuffix(", applied by 2 nodes\n"))
      let status = try await cluster.status(when: "both processes") {
        $0.isRunning("n1", "web") && $0.isRunning("n2", "web")
      }
      #expect(status.schema == 1)
      #expect(status.problems.isEmpty)
      try await wait(for: "both starts") { cluster.starts("web").count == 2 }
      #expect(Set(cluster.starts("web").map { $0.prefix(2) }) == ["n1", "n2"])
    }
  }

  @Test(
    "plan before they change anything, with a difference for each file and the processes that start and stop")
  func dryRun() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      try cluster.writePolicy(cluster.process("web", "/bin/sleep", "3600"))
      let plan = try await cluster.dmake("apply", "--dry-run", "policy")
      #expect(plan.status == 0, "\(plan)")
      #expect(plan.errors.isEmpty)
      #expect(
        plan.output.hasPrefix("n1\n--- /dev/null\n+++ b/n1/DMake/config.xml\n@@ -0,0 +1,3 @@\n+<config>\n"))
      #expect(plan.output.contains("\nwill start   n1/web\n"))
      #expect(plan.output.hasSuffix(" as the first one: 1 file new, 0 changed, 0 removed\n"))
      #expect(try await cluster.dmake("apply", "-q", "policy") == Outcome(status: 1))
      #expect(try await cluster.status().policy == nil)
      #expect(try await cluster.dmake("apply", "--wait", "policy").status == 0)
      #expect(try await cluster.dmake("apply", "-q", "policy") == Outcome(status: 0))
      try cluster.writePolicy(cluster.process("other", "/bin/sleep", "3600"))
      let second = try await cluster.dmake("apply", "-n", "policy")
      #expect(second.output.contains("\nwill start   n1/other\nwill stop    n1/web\n"), "\(second)")
      #expect(!second.output.contains("will delete"), "\(second)")
      try cluster.writePolicy(
        cluster.process("web", "/bin/sleep", "3600", attributes: "data=\"remove\""))
      #expect(try await cluster.dmake("apply", "--wait", "policy").status == 0)
      try cluster.writePolicy("")
      let third = try await cluster.dmake("apply", "-n", "policy")
      #expect(
        third.output.contains("\nwill stop    n1/web\nwill delete  n1/web/ with all that is in it\n"),
        "\(third)")
    }
  }

  @Test("go back to an earlier policy")
  func rollback() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      _ = try await cluster.apply(cluster.process("first", "/bin/sleep", "3600"))
      let first = try await cluster.status(when: "the first process") { $0.isRunning("n1", "first") }.policy
      _ = try await cluster.apply(cluster.process("second", "/bin/sleep", "3600"))
      try await cluster.status(when: "the second process") {
        $0.isRunning("n1", "second") && $0.process("n1", "first") == nil
      }
      let plan = try await cluster.dmake("apply", "--rollback", "-n")
      #expect(
        plan.status == 0 && plan.output.contains("\nwill start   n1/first\nwill stop    n1/second\n"), "\(plan)"
      )
      let lift = try await cluster.dmake("apply", "--lift")
      #expect(lift.status == 65 && lift.errors.contains("no rule is quarantined"), "\(lift)")
      let back = try await cluster.dmake("apply", "--rollback", "--wait")
      #expect(back.status == 0, "\(back)")
      let status = try await cluster.status(when: "the first process again") {
        $0.isRunning("n1", "first") && $0.process("n1", "second") == nil
      }
      #expect(status.policy?.policy == first?.policy)
      let history = try await cluster.dmake("apply", "--history")
      #expect(history.output.split(separator: "\n").count == 4)
      #expect(history.output.contains("tester@"))
      let named = try await cluster.dmake("apply", "--rollback=ffffffff")
      #expect(named.status == 65)
      #expect(named.errors.contains("no policy in the history begins with `ffffffff`"))
    }
  }

  @Test("explain a value by its rule, its inputs and the time")
  func why() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let rules = """
        %/web/config.xml{level}: %/web/state.xml{load}
        \t$*/web/config.xml{level}=level $*/web/state.xml{load}
        broken: n1/web/state.xml
        \techo reason >&2; false

        """
      let program =
        "printf '<state><load>7</load></state>' >$DMAKE_STATE.new; mv $DMAKE_STATE.new $DMAKE_STATE; exec sleep 3600"
      _ = try await cluster.apply(cluster.process("web", "/bin/sh", "-c", program), rules: rules)
      try await wait(for: "the value") {
        try await cluster.status("n1/web").files.contains { $0.content.contains("<level>level 7</level>") }
      }
      let why = try await cluster.dmake("status", "--why", "n1/web/config.xml{level}")
      #expect(why.status == 0)
      #expect(why.output.contains("  rule   DMakefile:4\n"), "\(why)")
      #expect(why.output.contains("  input  n1/web/state.xml{load}\n"), "\(why)")
      #expect(why.output.contains("→ \"7\""), "\(why)")
      let nothing = try await cluster.dmake("status", "--why", "n1/web/nothing.xml{a}")
      #expect(nothing.status == 65)
      let broken = try await cluster.dmake("status", "--why", "broken")
      #expect(broken.errors.contains("the rule of `broken` has made nothing yet: failed DMakefile:6: broken: "))
      #expect(broken.errors.contains("reason"))
    }
  }

  @Test("notice that a process ended, and start it again")
  func restart() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      _ = try await cluster.apply(cluster.counter("web"))
      let first = try await cluster.status(when: "the process") { $0.isRunning("n1", "web") }
        .process("n1", "web")?.pid
      kill(pid_t(first ?? 0), SIGKILL)
      let second = try await cluster.status(when: "the next instance") {
        $0.isRunning("n1", "web") && $0.process("n1", "web")?.pid != first
      }
      #expect(second.process("n1", "web")?.starts == 2)
      #expect(cluster.starts("web").count == 2)
    }
  }

  @Test("take a node's new name while its agent and its processes run")
  func rename() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let agent = try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      _ = try await cluster.apply(cluster.counter("a"))
      try await cluster.status(when: "the process") { $0.isRunning("n1", "a") }
      try cluster.scratch.write("node-n1/name", "n7\n")
      agent.signal(SIGHUP)
      try await cluster.status(when: "the new name") {
        $0.node("n7")?.isConnected == true && $0.isRunning("n7", "a")
      }
      #expect(agent.status == nil)
      agent.signal(SIGTERM)
      #expect(try await agent.finish().status == 0)
    }
  }
}
