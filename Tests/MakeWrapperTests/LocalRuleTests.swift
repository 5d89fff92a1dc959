import Model
import Testing

@testable import MakeWrapper

@Suite("Local rules and the leader's are run by different wrappers")
struct LocalRuleTests {
  private static let policy = """
    [local]
    %/web/config.xml{rate}: %/web/state.xml{load}
    \tcp $< $@
    [local]
    %/web/text: %/web/config.xml{rate}
    \tcp $< $@
    %/web/all: $(DMAKE_NODES:%=%/web/text)
    \tcat $^ >$@

    """

  private func world(_ policy: String = policy, members: [String], side: RuleSide) throws -> World {
    let world = try World(policy, members: members, side: side)
    for node in members {
      try world.set("\(node)/DMake/config.xml", "<config><process name='web'/></config>")
      try world.set("\(node)/web/state.xml", "<s><load>\(node.dropFirst())</load></s>")
    }
    return world
  }

  @Test("the leader runs the others, tells whose the files are, and reads what nodes have made")
  func leader() async throws {
    let world = try world(members: ["n1", "n2"], side: .leader)
    let result = try await world.round()
    #expect(result.problems == [])
    #expect(world.text("n1/web/text") == nil)
    #expect(world.text("n1/web/all") == "")
    let files = SortedSet(try ["web/config.xml", "web/text"].map { try NodeFile($0) })
    #expect(result.local == [try NodeName("n1"): files, try NodeName("n2"): files])
    #expect(try await world.round().local == nil, "it is what it was")
    try world.set("n1/web/text", "1\n")
    try world.set("n2/web/text", "2\n")
    try await world.round()
    #expect(world.text("n2/web/all") == "1\n2\n")
  }

  @Test("the node runs its own, over its own files")
  func node() async throws {
    let world = try world(members: ["n2"], side: .node)
    try world.set("n2/web/all", "the leader's\n")
    let result = try await world.round()
    #expect(result.problems == [])
    #expect(result.changes.map(\.path.text) == ["n2/web/config.xml", "n2/web/text"])
    #expect(world.text("n2/web/text") == "2\n")
    #expect(world.text("n2/web/all") == "the leader's\n")
    try world.set("n2/web/state.xml", "<s><load>2</load><noise>1</noise></s>")
    #expect(try await world.round().changes == [])
  }

  @Test(
    "a file that becomes local stays, one that no rule makes any more goes, one that becomes the leader's is made"
  )
  func handover() async throws {
    let whole = "%/web/text: %/web/state.xml{load}\n\tcp $< $@\n"
    let world = try world(whole, members: ["n1"], side: .leader)
    try await world.round()
    #expect(world.text("n1/web/text") == "1\n")
    try world.activate("[local]\n" + whole)
    #expect(try await world.round().changes == [])
    try world.set("n1/web/text", "by the node\n")
    try world.activate("%/web/text: %/web/state.xml{load}\n\techo again >$@\n")
    try await world.round()
    #expect(world.text("n1/web/text") == "again\n")
    try world.activate("[local]\n" + whole)
    try await world.round()
    try world.activate("%/web/other: %/web/state.xml{load}\n\tcp $< $@\n")
    try await world.round()
    #expect(world.text("n1/web/text") == nil)
  }

  @Test("what a program sets of the other side's files is refused", arguments: [RuleSide.leader, .node])
  func assignments(side: RuleSide) async throws {
    let world = try world(
      """
      [local]
      %/web/text: %/web/state.xml{load}
      \techo '$*/web/all.xml{rate}=1' >>"$$DMAKE_ASSIGN"; cp $< $@
      [local]
      %/web/config.xml{rate}: %/web/state.xml{load}
      \tcp $< $@
      %/web/all: %/web/state.xml{load}
      \techo '$*/web/config.xml{size}=1' >>"$$DMAKE_ASSIGN"; cp $< $@

      """, members: ["n1"], side: side)
    let result = try await world.round()
    #expect(result.problems.map(\.kind) == [.badOutput])
    #expect(result.problems.map(\.target) == [side == .leader ? "n1/web/all" : "n1/web/text"])
    #expect(world.text("n1/web/all.xml") == nil)
  }

  @Test("a file of both sides keeps either from running anything", arguments: [RuleSide.leader, .node])
  func bothSides(side: RuleSide) async throws {
    let world = try world(
      """
      [local]
      %/web/config.xml{rate}: %/web/state.xml{load}
      \tcp $< $@
      %/web/config.xml{size}: %/web/state.xml{load}
      \tcp $< $@

      """, members: ["n1"], side: side)
    let result = try await world.round()
    #expect(result.changes == [])
    let problem = try #require(result.problems.first)
    #expect(problem.kind == .unreadable && problem.place == SourcePlace(file: "DMakefile", line: 5))
    #expect(problem.message.contains("`n1/web/config.xml` is written by this rule"))
  }

  @Test("a count of ends is kept by the file, however often rounds run")
  func events() async throws {
    let world = try world(
      """
      [local]
      %/web/ends: %/web/stop-proc
      \tn=$$(cat $@ 2>/dev/null || echo 0); echo $$((n + $$(grep -c '<event ' $<))) >$@

      """, members: ["n1"], side: .node)
    try await world.round()
    #expect(world.text("n1/web/ends") == "0\n")
    for number in 1...3 as ClosedRange<UInt64> {
      try world.occur("n1", number, .stopProc(try ProcessName("web"), .exited(code: 1)))
      #expect(try await world.round().handled.count == 1)
      #expect(try await world.round().changes == [])
      #expect(world.text("n1/web/ends") == "\(number)\n")
      try await world.restart()
    }
  }
}
