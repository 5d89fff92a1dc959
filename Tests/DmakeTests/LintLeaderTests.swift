import Testing

@Suite("`dmake lint --leader`")
struct LintLeaderTests {
  @Test("compares what a policy reads with the leader's tree, and runs it for a trial")
  func tree() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      let reporter =
        "echo '<state><load>3</load></state>' >$DMAKE_STATE.new && mv $DMAKE_STATE.new $DMAKE_STATE; exec sleep 3600"
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      #expect(try await cluster.apply(cluster.process("web", "/bin/sh", "-c", reporter)).status == 0)
      try await wait(for: "a state") {
        try await cluster.status("n1/web").files.contains { $0.content.contains("<load>3</load>") }
      }
      try cluster.writePolicy(
        cluster.process("web", "/bin/sh", "-c", reporter),
        rules: """
          %/web/good: %/web/state.xml{load}
          \tcp $< $@
          %/web/wrong: %/web/state.xml{lood}
          \tcp $< $@
          %/web/other: %/db/state.xml{load}
          \tcp $< $@
          %/web/broken: %/web/state.xml{load}
          \techo this goes wrong; exit 3
          n7/web/there: n7/web/state.xml{load}
          \tcp $< $@

          """)
      let outcome = try await cluster.dmake("lint", "policy", "--leader", cluster.address)
      #expect(outcome.status == 1)
      for text in [
        "DMakefile:6: warning: `n1/web/state.xml` has no `lood` now, so `n1/web/state.xml{lood}` is empty [DM502]",
        "  hint: the file has `load`\n",
        "DMakefile:8: info: nobody writes `n1/db/state.xml`: there is no process `db` on `n1` now [DM501]",
        "DMakefile:10: warning: in a trial round `n1/web/broken` is failed: ",
        "DMakefile:12: info: the node `n7` is not there, so `n7/web/there` is not made now [DM503]",
      ] {
        #expect(outcome.output.contains(text), "\(text) in \(outcome)")
      }
      #expect(!outcome.output.contains("DMakefile:4"), "\(outcome)")
      // Without the option no leader is asked, whatever the environment says.
      let alone = try await cluster.dmake("lint", "policy")
      #expect(!alone.output.contains("DM50"), "\(alone)")
    }
  }

  @Test("says that the leader it was given does not answer")
  func unreachable() async throws {
    try await Scratch.run { scratch in
      try scratch.write("DMakefile", "%/web/a: %/web/state.xml{b}\n\tcp $< $@\n")
      let outcome = try await scratch.run("lint", "--leader", "unix:\(scratch.path("none"))")
      #expect(outcome.status == 69)
      #expect(outcome.errors.contains("no leader answers at"))
    }
  }
}
