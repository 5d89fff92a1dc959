import Foundation
import Testing

@Suite("`dmake lint` and the checks of `dmake apply`")
struct LintTests {
  @Test("finds nothing in a good policy, and prints nothing")
  func good() async throws {
    try await Scratch.run { scratch in
      try scratch.write("policy/DMakefile", "%/DMake/config.xml:\n\techo '<config/>' > $@\n")
      try await expect(scratch, ["lint", "policy"], 0)
      try await expect(scratch, ["lint", "-f", "policy/DMakefile"], 0)
      try await expect(scratch, ["lint", "-C", "policy"], 0)
    }
  }

  @Test("says in JSON that it found nothing")
  func json() async throws {
    try await Scratch.run { scratch in
      try scratch.write("DMakefile", "%/DMake/config.xml:\n\techo '<config/>' > $@\n")
      try await expect(
        scratch, ["lint", "-o", "json"], 0,
        output: "{\n  \"schema\": 1,\n  \"kind\": \"findings\",\n  \"findings\": [],\n  \"suppressed\": []\n}\n"
      )
    }
  }

  @Test("says which file is missing")
  func missing() async throws {
    try await Scratch.run { scratch in
      try FileManager.default.createDirectory(atPath: scratch.path("empty"), withIntermediateDirectories: true)
      try await expect(
        scratch, ["lint", "empty"], 65,
        errors:
          "dmake: the folder `empty` has no file named `DMakefile`; name the folder that has it, or the file itself\n"
      )
      try await expect(
        scratch, ["lint", "nowhere"], 65,
        errors: "dmake: cannot open the folder `nowhere`: No such file or directory\n")
    }
  }

  @Test("refuses a DMakefile that is a folder")
  func folder() async throws {
    try await Scratch.run { scratch in
      try FileManager.default.createDirectory(
        atPath: scratch.path("policy/DMakefile"), withIntermediateDirectories: true)
      let outcome = try await scratch.run("lint", "policy")
      #expect(outcome.status == 65)
      #expect(outcome.output.isEmpty)
      #expect(outcome.errors.contains("has no file named `DMakefile`"))
    }
  }

  @Test("refuses links that lead out of the policy's folder, names each, and checks the rest")
  func links() async throws {
    try await Scratch.run { scratch in
      try scratch.write("policy/DMakefile", "a.xml{b: c.xml{d}\n\tcp $< $@\n")
      for name in ["passwd", "group"] {
        try FileManager.default.createSymbolicLink(
          atPath: scratch.path("policy/\(name)"), withDestinationPath: "/etc/\(name)")
      }
      let outcome = try await scratch.run("lint", "policy")
      #expect(outcome.status == 65)
      #expect(outcome.errors.contains("`policy/passwd` is a symbolic link"))
      #expect(outcome.errors.contains("`policy/group` is a symbolic link"))
      #expect(outcome.output.contains("DMakefile:1:1: error"))
      let apply = try await scratch.run("apply", "policy", "--leader", "unix:\(scratch.path("none"))")
      #expect(apply.status == 65)
      #expect(apply.errors.contains("`policy/group` is a symbolic link"))
    }
  }

  @Test(
    "finds what is wrong in a bad policy, and `apply` refuses it before it asks a leader",
    arguments: BadPolicy.all)
  func bad(policy: BadPolicy) async throws {
    try await Scratch.run { scratch in
      try scratch.write("policy/DMakefile", policy.text)
      let lint = try await scratch.run("lint", "policy")
      #expect(lint.status == policy.status, "\(lint)")
      #expect(lint.output.contains(policy.place), "\(lint)")
      #expect(lint.output.contains(policy.code), "\(lint)")
      #expect(lint.errors.isEmpty)
      let apply = try await scratch.run("apply", "policy", "--leader", "unix:\(scratch.path("none"))")
      #expect(apply.status == 65)
      #expect(apply.output.isEmpty)
      #expect(apply.errors.contains(policy.place))
      #expect(apply.errors.hasSuffix("dmake: the policy has errors and was not applied\n"))
    }
  }

  @Test("prints the schema of a node's configuration, and checks one by it")
  func configuration() async throws {
    try await Scratch.run { scratch in
      let schema = try await scratch.run("lint", "--schema")
      #expect(schema.status == 0)
      #expect(schema.output.contains("<grammar xmlns=\"http://relaxng.org/ns/structure/1.0\""))
      try scratch.write(
        "good.xml",
        "<config><process name=\"web\"><executable>/bin/true</executable></process></config>\n")
      try await expect(scratch, ["lint", "--config", "good.xml"], 0)
    }
  }

  @Test("refuses a node's configuration that no agent could follow", arguments: BadConfiguration.all)
  func badConfiguration(configuration: BadConfiguration) async throws {
    try await Scratch.run { scratch in
      try scratch.write("bad.xml", configuration.text)
      let outcome = try await scratch.run("lint", "--config", "bad.xml")
      #expect(outcome.status == 1)
      #expect(outcome.output.hasPrefix("bad.xml:\(configuration.line): error: "), "\(outcome)")
      #expect(!outcome.output.contains("root:"), "an external entity was read")
    }
  }

  @Test("checks the configuration that a policy copies to its nodes, in the configuration's own file")
  func copied() async throws {
    try await Scratch.run { scratch in
      try scratch.write("DMakefile", "%/DMake/config.xml:\n\tcp $(DMAKE_BUNDLE)/node.xml $@\n")
      try scratch.write("node.xml", "<config>\n  <proces name=\"web\"/>\n</config>\n")
      let outcome = try await scratch.run("lint")
      #expect(outcome.status == 1)
      #expect(
        outcome.output.hasPrefix("node.xml:2: error: the configuration of a node is refused: "), "\(outcome)")
      #expect(outcome.output.contains("[DM141]\n      <proces name=\"web\"/>\n"))
    }
  }

  @Test("shows each finding with its line, a caret and what to do, in colours if they are asked for")
  func exact() async throws {
    try await Scratch.run { scratch in
      try scratch.write("DMakefile", "%/DMake/config.xml: node.xml\n    cp node.xml $@\n")
      let expected = """
        DMakefile:2:1: error: a line of a recipe begins with blanks instead of a tab [DM101]
                cp node.xml $@
            ^~~~
          note: make knows a recipe by its tab; editors and copying through a web page turn it into blanks
          hint: put one tab in place of the 4 blanks

        """
      try await expect(scratch, ["lint"], 1, output: expected)
      let colored = try await scratch.run("lint", "--color", "always")
      #expect(colored.output.replacing(/\u{1b}\[[0-9;]*m/, with: "") == expected)
      #expect(colored.output != expected)
    }
  }
}
