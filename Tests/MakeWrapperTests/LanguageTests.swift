import DMakefile
import Model
import Testing

@testable import MakeWrapper

@Suite("The notations of a DMakefile in rounds of the real make")
struct LanguageTests {
  @Test("an annotated rule runs")
  func annotations() async throws {
    let world = try World(
      """
      [leader east]
      %/web/load: %/web/state.xml{load}
      \tcp $< $@
      [leader east]
      [always count(//load) < 9]
      total: $(DMAKE_NODES:%=%/web/load)
      \tcat $^ > $@

      """)
    try world.set("n1/DMake/config.xml", "<config><process name='web'/></config>")
    try world.set("n2/DMake/config.xml", "<config><process name='web'/></config>")
    try world.set("n1/web/state.xml", "<s><load>1</load></s>")
    try world.set("n2/web/state.xml", "<s><load>2</load></s>")
    let result = try await world.round()
    #expect(result.problems == [])
    #expect(world.text("total") == "1\n2\n")
  }

  @Test("each node's rule depends on its own part of a plan, and does not run for another's")
  func ownPart() async throws {
    let world = try World(
      """
      %/DMake/config.xml: plan.xml{node[@name='%']}
      \techo $* >> ../log; { echo '<config>'; cat $<; echo '</config>'; } > $@

      """)
    func plan(_ first: String, _ second: String) throws {
      try world.set(
        "plan.xml",
        "<plan><node name='n1'><process name='\(first)'><executable>/bin/a</executable></process></node>"
          + "<node name='n2'>\n<process name='\(second)'>\n<executable>/bin/b</executable></process></node></plan>"
      )
    }
    try plan("web", "db")
    let result = try await world.round()
    #expect(result.problems == [])
    #expect(world.log() == ["n1", "n2"])
    #expect(world.text("n2/DMake/config.xml")?.contains("<process name=\"db\">") == true)
    try plan("web", "db2")
    try await world.round()
    #expect(world.log() == ["n2"])
    try plan("web", "db2")
    #expect(try await world.round().changes == [])
    #expect(world.log() == [])
  }

  @Test("`%` is the stem wherever it stands in a prerequisite, in implicit and static pattern rules")
  func severalStems() async throws {
    let world = try World(
      """
      %/web/part: %/web/state.xml{peer[@name='%']}
      \techo $* >> ../log; echo "$$(cat $<) is %/web/state.xml{peer[@name='%']}" > $@
      %/web/config.xml{own}: %/web/state.xml{peer[@name='%']}
      \tcp $< $@
      OWN = out/n1 out/n2
      $(OWN): out/%: %/web/state.xml{peer[@name='%']}
      \tcp $< $@

      """)
    func state(_ node: String, _ own: Int, _ other: Int) throws {
      let peers = ["n1", "n2"].map { "<peer name='\($0)'>\($0 == node ? own : other)</peer>" }
      try world.set("\(node)/DMake/config.xml", "<config><process name='web'/></config>")
      try world.set("\(node)/web/state.xml", "<s>\(peers.joined())</s>")
    }
    try state("n1", 1, 5)
    try state("n2", 2, 6)
    #expect(try await world.round().problems == [])
    #expect(world.text("n1/web/part") == "1 is 1\n")
    #expect(world.text("n2/web/part") == "2 is 2\n")
    #expect(world.text("out/n1") == "1\n")
    #expect(world.text("n2/web/config.xml")?.contains("<own>2</own>") == true)
    #expect(world.log() == ["n1", "n2"])
    // Another's part of the same file runs nothing.
    try state("n1", 1, 9)
    #expect(try await world.round().changes == [])
    try state("n1", 3, 9)
    #expect(try await world.round().problems == [])
    #expect(world.log() == ["n1"])
    #expect(world.text("out/n1") == "3\n")
    #expect(world.text("n1/web/part") == "3 is 3\n")
  }

