import DMakefile
import Model
import Testing

@Suite("Every place where a tag may stand, read by the real make")
struct TagFormTests {
  /// The prerequisites of `all`, as the policy would write them.
  private func prerequisites(_ policy: String, files: [String: String] = [:]) throws -> [String] {
    let run = try MakeRun()
    for (name, text) in files { try run.write(name, Array(text.utf8)) }
    let (_, goals) = try run.graph(policy, members: ["n1": ["web"], "n2": ["web"], "fe80::1": ["web"]])
    return try #require(goals.first { $0.target == "all" }).prerequisites.map(HiddenSpace.shown)
  }

  private static let loads = [
    "fe80::1/web/state.xml{load}", "n1/web/state.xml{load}", "n2/web/state.xml{load}",
  ]

  @Test(
    "all nodes' values, by each of make's ways to write a list",
    arguments: [
      "$(DMAKE_NODES:%=%/web/state.xml{load})", "$(DMAKE_NODES:=/web/state.xml{load})",
      "$(patsubst %,%/web/state.xml{load},$(DMAKE_NODES))",
      "$(addsuffix /web/state.xml{load},$(DMAKE_NODES))",
      "$(foreach n,$(DMAKE_NODES),$n/web/state.xml{load})",
      "$(foreach n,$(DMAKE_NODES),$(n)/web/state.xml{load})",
      "$(foreach n,$(DMAKE_NODES),$(addprefix $n/web/,state.xml{load}))",
      "$(join $(addsuffix /web,$(DMAKE_NODES)),$(foreach n,$(DMAKE_NODES),/state.xml{load}))",
      "$(sort $(DMAKE_PROCS:%=%/state.xml{load}) $(DMAKE_PROCS:%=%/state.xml{load}))",
      "${DMAKE_PROCS:=/state.xml{load}}", "$(FILES){load}", "$(addsuffix /state.xml{load},$(DMAKE_PROCS))",
    ])
  func lists(text: String) throws {
    let files = "FILES = $(DMAKE_NODES:%=%/web/state.xml)\n"
    #expect(try prerequisites("\(files)all: \(text)\n\techo > $@\n") == Self.loads)
    #expect(try prerequisites("\(files)all: x | \(text) y\n\techo > $@\n") == ["x"])
    // By a variable of each kind.
    if !text.hasPrefix("$(FILES)") {
      for definition in [
        "LOADS = \(text)", "LOADS := \(text)", "export LOADS ?= \(text) # all", "LOADS +=\(text)",
      ] {
        #expect(try prerequisites("\(definition)\nall: $(LOADS)\n\techo > $@\n") == Self.loads)
      }
      #expect(try prerequisites("LOADS = \(text)\nA = $(LOADS)\nall: ${A}\n\techo > $@\n") == Self.loads)
    }
  }

