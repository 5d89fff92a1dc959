import Model
import Testing

@testable import MakeWrapper

@Suite("What a round finds out about recipes")
struct FindingTests {
  @Test("two rules that change each other's input are named with places and the values that alternate")
  func oscillation() async throws {
    let world = try World(
      """
      a.xml{v}: b.xml{v} n1/web/state.xml{go}
      \ttest n1/web/state.xml{go} = no && echo 0 >$@ || echo $$((1 - $$(cat $< | grep . || echo 0))) >$@
      b.xml{v}: a.xml{v}
      \tcat $< >$@
      other: n1/web/state.xml{go}
      \tcp $< $@

      """)
    try world.set("n1/web/state.xml", "<s><go>yes</go></s>")
    let result = try await world.round()
    #expect(result.problems.map(\.target) == ["a.xml{v}", "b.xml{v}"])
    #expect(result.problems.allSatisfy { $0.kind == .oscillation && $0.retryAt == nil })
    let problem = try #require(result.problems.first)
    #expect(problem.message.contains("`a.xml{v}` (DMakefile:2), `b.xml{v}` (DMakefile:4)"))
    #expect(problem.details.map(\.reference) == ["a.xml{v}", "b.xml{v}"])
    #expect(problem.details.allSatisfy { Set($0.texts).isSuperset(of: ["0\n", "1\n"]) })
    #expect(world.text("other") == "yes\n")
    // Nothing changed: they stand still. An operator, then an input from outside, lets them run.
    #expect(try await world.round().problems == result.problems)
    world.lifted = ["a.xml{v}", "b.xml{v}"]
    #expect(try await world.round().problems.map(\.kind) == [.oscillation, .oscillation])
    try world.set("n1/web/state.xml", "<s><go>no</go></s>")
    #expect(try await world.round().problems == [])
    #expect(world.text("b.xml")?.contains("<v>0</v>") == true)
  }

  @Test("a recipe that writes a file which another rule only assigns is told, and the assignment stands")
  func strayAssignment() async throws {
    let world = try World(
      """
      n1/web/plan.xml: n1/web/state.xml
      \tn1/web/plan.xml{go}=n1/web/state.xml{go}
      other: n1/web/state.xml
      \techo '<evil/>' >n1/web/plan.xml; echo done >$@

      """)
    try world.set("n1/web/state.xml", "<s><go>yes</go></s>")
    let result = try await world.round()
    #expect(result.problems.map(\.target) == ["other"])
    #expect(result.problems.map(\.kind) == [.undeclared])
    #expect(world.text("n1/web/plan.xml")?.contains("<go>yes</go>") == true)
    #expect(world.text("other") == "done\n")
    #expect(try world.filesOnDisk() == world.filesInTree)
  }

  @Test("a rule that feeds itself never settles, and is told alone")
  func unsettled() async throws {
    let world = try World(
      """
      count.xml{n}: count.xml{n}
      \techo $$(($$(cat $<) + 1)) >$@
      copy: n1/web/state.xml
      \tcp $< $@

      """)
    try world.set("n1/web/state.xml", "<s/>")
    let problem = try #require(try await world.round().problems.first)
    #expect(problem.kind == .unsettled)
    #expect(problem.message.contains("`count.xml{n}` (DMakefile:2) changes what it reads"))
    #expect(problem.details.first?.texts.count == 6)
    #expect(world.text("copy") == "<s/>")
    #expect(world.text("count.xml") == nil)
  }

  @Test(
    "a recipe that changes its own input is told, the input is brought back, and it is forgotten when mended")
  func ownInput() async throws {
    let world = try World(
      "out: n1/web/state.xml\n\tcat $< >$@\n\techo x >>$<; echo y >stray; ln -s /etc link\n")
    try world.set("n1/web/state.xml", "<s/>")
    let problem = try #require(try await world.round().problems.first)
    #expect(problem.kind == .ownInput)
    #expect(problem.target == "out")
    #expect(problem.message.contains("changes `n1/web/state.xml`, which it reads, and writes `link`, `stray`"))
    #expect(world.text("n1/web/state.xml") == "<s/>")
    #expect(try world.filesOnDisk() == world.filesInTree)
    #expect(try await world.round().problems.count == 1)
    try world.activate("out: n1/web/state.xml\n\tcat $< >$@\n")
    #expect(try await world.round().problems == [])
  }

  @Test("a recipe that writes what it does not declare is told, until it does so no more")
  func undeclared() async throws {
    let world = try World(
      """
      one: n1/web/state.xml{v}
      \tcp $< $@
      \ttest n1/web/state.xml{v} = 2 || echo stray >two
      two: n1/web/state.xml{w}
      \tcp $< $@
      three: n1/web/state.xml{v}
      \tcp $< $@

      """)
    try world.set("n1/web/state.xml", "<s><v>1</v><w>w</w></s>")
    try await world.round()
    try world.set("n1/web/state.xml", "<s><v>3</v><w>w</w></s>")
    let problems = try await world.round().problems
    #expect(problems.map(\.kind) == [.undeclared])
    #expect(problems.first?.target == "one")
    #expect(problems.first?.place == SourcePlace(file: "DMakefile", line: 2))
    #expect(world.text("two") == "w\n")
    #expect(try world.filesOnDisk() == world.filesInTree)
    try world.set("n1/web/state.xml", "<s><v>2</v><w>w</w></s>")
    #expect(try await world.round().problems == [])
  }

  @Test("a recipe that asks for the newer prerequisites is not repeated, since a repetition has none")
  func newer() async throws {
    let world = try World(
      "out/n: n1/p/state.xml n2/p/state.xml\n\techo $(words $?) ${?F} $$? > $@\n", runsPerSample: 1)
    try world.set("n1/p/state.xml", "<s/>")
    try world.set("n2/p/state.xml", "<s/>")
    #expect(try await world.round().problems == [])
    try world.set("n2/p/state.xml", "<s>1</s>")
    #expect(try await world.round().problems == [])
    #expect(world.text("out/n") == "1 state.xml 0\n")
  }

  @Test("a recipe that gives another result when it is run again is told with both, and its first result stays")
  func nondeterministic() async throws {
    let world = try World(
      """
      bad: n1/web/state.xml{v}
      \techo $$(($$(cat ../count 2>/dev/null || echo 0) + 1)) >../count; cat ../count $< >$@
      good.xml{v}: n1/web/state.xml{v}
      \tcat $< >$@
      own: n1/web/state.xml{v}
      \techo more >>$@

      """, runsPerSample: 1)
    try world.set("n1/web/state.xml", "<s><v>a</v></s>")
    let problems = try await world.round().problems
    #expect(problems.map(\.kind) == [.nondeterministic])
    #expect(problems.first?.target == "bad")
    #expect(problems.first?.details.first?.texts == ["1\na\n", "2\na\n"])
    #expect(world.text("bad") == "1\na\n")
    #expect(world.text("own") == "more\n")
    #expect(try world.filesOnDisk() == world.filesInTree)
    try world.set("n1/web/state.xml", "<s><v>b</v></s>")
    #expect(try await world.round().problems.map(\.kind) == [.nondeterministic])
    #expect(world.text("own") == "more\nmore\n")
    #expect(world.text("good.xml")?.contains("<v>b</v>") == true)
  }
}
