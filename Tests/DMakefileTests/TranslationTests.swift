import DMakefile
import Model
import Testing

@Suite("The translation of tags, run by the real make")
struct TranslationTests {
  @Test("a value of a prerequisite reaches a pattern rule's recipe as a quoted variable")
  func patternRule() throws {
    let run = try MakeRun()
    let policy = """
      %/web/config.xml: %/web/state.xml{load}
      \techo %/web/state.xml{load} "in quotes: %/web/state.xml{load}" > $@
      """
    let translation = try run.install(policy)
    #expect(translation.diagnostics == [])
    #expect(
      translation.text == """
        %/web/config.xml: .dmake/values/%/web/state.xml/~load
        \techo "$$DMAKE_V1" "in quotes: $${DMAKE_V2}" > $@
        %/web/config.xml: private export DMAKE_V1 = $(file <.dmake/values/$*/web/state.xml/~~load)
        %/web/config.xml: private export DMAKE_V2 = $(file <.dmake/values/$*/web/state.xml/~~load)

        """)
    try run.value("n1/web/state.xml", "load", ["4  2"])
    try run.shell("mkdir -p n1/web")
    try run.make("n1/web/config.xml")
    #expect(run.text("n1/web/config.xml") == "4  2 in quotes: 4  2\n")
  }

  @Test("static pattern, grouped, double-colon and several targets get their values")
  func otherRules() throws {
    let run = try MakeRun()
    let translation = try run.install(
      """
      out/a out/b: out/%: n1/w/state.xml{load}
      \t@echo $* n1/w/state.xml{load} > $@
      g1 g2 &: n1/w/state.xml{load}
      \t@echo n1/w/state.xml{load} | tee g1 > g2
      d:: n1/w/state.xml{load}
      \t@echo n1/w/state.xml{load} >> $@
      d:: n1/w/state.xml{load}
      \t@echo again n1/w/state.xml{load} >> $@
      s: n1/w/state.xml{load} ; @echo n1/w/state.xml{load} > $@

      """)
    #expect(translation.diagnostics == [])
    try run.value("n1/w/state.xml", "load", ["7"])
    try run.shell("mkdir -p out")
    try run.make("out/a out/b g1 d s")
    #expect(run.text("out/a") == "a 7\n")
    #expect(run.text("out/b") == "b 7\n")
    #expect(run.text("g2") == "7\n")
    #expect(run.text("d") == "7\nagain 7\n")
    #expect(run.text("s") == "7\n")
  }

  @Test("a tag in a substitution is the value of each word")
  func substitution() throws {
    let run = try MakeRun()
    let translation = try run.install(
      """
      NODES := n1 n2
      total: $(NODES:%=%/w/state.xml{load}) $(NODES:n%=$(empty)m%/w/state.xml{load})
      \t@echo $^ > $@
      .dmake/values/%: ; @:

      """)
    #expect(translation.diagnostics == [])
    try run.make("total")
    let files = ["n1", "n2", "m1", "m2"].map { ".dmake/values/\($0)/w/state.xml/~load" }
    #expect(run.text("total") == files.joined(separator: " ") + "\n")
  }

  @Test("targets in variables mean what they meant at their line, and conditionals hold in the appendix")
  func variablesAndConditionals() throws {
    let run = try MakeRun()
    try run.install(
      """
      T := first
      $(T): n1/w/state.xml{load}
      \t@echo n1/w/state.xml{load} > $@
      T := second
      ifdef NEVER
      never: n1/w/state.xml{load}
      \t@echo n1/w/state.xml{load} > $@
      else
      $(T): $(foreach n,n1 n2,$(n)/w/state.xml{load}) n1/w/state.xml{load}
      \t@echo $(words $^) n1/w/state.xml{load} > $@
      endif

      """)
    try run.value("n1/w/state.xml", "load", ["7"])
    try run.value("n2/w/state.xml", "load", ["8"])
    let output = try run.make("first second")
    #expect(run.text("first") == "7\n", "\(output)")
    #expect(run.text("second") == "2 7\n", "\(output)")
    #expect(try run.database().rules.contains { $0.target == "never" && $0.isTarget } == false)
  }

  @Test("make's messages name the author's lines")
  func places() throws {
    let run = try MakeRun()
    try run.install(
      "[local]\na: n1/w/state.xml{load}\n\techo n1/w/state.xml{load}; false\n# end\n$(error here)\n")
    #expect(try run.make("a").contains("DMakefile:5: *** here.  Stop."))
  }

  @Test("an assignment is written by make itself, with newlines, commas and parentheses as they are")
  func assignments() throws {
    let run = try MakeRun()
    let (graph, goals) = try run.graph(
      """
      define LINES
      one, (two
      three
      endef
      n1/w/config.xml: n1/w/state.xml{load}
      \t@$@{port} = not this
      \tn1/w/config.xml{port}=80, or 81
      \t@$(@D)/config.xml{list}=$(LINES)
      \t- n1/w/config.xml{smile}=:-)
      \tn1/w/config.xml{copy}=n1/w/state.xml{load}
      \tn1/w/config.xml{old}-=
      \t$@{sum[@of='a b']}=<$(@F) $$5 n1/w/state.xml{load}>

      """.replacing("\t@$@{port} = not this\n", with: ""), members: ["n1": ["w"]])
    #expect(graph.translation.diagnostics == [])
    try run.value("n1/w/state.xml", "load", ["$(touch pwned)", "b, `c`"])
    let output = try run.make("n1/w/config.xml", folders: graph.folders(of: goals))
    let parsed = graph.translation.assignments.map { site in
      AssignmentRecord.parse(
        run.record(site.number, of: "n1/w/config.xml") ?? [], site: site, content: run.read)
    }
    #expect(parsed.compactMap(\.problem) == [], "\(output)")
    #expect(
      parsed.compactMap(\.assignment).map { [$0.reference.description] + $0.values } == [
        ["n1/w/config.xml{port}", "80, or 81"],
        ["n1/w/config.xml{list}", "one, (two\nthree"],
        ["n1/w/config.xml{smile}", ":-)"],
        ["n1/w/config.xml{copy}", "$(touch pwned)", "b, `c`"],
        ["n1/w/config.xml{old}"],
        ["n1/w/config.xml{sum[@of='a b']}", "<config.xml $5 $(touch pwned)\nb, `c`>"],
      ])
    #expect(goals.map(\.assignsOnly) == [true])
    #expect(goals.first?.recipeReads == [".dmake/values/n1/w/state.xml/~load"])
    #expect(goals.first?.assigned.count == 6)
  }

  @Test("nothing is written while make only looks")
  func guarded() throws {
    let run = try MakeRun()
    let (graph, goals) = try run.graph("a/b:\n\ta/b.xml{t}=1\n", members: [:])
    for folder in graph.folders(of: goals) { try run.shell("mkdir -p '\(folder)'") }
    try run.shell("\(MakeRun.command) -n a/b; \(MakeRun.command) -pq a/b")
    #expect(run.read(HiddenSpace.assigned) == nil)
    try run.make("a/b")
    #expect(run.record(1, of: "a/b") == Array("a/b.xml\n1;\n".utf8))
  }

  @Test("a tag target is a file of its own, and $DMAKE_ASSIGN and $DMAKE_TARGET are the target's")
  func tagTarget() throws {
    let run = try MakeRun()
    let (graph, goals) = try run.graph(
      """
      n1/w/config.xml{weight}: n1/w/state.xml{weight}
      \t@cat $< > $@; echo "$$DMAKE_TARGET" > seen; echo 'x.xml{a}=1' >> "$$DMAKE_ASSIGN"
      """, members: ["n1": []])
    try run.value("n1/w/state.xml", "weight", ["3"])
    let target = ".dmake/outputs/n1/w/config.xml/~weight"
    #expect(goals.map(\.target) == [target])
    try run.make("'\(target)'", folders: graph.folders(of: goals))
    #expect(run.text(target) == "3\n")
    #expect(run.text("seen") == target + "\n")
    #expect(run.text(".dmake/assign/\(target)/~") == "x.xml{a}=1\n")
  }

  @Test("an absent value reads as nothing")
  func absent() throws {
    let run = try MakeRun()
    try run.install("a:\n\t@echo [n1/w/state.xml{load}] > $@\n")
    try run.make("a")
    #expect(run.text("a") == "[]\n")
  }
}