  @Test("by a second expansion")
  func secondExpansion() throws {
    #expect(
      try prerequisites(
        """
        .SECONDEXPANSION:
        STATES = n1/web/state.xml n2/web/state.xml
        all: $$(@F)/web/state.xml{load} $$(STATES){rate} $$(foreach n,n1 n2,$$n/web/state.xml{load})
        \techo > $@

        """) == [
          "all/web/state.xml{load}", "n1/web/state.xml{rate}", "n2/web/state.xml{rate}",
          "n1/web/state.xml{load}", "n2/web/state.xml{load}",
        ])
  }

  @Test("location paths, with references and with blanks in quotes")
  func locationPaths() throws {
    #expect(
      try prerequisites(
        """
        ID = a.b
        all: p.xml{node[@name='$(ID)']/x} p.xml{a[@t="c d"]} p.xml{@unit} p.xml{a/b[2]} p.xml{s:rate} \\
          p.xml{n[@v='$$5']} $(foreach n,n1 n.2,p.xml{node[@name='$n']})
        \techo > $@

        """) == [
          "p.xml{node[@name='a.b']/x}", "p.xml{a[@t=\"c d\"]}", "p.xml{@unit}", "p.xml{a/b[2]}",
          "p.xml{s:rate}",
          "p.xml{n[@v='$5']}", "p.xml{node[@name='n1']}", "p.xml{node[@name='n.2']}",
        ])
  }

  @Test("the stem of a pattern rule in a location path, in prerequisites, recipes and assignments")
  func stem() throws {
    let (_, goals) = try MakeRun().graph(
      """
      %/web/config.xml: plan.xml{node[@name='%']}
      \techo plan.xml{node[@name='%']/x} > $@
      \tout.xml{node[@name='%']}=plan.xml{node[@name='%']}
      all.xml{node[@name='%']}: %/web/state.xml{load}
      \tcp $< $@

      """, members: ["n1": ["web"], "n.2": ["web"]])
    #expect(
      goals.map { HiddenSpace.shown($0.target) } == [
        "all.xml{node[@name='n.2']}", "all.xml{node[@name='n1']}", "n.2/web/config.xml", "n1/web/config.xml",
      ])
    let goal = try #require(goals.first { $0.target == "n.2/web/config.xml" })
    #expect(goal.prerequisites.map(HiddenSpace.shown) == ["plan.xml{node[@name='n.2']}"])
    #expect(
      goal.recipeReads.map(HiddenSpace.shown) == [
        "plan.xml{node[@name='n.2']}", "plan.xml{node[@name='n.2']/x}",
      ])
    #expect(goal.assigned.map(\.description) == ["out.xml{node[@name='n.2']}"])
    #expect(goals[0].prerequisites.map(HiddenSpace.shown) == ["n.2/web/state.xml{load}"])
  }

  @Test("a variable with tags among the targets")
  func targets() throws {
    let (_, goals) = try MakeRun().graph(
      """
      OUT = $(DMAKE_NODES:%=%/web/config.xml{port}) total
      $(OUT): x
      \techo 1 > $@
      \techo $(OUT)

      """, members: ["n1": ["web"]])
    #expect(goals.map { HiddenSpace.shown($0.target) } == ["n1/web/config.xml{port}", "total"])
    #expect(goals.first?.target == ".dmake/outputs/n1/web/config.xml/~port")
  }

  @Test("a recipe that names the files of values by a variable reads these")
  func recipeVariable() throws {
    let (_, goals) = try MakeRun().graph(
      "L = n1/web/state.xml{load}\nA = cat $(L)\nall: x ; $(A) > $@\n", members: ["n1": []])
    #expect(goals.first?.recipeReads.map(HiddenSpace.shown) == ["n1/web/state.xml{load}"])
  }

  @Test(
    "text in variables that is no list of names stays as it is",
    arguments: [
      "A = echo \"see a.xml{b}\"", "A = 'a.xml{b}'", "A = sed s/a.xml{b}/c/", "A = --file=a.xml{b},c",
      "A = a.xml{b}c", "A = {\"a.xml{b}\"}", "A != cat x.txt{b}", "A = x # a.xml{b}", "A = a.xml{b,c} {d}",
      "A = ${B}{c} $(C){d}", "A = a.xml{,.bak}", "A = a.xml{}", "A = cat < a.xml{b}", "A = HEAD@{1}",
      "A = x{y} n1/state{z}", "define A\na.txt{b}\nendef",
    ])
  func foreignText(text: String) throws {
    let policy = "\(text)\nall: x\n\techo > $@\n"
    let translation = Translator.translate(bundle: try Bundle(policy))
    #expect(translation.text == policy)
    #expect(translation.diagnostics == [])
  }
}

@Suite("Tags in a recipe whose lines are one text, under .ONESHELL")
struct OneShellTests {
  @Test("quotes, here-documents and substitutions go across lines")
  func acrossLines() throws {
    let run = try MakeRun()
    let translation = try run.install(
      """
      .ONESHELL:
      all: n1/w/state.xml{load} x
      \t@exec > $@
      \techo 'single n1/w/state.xml{load}
      \tstill n1/w/state.xml{load}' n1/w/state.xml{load}
      \techo "double n1/w/state.xml{load}
      \t$$(echo n1/w/state.xml{load}) 'n1/w/state.xml{load}'"
      \tcat <<EOF; cat <<'END'
      \tdocument "n1/w/state.xml{load}" 'n1/w/state.xml{load}' {load}
      \tEOF
      \tliteral n1/w/state.xml{load}
      \tEND
      \tn1/w/config.xml{load}=n1/w/state.xml{load}
      \techo n1/w/state.xml{load}
      x: ; @echo 'n1/w/state.xml{load}' > $@

      """)
    #expect(translation.diagnostics == [])
    try run.value("n1/w/state.xml", "load", ["7  $(touch pwned) \""])
    let output = try run.make("all")
    let value = "7  $(touch pwned) \""
    #expect(
      run.text("all") == """
        single n1/w/state.xml{load}
        still n1/w/state.xml{load} \(value)
        double \(value)
        \(value) '\(value)'
        document "\(value)" '\(value)' {load}
        literal n1/w/state.xml{load}
        \(value)

        """, "\(output)")
    #expect(run.record(1, of: "all") == Array("n1/w/config.xml\n.dmake/values/n1/w/state.xml/~load;\n".utf8))
    #expect(run.read("pwned") == nil)
  }

  @Test("without it each line is its own, and an open quote ends with it")
  func oneLine() throws {
    let translation = Translator.translate(
      bundle: try Bundle("a: n/s.xml{x}\n\techo 'open\n\techo n/s.xml{x} <<E\n\tn/s.xml{x}\n"))
    #expect(translation.text.contains("\techo \"$$DMAKE_V1\" <<E\n\t\"$$DMAKE_V2\"\n"))
  }
}
