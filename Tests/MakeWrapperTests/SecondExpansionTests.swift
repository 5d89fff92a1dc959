import Model
import Testing

@testable import MakeWrapper

@Suite("Tags in second expansions, and in what `eval` reads, for nodes of all names")
struct SecondExpansionTests {
  @Test("a variable behind `$$` names the file whose value a pattern rule reads")
  func files() async throws {
    let world = try World(
      """
      F = n2/p/state.xml
      FILE_n1 = n2/p/state.xml
      FILE_n2 = n1/p/state.xml n2/p/state.xml
      .SECONDEXPANSION:
      %/p/a: $$(F){load}
      \tcat $^ > $@
      $(DMAKE_NODES:%=%/p/b): %/p/b: $$(F){load} $$(FILE_$$*){load}
      \tcat $^ > $@
      %/p/c: $$(firstword $$(DMAKE_NODES))/p/state.xml{load}
      \tcat $^ > $@
      n1/p/d: $$(F){load}
      \tcat $^ > $@

      """)
    for (node, load) in [("n1", 1), ("n2", 2)] {
      try world.set("\(node)/DMake/config.xml", "<config><process name='p'/></config>")
      try world.set("\(node)/p/state.xml", "<s><load>\(load)</load><x>9</x></s>")
    }
    #expect(try await world.round().problems == [])
    #expect(["n1/p/a", "n1/p/b", "n1/p/c", "n1/p/d"].map(world.text) == ["2\n", "2\n", "1\n", "2\n"])
    #expect(["n2/p/a", "n2/p/b", "n2/p/c"].map(world.text) == ["2\n", "2\n1\n", "1\n"])
  }

  @Test("functions of names complete the name of a variable")
  func computed() async throws {
    let world = try World(
      """
      ZONE_m1 = east
      .SECONDEXPANSION:
      %/p/zone: zones.xml{zone[@name='$$(ZONE_$$(subst n,m,$$*))']} $$(ZONE_$$(subst n,m,$$*))
      \tcat $^ > $@

      """, members: ["n1"])
    try world.set("n1/DMake/config.xml", "<config><process name='p'/></config>")
    try world.set("zones.xml", "<z><zone name='east'>7</zone></z>")
    try world.set("east", "file\n")
    #expect(try await world.round().problems == [])
    #expect(world.text("n1/p/zone") == "7\nfile\n")
  }

  @Test("a variable that a node's name completes is undefined for some", arguments: ["n2", "fe80::5"])
  func undefined(node: String) async throws {
    let world = try World(
      """
      ZONE_n1 = east
      .SECONDEXPANSION:
      %/p/zone: zones.xml{zone[@name='$$(ZONE_$$*)']}
      \tcp $< $@

      """, members: ["n1", node])
    for name in ["n1", node] {
      try world.set("\(name)/DMake/config.xml", "<config><process name='p'/></config>")
    }
    try world.set("zones.xml", "<z><zone name='east'>7</zone></z>")
    #expect(try await world.round().problems == [])
    #expect(world.text("n1/p/zone") == "7\n" && world.text("\(node)/p/zone") == "")
  }

  @Test("a template's recipe and a simple variable have an IP literal as it is")
  func literals() async throws {
    let world = try World(
      """
      NODES := $(DMAKE_NODES)
      define rule
      $1/p/copy: $1/p/state.xml{load}
      \t@echo "$1: $1/p/state.xml{load}" > $$@
      \t$1/p/config.xml{of}=$1
      endef
      $(foreach n,$(NODES),$(eval $(call rule,$n)))
      all: $(NODES:%=%/p/copy)
      \t@echo '$(NODES)' > $@; cat $^ >> $@

      """, members: ["fe80::5", "n1"])
    for node in ["n1", "fe80::5"] { try world.set("\(node)/p/state.xml", "<s><load>\(node.count)</load></s>") }
    #expect(try await world.round().problems == [])
    #expect(world.text("fe80::5/p/copy") == "fe80::5: 7\n")
    #expect(world.text("fe80::5/p/config.xml")?.contains("<of>fe80::5</of>") == true)
    #expect(world.text("all") == "fe80::5 n1\nfe80::5: 7\nn1: 2\n")
  }
}
