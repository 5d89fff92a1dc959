import Foundation
import FoundationXML
import Testing

@Suite("The forms in which `dmake lint` answers")
struct LintFormTests {
  @Test("shows what make gets, a transparent file byte for byte")
  func transparent() async throws {
    try await Scratch.run { scratch in
      let policy = "%/DMake/config.xml:\n\techo '<a b=\"{x}\"/>' > $@ # HEAD@{1} ${HOME} no newline at the end"
      try scratch.write("DMakefile", policy)
      try await expect(scratch, ["lint", "-o", "make"], 0, output: policy)
    }
  }

  @Test("shows translated files below headings, and findings beside them")
  func translated() async throws {
    try await Scratch.run { scratch in
      try scratch.write(
        "DMakefile", "include more.mk\nn1/a/b: n1/a/state.xml{x}\n\tcp $< $@\n\techo n1/a/state.xml{y} >> $@")
      try scratch.write("more.mk", "z = 1")
      let outcome = try await scratch.run("lint", "-o", "make")
      #expect(outcome.status == 1)
      #expect(
        outcome.output.hasPrefix(
          "# ---- DMakefile ----\ninclude more.mk\nn1/a/b: .dmake/values/n1/a/state.xml/~x\n"))
      #expect(outcome.output.hasSuffix("\n\n# ---- more.mk ----\nz = 1\n"))
      #expect(outcome.errors.hasPrefix("DMakefile:4:7: warning: "))
    }
  }

  @Test("draws the graph where Graphviz is installed, and says what to do where it is not")
  func picture() async throws {
    try await Scratch.run { scratch in
      try scratch.write("DMakefile", "%/web/config.xml{a}: %/web/state.xml{b}\n\tcp $< $@\n")
      let dot = try await scratch.run("lint", "-o", "dot")
      #expect(dot.status == 0)
      #expect(dot.output.hasPrefix("digraph policy {\n"))
      #expect(dot.output.contains("\"%/web/state.xml\" -> \"%/web/config.xml\" [label=\"{b}\"];"))
      let svg = try await scratch.run("lint", "-o", "svg")
      #expect(svg.status == 0, "\(svg)")
      let document = try XMLDocument(data: Data(svg.output.utf8))
      #expect(document.rootElement()?.name == "svg")
      #expect(svg.output.contains(">every node (%)<"))
      let without = try await scratch.run("lint", "-o", "svg", environment: ["PATH": scratch.folder])
      #expect(
        without
          == Outcome(
            status: 69,
            errors: "dmake: `dot` is not installed; install Graphviz (the package graphviz), or take `-o dot`\n"
          ))
    }
  }

  @Test("draws nothing of a policy whose rules cannot be read, and says why")
  func noPicture() async throws {
    try await Scratch.run { scratch in
      try scratch.write("DMakefile", "a: b\n    cp b a\n")
      let dot = try await scratch.run("lint", "-o", "dot")
      #expect(dot.status == 1)
      #expect(dot.output.isEmpty)
      #expect(dot.errors.contains("[DM101]"))
    }
  }

  @Test("explains a finding, with examples, and says what a code looks like")
  func explanation() async throws {
    try await Scratch.run { scratch in
      let outcome = try await scratch.run("lint", "--explain", "dm101")
      #expect(outcome.status == 0)
      #expect(outcome.output.hasPrefix("DM101: a recipe line has lost its tab\n\nA line below a rule "))
      #expect(
        outcome.output.contains("\nWrong:\n\n    n1/web/text: n1/web/state.xml{load}\n        cp $< $@\n"))
      let json = try await scratch.run("lint", "--explain", "DM101", "-o", "json")
      #expect(json.output.hasPrefix("{\n  \"schema\": 1,\n  \"kind\": \"explanation\",\n  \"code\": \"DM101\""))
      let unknown = try await scratch.run("lint", "--explain", "DM999")
      #expect(unknown.status == 64)
      #expect(unknown.errors.contains("`DM999` is no code of a finding"), "\(unknown)")
    }
  }

  @Test("tells in JSON what is suppressed and why")
  func suppressed() async throws {
    try await Scratch.run { scratch in
      try scratch.write(
        "DMakefile",
        "n1/web/a:\n\techo > $@\n# dmake: allow DM207 because a tool asks\nx/%: n1/web/a\n\tcp $< $@\n")
      let outcome = try await scratch.run("lint", "-o", "json")
      #expect(outcome.status == 0)
      #expect(outcome.output.contains("\"findings\": [],"))
      #expect(outcome.output.contains("\"reason\": \"a tool asks\""))
    }
  }
}

/// The kernel's own limits on namespaces, set to none in a namespace of users that only the test has.
@Suite("`dmake lint` where nothing can be confined")
struct UnconfinedLintTests {
  private func lint(_ scratch: Scratch, _ options: String) async throws -> Outcome {
    let limits = ["net", "mnt", "user"].map { "echo 0 >/proc/sys/user/max_\($0)_namespaces" }
    let command = (limits + ["exec \(try Tool.path) lint \(options)"]).joined(separator: " && ")
    return try await scratch.start(
      ["--user", "--map-root-user", "sh", "-c", command], program: "/usr/bin/unshare"
    ).finish()
  }

  private static let programs = "x := $(shell touch ran)\na: b\n\tcp b a\n"

  @Test("refuses a policy that makes make run programs, unless it is trusted")
  func refused() async throws {
    try await Scratch.run { scratch in
      try scratch.write("DMakefile", Self.programs.replacing("ran", with: scratch.path("ran")))
      let refused = try await lint(scratch, "")
      #expect(refused.status == 77)
      #expect(refused.output.isEmpty)
      #expect(
        refused.errors
          == "dmake: DMakefile:1: make does more than read the policy, by `$(shell …)`, and `/usr/bin/make` cannot be confined here: No space left on device; `--trust` lets it run as it is, with your rights\n"
      )
      #expect(!scratch.exists("ran"))
      let trusted = try await lint(scratch, "--trust")
      #expect(![64, 65, 77].contains(trusted.status), "\(trusted)")
      #expect(scratch.exists("ran"))
    }
  }

  @Test("checks a policy that make only reads")
  func harmless() async throws {
    try await Scratch.run { scratch in
      try scratch.write("DMakefile", "a: b\n\tcp b a\nb: a\n\tcp a b\n")
      let outcome = try await lint(scratch, "")
      #expect(outcome.status == 1)
      #expect(outcome.output.contains("[DM205]"))
    }
  }

  @Test("elsewhere programs run confined, and leave nothing")
  func confined() async throws {
    try await Scratch.run { scratch in
      try scratch.write("DMakefile", Self.programs.replacing("ran", with: scratch.path("ran")))
      let outcome = try await scratch.run("lint")
      #expect(![64, 65, 77].contains(outcome.status), "\(outcome)")
      #expect(!scratch.exists("ran"))
    }
  }
}
