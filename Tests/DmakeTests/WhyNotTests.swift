import Foundation
import Testing

@Suite("The binary, asked why", .timeLimit(.minutes(5)))
struct WhyNotTests {
  private static let rules = """
    plan: n1/web/state.xml{load}
    \techo $$(( $$(cat $<) / 10 )) > $@
    %/web/config.xml{level}: plan
    \tcp $< $@
    broken: n1/web/state.xml{load}
    \techo reason >&2; false
    after: broken
    \tcp $< $@

    """

  /// A process whose state is what stands in a file of the scratch folder.
  private func startCluster(_ cluster: Cluster) async throws {
    try await cluster.startLeader()
    try cluster.startAgent("n1")
    try await cluster.status(when: "a node") { $0.nodes.count == 1 }
    let program =
      "while true; do if ! cmp -s \(cluster.scratch.path("load")) $DMAKE_STATE; then cp \(cluster.scratch.path("load")) $DMAKE_STATE.new && mv $DMAKE_STATE.new $DMAKE_STATE; fi; sleep 0.05; done"
    try cluster.scratch.write("load", "<state><load>71</load></state>")
    _ = try await cluster.apply(cluster.process("web", "/bin/sh", "-c", program), rules: Self.rules)
    try await wait(for: "the value") {
      try await cluster.status("n1/web").files.contains { $0.content.contains("<level>7</level>") }
    }
  }

  @Test("a rule did not run, tells the failure, the chain, the early cut-off and the missing rule")
  func whyNot() async throws {
    try await Cluster.run { cluster in
      try await startCluster(cluster)
      let broken = try await cluster.dmake("status", "--why-not", "broken")
      #expect(broken.status == 0 && broken.output.contains("  why    it failed"), "\(broken)")
      #expect(broken.output.contains("is tried again at tick") && broken.output.contains("reason"), "\(broken)")
      let after = try await cluster.dmake("status", "--why-not", "after")
      #expect(after.output.contains("it waits, for it needs `broken`: that failed"), "\(after)")
      let before = try await cluster.status().leader.lastRound
      try cluster.scratch.write("load", "<state><load>72</load></state>")
      try await wait(for: "a round that makes the same plan") {
        try await cluster.dmake("status", "--why-not", "plan", "--since", "\(before + 1)").output
          .contains("made the same as before")
      }
      let level = try await cluster.dmake("status", "--why-not", "n1/web/config.xml{level}")
      #expect(level.output.contains("nothing that it reads has changed since it ran in round"), "\(level)")
      #expect(level.output.contains("  input  plan\n"), "\(level)")
      #expect(level.output.contains("and made the same"), "\(level)")
      let none = try await cluster.dmake("status", "--why-not", "brokn", "-o", "json")
      #expect(none.output.contains("\"nearest\": [\n        \"broken\"\n      ]"), "\(none)")
      let state = try await cluster.dmake("status", "--why-not", "n1/web/state.xml")
      #expect(state.output.contains("the file is there and is no goal"), "\(state)")
    }
  }

  @Test("why rules are quarantined names both with their values, and an operator lets them run again")
  func lift() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let runs = cluster.scratch.path("runs")
      try cluster.scratch.write(
        "policy/DMakefile",
        """
        a.xml{v}: b.xml{v}
        \techo run >>\(runs); if grep -q 1 $<; then echo 2 >$@; else echo 1 >$@; fi
        turn: a.xml{v}
        \tturn.sh "$$(cat $<)" >$@

        """)
      let program = "#!/bin/sh\necho \"b.xml{v}=$1\" >>$DMAKE_ASSIGN; echo \"$1\"\n"
      try cluster.scratch.write("policy/turn.sh", program, mode: 0o755)
      let applied = try await cluster.dmake("apply", "policy")
      #expect(applied.status == 0, "\(applied)")
      let status = try await cluster.status(when: "the quarantine") {
        $0.problems.contains { $0.kind == "oscillation" }
      }
      let shown = try await cluster.dmake("status")
      #expect(shown.output.contains("or `dmake apply --lift`"), "\(shown)")
      let why = try await cluster.dmake("status", "--why-not", "a.xml{v}")
      #expect(why.output.contains("it is quarantined (oscillation)"), "\(why)")
      let before = cluster.scratch.read("runs")?.count ?? 0
      let other = try await cluster.dmake("apply", "--lift", "c")
      #expect(other.status == 65 && other.errors.contains("`c` is not quarantined; these are:"), "\(other)")
      let lifted = try await cluster.dmake("apply", "--lift")
      #expect(lifted.status == 0 && lifted.output.contains("lifted the quarantine of"), "\(lifted)")
      try await cluster.status(when: "another round") { $0.leader.rounds > status.leader.rounds }
      #expect((cluster.scratch.read("runs")?.count ?? 0) > before)
    }
  }

  @Test("a value is what it was, answers for an earlier position with the chain of what made it")
  func earlier() async throws {
    try await Cluster.run { cluster in
      try await startCluster(cluster)
      let first = try await cluster.dmake("status", "--why", "n1/web/config.xml{level}")
      #expect(first.output.contains("    plan\n      value  "), "\(first)")
      #expect(first.output.contains("      input  n1/web/state.xml{load}\n"), "\(first)")
      let index = try await cluster.status().leader.index
      try cluster.scratch.write("load", "<state><load>91</load></state>")
      try await wait(for: "the next value") {
        try await cluster.status("n1/web").files.contains { $0.content.contains("<level>9</level>") }
      }
      let second = try await cluster.dmake("status", "--why", "n1/web/config.xml{level}")
      #expect(
        second.output.contains("\"7\" → \"9\"") && second.output.contains("  before log index"), "\(second)")
      let then = try await cluster.dmake("status", "--why", "n1/web/config.xml{level}", "--at", "\(index)")
      #expect(then.output == first.output, "\(then)")
      let future = try await cluster.dmake("status", "--why", "n1/web/config.xml{level}", "--at", "99999999")
      #expect(future.status == 65 && future.errors.contains("the log has not got to 99999999 yet"), "\(future)")
    }
  }
}
