import Testing

@Suite("The tool's command line")
struct CommandLineTests {
  @Test("says its version")
  func version() async throws {
    try await Scratch.run { try await expect($0, ["--version"], 0, output: "0.1.0\n") }
  }

  @Test("without a subcommand is a mistake")
  func nothing() async throws {
    try await Scratch.run {
      try await expect(
        $0, [], 64,
        errors: """
          dmake: expected a subcommand: agent, leader, apply, status or lint
          Usage: dmake <subcommand>
            See 'dmake --help' for more information.

          """)
    }
  }

  @Test("refuses a flag that it does not know, with what is known on standard error")
  func unknownFlag() async throws {
    try await Scratch.run { scratch in
      try await expect(
        scratch, ["--foo"], 64,
        errors: """
          dmake: Unknown option '--foo'
          Usage: dmake <subcommand>
            See 'dmake --help' for more information.

          """)
      for command in ["agent", "leader", "apply", "status", "lint"] {
        let outcome = try await scratch.run(command, "--foo\u{1b}[2J")
        #expect(outcome.status == 64)
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors.hasPrefix("dmake: Unknown option '--foo\\u{1b}[2J'\n"))
      }
    }
  }

  @Test(
    "has help with examples for each command, as data",
    arguments: ["agent", "leader", "apply", "status", "lint"])
  func help(command: String) async throws {
    try await Scratch.run { scratch in
      let outcome = try await scratch.run(command, "--help")
      #expect(outcome.status == 0)
      #expect(outcome.errors.isEmpty)
      #expect(outcome.output.contains("Examples:\n  dmake \(command)"))
      #expect(outcome.output.contains("Exit codes: 0 "))
    }
  }

  @Test("shows only the commands that are built")
  func commands() async throws {
    try await Scratch.run { scratch in
      let outcome = try await scratch.run("--help")
      #expect(!outcome.output.contains("simulate"))
      #expect(!outcome.output.contains("manual"))
    }
  }

  @Test(
    "refuses names that are none, without doing anything",
    arguments: [
      "a/b", "..", ".", "a b", "a\nb", "a\u{1b}[31mb", "", "DMake", "new-node",
      String(repeating: "x", count: 254), "ä",
    ])
  func badNodeName(name: String) async throws {
    try await Scratch.run { scratch in
      let outcome = try await scratch.run(
        "agent", "--name", name, "--state-dir", scratch.path("state"), "--leader", "unix:\(scratch.path("s"))")
      #expect(outcome.status == 64)
      #expect(outcome.output.isEmpty)
      #expect(outcome.errors.contains("node name"))
      #expect(!outcome.errors.contains("\u{1b}"))
      #expect(!scratch.exists("state"))
    }
  }

  @Test("refuses addresses that others can reach, and says why", arguments: ["agent", "leader"])
  func otherAddress(command: String) async throws {
    try await Scratch.run { scratch in
      let option = command == "agent" ? "--leader" : "--listen"
      let outcome = try await scratch.run(
        command, option, "192.0.2.1:7420", "--state-dir", scratch.path("state"))
      #expect(outcome.status == 64)
      #expect(outcome.errors.contains("without mutual TLS, which is not built yet"))
    }
  }

  @Test("says so when nobody can read what it prints")
  func fullOutput() async throws {
    try await Scratch.run { scratch in
      let child = try scratch.start(
        ["-c", "\(try Tool.path) lint --schema >/dev/full"], program: "/bin/sh")
      let outcome = try await child.finish()
      #expect(
        outcome
          == Outcome(status: 69, errors: "dmake: cannot write to standard output: No space left on device\n"))
    }
  }
}
