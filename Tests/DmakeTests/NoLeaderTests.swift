import Testing

@Suite("A leader that is not there")
struct NoLeaderTests {
  @Test(
    "is named, with what to do, for every command that needs one",
    arguments: [
      ["status"], ["status", "--why", "n1/web/config.xml{a}"], ["apply", "--history"], ["apply", "--rollback"],
    ])
  func unreachable(arguments: [String]) async throws {
    try await Scratch.run { scratch in
      try await expect(
        scratch, arguments, 69,
        errors: """
          dmake: no leader answers at `unix:SCRATCH/leader.sock`: No such file or directory; \
          start one with `dmake leader`, or name another with `--leader` or DMAKE_LEADERS

          """, environment: ["DMAKE_LEADERS": "unix:\(scratch.path("leader.sock"))"])
    }
  }

  @Test("is looked for at every address")
  func several() async throws {
    try await Scratch.run { scratch in
      let outcome = try await scratch.run(
        "status", "--leader", "unix:\(scratch.path("a"))", "--leader", "unix:\(scratch.path("b"))")
      #expect(outcome.status == 69)
      #expect(outcome.errors.contains("\(scratch.path("a"))`"))
      #expect(outcome.errors.contains("\(scratch.path("b"))`"))
    }
  }

  @Test("is not waited for when its address is wrong")
  func badAddress() async throws {
    try await Scratch.run { scratch in
      let outcome = try await scratch.run("status", environment: ["DMAKE_LEADERS": "unix:relative"])
      #expect(outcome.status == 64)
      #expect(outcome.errors.hasPrefix("dmake: DMAKE_LEADERS: "))
    }
  }
}