  @Test("tags in variables: read by all rules that name them, made by one, named in recipes")
  func variables() async throws {
    let world = try World(
      """
      LOADS = $(DMAKE_NODES:%=%/web/state.xml{load})
      PORTS := $(addsuffix /web/config.xml{port},$(DMAKE_NODES))
      total: $(LOADS)
      \techo total >> ../log; cat $^ | paste -sd+ | bc > $@
      $(PORTS): total
      \techo 8$$(cat $<) > $@
      ports: $(PORTS)
      \tcat $(PORTS) > $@

      """)
    try world.set("n1/web/state.xml", "<s><load>1</load></s>")
    try world.set("n2/web/state.xml", "<s><load>2</load></s>")
    let result = try await world.round()
    #expect(result.problems == [])
    #expect(world.text("total") == "3\n")
    #expect(world.text("n2/web/config.xml")?.contains("<port>83</port>") == true)
    #expect(world.text("ports") == "83\n83\n")
    _ = world.log()
    try world.set("n2/web/state.xml", "<s><load>2</load><other/></s>")
    #expect(try await world.round().changes == [])
    #expect(world.log() == [])
    // A node that joins is one more word in the variable.
    world.members.append(try NodeName("n3"))
    try world.set("n3/web/state.xml", "<s><load>4</load></s>")
    #expect(try await world.round().problems == [])
    #expect(world.text("ports") == "87\n87\n87\n")
  }

  @Test("nodes whose names are IP literals")
  func literals() async throws {
    let world = try World(
      """
      %/web/config.xml: %/web/state.xml{load} plan.xml{node[@name='%']}
      \t%/web/config.xml{load}=%/web/state.xml{load} of plan.xml{node[@name='%']}
      total: $(DMAKE_NODES:%=%/web/state.xml{load}) $(DMAKE_NODES:%=%/web/config.xml)
      \techo '$(DMAKE_NODES)' $(words $^) > $@
      \ttotal.xml{nodes}=$(DMAKE_NODES)
      fe80\\:\\:1/web/own: fe80\\:\\:1/web/state.xml{load}
      \tcat $< > $@
      %/web/plain:
      \techo $* $@ > $@

      """, members: ["fe80::1", "10.0.0.2"])
    for node in ["fe80::1", "10.0.0.2"] {
      try world.set("\(node)/DMake/config.xml", "<config><process name='web'/></config>")
      try world.set("\(node)/web/state.xml", "<s><load>\(node.count)</load></s>")
    }
    try world.set("plan.xml", "<p><node name='fe80::1'>a</node><node name='10.0.0.2'>b</node></p>")
    let result = try await world.round()
    #expect(result.problems == [])
    #expect(world.text("fe80::1/web/config.xml")?.contains("<load>7 of a</load>") == true)
    #expect(world.text("10.0.0.2/web/config.xml")?.contains("<load>8 of b</load>") == true)
    #expect(world.text("total") == "10.0.0.2 fe80::1 4\n")
    #expect(world.text("total.xml")?.contains("<nodes>10.0.0.2 fe80::1</nodes>") == true)
    #expect(world.text("fe80::1/web/own") == "7\n")
    #expect(world.text("fe80::1/web/plain") == "fe80::1 fe80::1/web/plain\n")
    try world.set("fe80::1/web/state.xml", "<s><load>9</load></s>")
    #expect(try await world.round().problems == [])
    #expect(world.text("fe80::1/web/own") == "9\n")
  }

  @Test("a set is assigned line by line, and an element is removed")
  func sets() async throws {
    let world = try World(
      """
      n1/web/config.xml: n1/web/state.xml{name} in
      \tn1/web/config.xml{server}=one
      \tn1/web/config.xml{server}=n1/web/state.xml{@kind}
      \tn1/web/config.xml{names/name}=n1/web/state.xml{name}
      \tn1/web/config.xml{old}-=
      \tn1/web/config.xml{gone}=1
      \tn1/web/config.xml{gone}-=
      \tn1/web/config.xml{back}-=
      \tn1/web/config.xml{back}=2

      """, ["templates/web/config.xml": "<config><old>x</old><old/><gone/><keep/></config>\n"])
    try world.set("in", "")
    try world.set("n1/web/state.xml", "<s kind='k'><name>a b</name><name>c</name><name>d</name></s>")
    let result = try await world.round()
    #expect(result.problems == [])
    #expect(
      world.text("n1/web/config.xml")?.filter { !$0.isWhitespace }.hasSuffix(
        "<config><keep/><back>2</back><names><name>ab</name><name>c</name><name>d</name></names>"
          + "<server>one</server><server>k</server></config>") == true,
      "\(world.text("n1/web/config.xml") ?? "")")
    try world.set("n1/web/state.xml", "<s kind='k'><name>z</name></s>")
    try await world.round()
    #expect(world.text("n1/web/config.xml")?.contains("<name>c</name>") == false)
  }
}
