import Model
import Testing

@testable import MakeWrapper

@Suite("What a rule may set, and which programs it may use, is known whatever its text looks like")
struct OwnershipTests {
  private func world(_ policy: String, _ files: [String: String] = [:]) throws -> World {
    let world = try World(policy, files)
    try world.set("n1/DMake/config.xml", "<config><process name='p'/></config>")
    try world.set("n1/p/state.xml", "<s><x>1</x><y>1</y></s>")
    return world
  }

  @Test(
    "a program cannot assign to what others write: the rule has failed, and all files are as they were",
    arguments: [
      ("n1/p/state.xml{rate}", "applications write the file"),
      ("n1/p/stop-proc{q}", "applications write the file"),
      ("n1/p/health.xml{q}", "applications write the file"), ("n1/new-node{q}", "applications write the file"),
      ("n1/DMake/state.xml{q}", "applications write the file"),
      ("n1/p/config.xml{rate}", "(DMakefile:2) makes the whole file"),
    ])
  func foreign(value: String, said: String) async throws {
    let good = "n1/p/config.xml: n1/p/state.xml{x}\n\techo '<c><port>80</port></c>' > $@\n"
    let world = try world(good)
    #expect(try await world.round().problems == [])
    let before = world.filesInTree.map { "\($0.0)=\($0.1)" }
    try world.activate(good + "plan: n1/p/state.xml{y}\n\techo '\(value)=7' >> $$DMAKE_ASSIGN; echo > $@\n")
    let problem = try #require(try await world.round().problems.first)
    #expect(problem.target == "plan" && problem.message.contains(said), "\(problem)")
    #expect(world.filesInTree.map { "\($0.0)=\($0.1)" } == before)
  }

  @Test("one recipe may assign the values of all its targets")
  func grouped() async throws {
    for targets in ["a.xml{v} b.xml{w}", "a.xml{v} b.xml{w} c"] {
      let world = try world(
        "\(targets) &: n1/p/state.xml{x}\n\ta.xml{v}=1\n\tb.xml{w}=n1/p/state.xml{x}\n\techo > c\n")
      #expect(try await world.round().problems.filter { $0.kind != .undeclared } == [])
      #expect(world.text("a.xml")?.contains("<v>1</v>") == true)
      #expect(world.text("b.xml")?.contains("<w>1</w>") == true)
      try world.set("n1/p/state.xml", "<s><x>2</x></s>")
      #expect(try await world.round().problems.filter { $0.kind != .undeclared } == [])
      #expect(world.text("b.xml")?.contains("<w>2</w>") == true)
    }
  }

  @Test(
    "a changed program runs its rule, however the recipe has its name",
    arguments: [
      ("", "-tool1 > $@"), ("", "@-tool1 > $@"), ("", "true;-tool1 > $@; tool1 > $@"),
      ("T = tool\n", "$(T)1 > $@"),
      ("T = tool\nN = 1\n", "$(T)$(N) > $@"), ("", "tool$(words x) > $@"), ("", "$(addsuffix 1,tool) > $@"),
      ("", "$(subst X,oo,tXl1) > $@"), ("", "$(foreach i,1,tool$i) > $@"), ("T = tl1\n", "$(T:t%=too%) > $@"),
      ("TT = tool$1\n", "$(call TT,1) > $@"), ("", "$(join to,ol1) > $@"), ("", "to$(if x,ol)1 > $@"),
      ("U = $(T)1\nT = tool\n", "$(U) > $@"), ("", "N=1; tool$$N > $@"), ("", "N=1; tool$${N} > $@"),
      ("M = -tool1\n", "$(M) > $@"),
    ])
  func programs(head: String, recipe: String) async throws {
    func files(_ number: Int) -> [String: String] { ["tool1": "#!/bin/sh\necho \(number)\n"] }
    let policy = "\(head)out: n1/p/state.xml{x}\n\t\(recipe.replacing("true;-tool1 > $@; ", with: ""))\n"
    let world = try world(policy, files(1))
    #expect(try await world.round().problems == [])
    #expect(world.text("out") == "1\n")
    try world.activate(policy, files(2))
    #expect(try await world.round().problems == [])
    #expect(world.text("out") == "2\n")
  }

  @Test("and where it comes from the target's own name", arguments: ["tool$*", "$(@F)", "$*"])
  func programOfTarget(word: String) async throws {
    func files(_ number: Int) -> [String: String] {
      ["tool1": "#!/bin/sh\necho \(number)\n", "1": "#!/bin/sh\necho \(number)\n"]
    }
    let policy = "all: out/tool1\n\tcp $< $@\nout/tool%: n1/p/state.xml{x}\n\t\(word) > $@\n"
    let world = try world(policy, files(1))
    #expect(try await world.round().problems == [])
    #expect(world.text("all") == "1\n")
    try world.activate(policy, files(2))
    #expect(try await world.round().problems == [])
    #expect(world.text("all") == "2\n")
  }

  @Test("what needs a rule that is tried again runs after it")
  func triedAgain() async throws {
    let world = try world(
      "side: n1/p/state.xml{x}\n\t@true\nnext: side n1/p/state.xml{y}\n\tcat $< > $@\n")
    #expect(try await world.round().problems.contains { $0.target == "side" && $0.kind == .missingOutput })
    for number in 2...4 {
      world.tick += 1_000_000
      try world.set("n1/p/state.xml", "<s><x>\(number)</x><y>\(number)</y></s>")
      let problems = try await world.round().problems
      #expect(problems.map(\.target) == ["side"], "\(problems)")
    }
  }
}
