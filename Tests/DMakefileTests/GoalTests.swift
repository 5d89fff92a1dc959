import DMakefile
import Model
import Testing

@Suite("Goals, needs and owners")
struct GoalTests {
  static let members = ["n1": ["web", "db"], "web2": ["web"]]

  private func targets(_ policy: String) throws -> [String] {
    try MakeRun().graph(policy, members: Self.members).goals.map { HiddenSpace.shown($0.target) }
  }

  @Test(
    "a pattern is instantiated for the members and their processes",
    arguments: [
      ("%/web/config.xml", ["n1/web/config.xml", "web2/web/config.xml"]),
      ("%/db/config.xml", ["n1/db/config.xml"]),
      ("%/cache/config.xml", []),
      ("%/DMake/config.xml", ["n1/DMake/config.xml", "web2/DMake/config.xml"]),
      ("%/config.xml", ["n1/db/config.xml", "n1/web/config.xml", "web2/web/config.xml"]),
      ("n1/%/config.xml", ["n1/db/config.xml", "n1/web/config.xml"]),
      ("absent/%/config.xml", []),
      ("web%/web/config.xml", ["web2/web/config.xml"]),
      ("web%/config.xml", ["web2/web/config.xml"]),
      ("n%1/web/config.xml", []),
      ("%/web/config.xml{weight}", ["n1/web/config.xml{weight}", "web2/web/config.xml{weight}"]),
      (
        "%/config.xml{weight}",
        ["n1/db/config.xml{weight}", "n1/web/config.xml{weight}", "web2/web/config.xml{weight}"]
      ),
      ("build/%.o", []), ("%.o", []),
    ])
  func patterns(pattern: String, expected: [String]) throws {
    #expect(try targets("\(pattern): x\n\techo > $@\n") == expected)
  }

  @Test("explicit targets are goals, but not phony, special or absent ones")
  func explicit() throws {
    let policy = """
      .PHONY: clean needed
      .DELETE_ON_ERROR:
      clean: ; rm -f x
      needed: ; echo
      n1/web/config.xml: needed build/x.o ; echo
      n9/web/config.xml: ; echo
      n9/DMake/config.xml: ; echo
      build/x.o: build/x.c ; echo
      build/%.c: src.txt ; echo
      total.xml{sum}: n1/web/state.xml{load} ; echo
      """
    #expect(
      try targets(policy) == ["total.xml{sum}", "build/x.c", "build/x.o", "n1/web/config.xml", "needed"])
  }

  @Test("a goal has its rule, stem and concrete prerequisites; leaves are what no rule makes")
  func needs() throws {
    let run = try MakeRun()
    let (graph, goals) = try run.graph(
      """
      %/web/config.xml: total %/web/state.xml{load} | n9/DMake/state.xml
      \techo %/web/state.xml{load} n9/web/state.xml{load} > $@
      total: n1/new-node n9/fail-node
      \techo > $@
      """, members: ["n1": ["web"]])
    let goal = try #require(goals.first { $0.target == "n1/web/config.xml" })
    #expect(goal.stem == "n1")
    #expect(goal.place == SourcePlace(file: "DMakefile", line: 2))
    #expect(goal.prerequisites == ["total", ".dmake/values/n1/web/state.xml/~load"])
    #expect(
      graph.leaves(of: goals).elements == [
        ".dmake/values/n1/web/state.xml/~load", ".dmake/values/n9/web/state.xml/~load", "n1/new-node",
        "n9/DMake/state.xml", "n9/fail-node",
      ])
  }

  @Test("a signature changes with recipe, variables and prerequisites, and with nothing else")
  func signature() throws {
    func signature(_ policy: String) throws -> Digest {
      let goals = try MakeRun().graph(policy, members: ["n1": ["web"]]).goals
      return try #require(goals.first { $0.target == "n1/web/config.xml" }).signature
    }
    let rule =
      "%/web/config.xml: %/web/state.xml{load}\n\techo $(A) %/web/state.xml{load} > $@\n\t$@{x}=%/web/state.xml{load}\n"
    let base = try signature("B = 1\nA = $(B)\n" + rule)
    #expect(
      try signature(
        "other: n1/a/state.xml{z}\n\techo n1/a/state.xml{z}\n\tx.xml{a}=1\nB = 1\nA = $(B)\nC = 3\n" + rule)
        == base)
    #expect(try signature("B = 2\nA = $(B)\n" + rule) != base)
    #expect(try signature("B = 1\nA = $(B)\n" + rule.replacing("echo", with: "printf")) != base)
    #expect(try signature("B = 1\nA = $(B)\n" + rule.replacing("{load}\n", with: "{load} x\n")) != base)
    #expect(try signature("B = 1\nA = $(B)\n" + rule.replacing("{x}", with: "{y}")) != base)
    #expect(try signature("B = 1\nA = $(B)\n" + rule.replacing("load", with: "rate")) != base)
  }

  @Test("mixed writers, double writers and other owners' files are found")
  func writers() throws {
    func codes(_ policy: String) throws -> [DiagnosticCode] {
      let (graph, goals) = try MakeRun().graph(policy, members: ["n1": ["web"]])
      return graph.diagnostics(of: goals, in: PolicyText(Makefiles(try Bundle(policy)))).map(\.code)
    }
    #expect(try codes("n1/web/a.xml: ; echo > $@\nn1/web/a.xml{t}: ; echo > $@\n") == [.mixedWriters])
    #expect(try codes("n1/web/a.xml{t}: ; echo > $@\n%/web/b.xml:\n\t%/web/a.xml{t}=1\n") == [.twoWriters])
    #expect(try !codes("n1/web/a n1/web/b &: ; echo\n\tx.xml{a}=1\n").contains(.twoWriters))
    #expect(try codes("n1/web/a.xml{t}: ; echo > $@\nn1/web/a.xml{u}: ; echo > $@\n") == [])
    #expect(try codes("%/web/state.xml: ; echo > $@\n") == [.foreignFile])
    #expect(try codes("n1/new-node: ; echo > $@\n") == [.foreignFile])
    #expect(try codes("n1/web/stop-proc: ; echo > $@\n") == [.foreignFile])
    #expect(try codes("../x: ; echo > $@\n") == [.badTargetPath])
    #expect(try codes("P = n1/web/state.xml{load} \"\nx: $(P) ; echo > $@\n") == [.tagFromVariable])
  }
}
