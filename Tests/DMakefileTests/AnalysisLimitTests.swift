import DMakefile
import Model
import Testing

/// What make itself answers is the independent source of how long a chain of patterns is.
@Suite("The analysis of a policy has an end")
struct AnalysisLimitTests {
  private static let members = ["n1": ["web"]]

  private func goals(_ policy: String) throws -> [Goal] {
    try MakeRun().graph(policy, members: Self.members).goals
  }

  /// The targets for which make would run something where the file at the chain's end is there.
  private func made(_ policy: String, _ target: String, _ source: String) throws -> [String] {
    let run = try MakeRun()
    try run.install(policy, members: Self.members)
    try run.shell("mkdir -p $(dirname '\(source)') && touch '\(source)'")
    let output = try run.make("-n '\(target)'")
    return output.split(separator: "\n").filter { $0.hasPrefix("made ") }.map { String($0.dropFirst(5)) }
      .sorted()
  }

  @Test(
    "a pattern is used once in a chain, as make does it",
    arguments: [
      ("conf/%: conf/%.in", "conf/a", "conf/a.in"), ("%.txt: %.old.txt", "b.txt", "b.old.txt"),
      ("lib/%.x: lib/%.y\n\tmade $@\nlib/%.y: lib/z/%.x", "lib/a.x", "lib/z/a.x"),
    ])
  func chains(rule: String, target: String, source: String) throws {
    let policy = "\(rule)\n\tmade $@\n"
    let found = try goals("\(policy)n1/web/y: \(target)\n\techo > $@\n").map(\.target)
    #expect(found.filter { $0 != "n1/web/y" } == (try made(policy, target, source)))
  }

  @Test("a name that an explicit rule mentions begins a chain of its own")
  func mentioned() throws {
    let found = try goals("conf/%: conf/%.in\n\techo > $@\nn1/web/y: conf/a conf/a.in\n\techo > $@\n")
    #expect(found.map(\.target) == ["conf/a", "conf/a.in", "n1/web/y"])
  }

  private static let doubling = (1...25).map { "A\($0) = $(A\($0 - 1)) $(A\($0 - 1))\n" }.joined()
  private static let digits = "D := 0 1 2 3 4 5 6 7 8 9\n"

  @Test(
    "a policy that means more than the limits allow is refused at the rule that does it",
    arguments: [
      // Each name needs ten others, over twenty levels.
      (0..<20).map { level in
        "s\(level)/%: \((0..<10).map { "s\(level + 1)/%\($0)" }.joined(separator: " "))\n\tcat $^ > $@\n"
      }.joined() + "n1/web/y: s0/a\n\tcp $< $@\n",
      // Each target hands what it has on to all behind it.
      (0..<400).map { "b/t\($0): V\($0) := 1\nb/t\($0): b/t\($0 + 1)\n\techo $(V\($0)) > $@\n" }.joined(),
      // All rules match all names, and none can be made.
      (0..<100).map { "%.x: %.y\($0)\n\tcp $< $@\n" }.joined()
        + "n1/web/y: \((0..<100).map { "b/f\($0).x" }.joined(separator: " "))\n\tcat $^ > $@\n",
      "A0 = $@\n\(doubling)n1/web/y: x\n\t$(A25)/config.xml{x}=1\n",
      "\(digits)n1/web/y: x\n\t$(foreach a,$D,$(foreach b,$D,$(foreach c,$D,$(foreach d,$D,$(foreach e,$D,$(foreach f,$D,$(foreach g,$D,$a$b$c$d$e$f$g)))))))/config.xml{x}=1\n",
    ])
  func limits(policy: String) throws {
    let run = try MakeRun()
    let translation = try run.install(policy, members: Self.members)
    let graph = Graph(database: try run.database(), translation: translation)
    let node = try NodeName("n1")
    #expect(throws: AnalysisLimit.self) {
      _ = try graph.goals(members: [node], steps: 1_000_000) { _ in [try? ProcessName("web")].compactMap { $0 }
      }
    }
  }

  @Test("names of included makefiles that no text tells are any name")
  func included() throws {
    let chain = (0..<7).map { level in
      "A\(level) = \(String(repeating: "$(A\(level + 1))", count: 60))\n"
    }.joined()
    let text = "\(chain)A7 = x\n-include $(A0).mk\nn1/web/y:\n\techo > $@\n"
    #expect(!PolicyCheck.diagnostics(of: try Bundle(text)).hasErrors)
  }

  @Test("canned recipes that double each other, or lead to themselves, are refused")
  func canned() throws {
    let chain = (0..<40).map { "define c\($0)\n$(c\($0 + 1))\n$(c\($0 + 1))\nendef\n" }.joined()
    let end = "define c40\necho n1/web/state.xml{a}\nendef\nn1/web/y: n1/web/state.xml{a}\n\t$(c0)\n"
    let found = PolicyCheck.diagnostics(of: try Bundle(chain + end))
    #expect(found.filter { $0.severity == .error }.map(\.code) == [.tagInDefine])
    let grown = (0..<60).map { "define c\($0)\n$(call c\($0 + 1),$1$1)\nendef\n" }.joined()
    let last = "define c60\necho n1/web/state.xml{a} $1\nendef\nn1/web/y: n1/web/state.xml{a}\n\t$(call c0,x)\n"
    #expect(PolicyCheck.diagnostics(of: try Bundle(grown + last)).hasErrors)
  }

  @Test(
    "references that stand in each other too deep for a stack are refused before anybody looks into them",
    arguments: [("$(if x,", ")"), ("$$(", ")"), ("\"$$(", ")\""), ("$$(", ""), ("$(", ""), ("${a:-", "}")])
  func depth(open: String, close: String) throws {
    let count = 100_000
    let text =
      String(repeating: open, count: count) + "n1/web/state.xml{a}" + String(repeating: close, count: count)
    let found = PolicyCheck.diagnostics(of: try Bundle("n1/web/y: n1/web/state.xml{a}\n\techo \(text) > $@\n"))
    #expect(found.contains { $0.code == .tooDeep && $0.line == 2 } || found.contains { $0.code == .tooLarge })
  }

  @Test("a recipe behind thousands of conditionals belongs to each rule in them, up to a limit")
  func conditionals() throws {
    func policy(_ count: Int, recipe: String, last: String) -> String {
      (0..<count).map { "ifdef A\($0)\nn1/web/a\($0): n1/web/state.xml{load}\nendif\n\(recipe)" }.joined()
        + last
    }
    let read = "\techo n1/web/state.xml{load} > $@\n"
    let few = Translator.translate(bundle: try Bundle(policy(3000, recipe: "", last: read)))
    #expect(few.diagnostics == [])
    let text = String(decoding: try #require(few["DMakefile"]).bytes, as: UTF8.self)
    #expect(text.ranges(of: "private export DMAKE_V1 =").count == 3000)
    let many = PolicyCheck.diagnostics(of: try Bundle(policy(600, recipe: read, last: "")))
    #expect(many.filter { $0.severity == .error }.map(\.code) == [.tooManyRules])
  }
}
