import DMakefile
import Model
import Testing

@testable import MakeWrapper

@Suite("Tags in canned recipes, in functions of recipes and in rules that eval makes")
struct CannedRecipeTests {
  private func world(_ policy: String, _ files: [String: String] = [:]) throws -> World {
    let world = try World(policy, files)
    for (node, load) in [("n1", 1), ("n2", 2)] {
      try world.set("\(node)/DMake/config.xml", "<config><process name='web'/></config>")
      try world.set("\(node)/web/state.xml", "<s><load>\(load)</load><other>o</other></s>")
    }
    return world
  }

  @Test("a tag in a canned recipe is a value of each rule that uses it, and each runs for its own")
  func define() async throws {
    let world = try world(
      """
      define note
      echo $* >> ../log
      @echo "it is %/web/state.xml{load}" %/web/state.xml{load} \\
        > $@
      endef
      %/web/note: %/web/state.xml{load}
      \t$(note)
      %/web/again: %/web/state.xml{load}
      \t-@$(call note)
      \techo more >> $@

      """)
    #expect(try await world.round().problems == [])
    #expect(world.text("n1/web/note") == "it is 1 1\n")
    #expect(world.text("n2/web/again") == "it is 2 2\nmore\n")
    _ = world.log()
    try world.set("n2/web/state.xml", "<s><load>$(touch /x) \"`'</load></s>")
    #expect(try await world.round().problems == [])
    #expect(world.log() == ["n2", "n2"])
    #expect(world.text("n2/web/note") == "it is $(touch /x) \"`' $(touch /x) \"`'\n")
  }

  @Test("arguments of call: nodes, tags and make's own references, through two canned recipes")
  func call() async throws {
    let world = try world(
      """
      define set
      $2{load}=$(1)/web/state.xml{load} of $1
      $2{all}=($3
      endef
      define both
      $(call set,$1,$@,$2)
      echo $1 >> ../log
      endef
      n1/web/config.xml: n2/web/state.xml{load} n1/web/state.xml{other}
      \t$(call both,n2,n1/web/state.xml{other})
      total.xml{sum}: n1/web/state.xml{load}
      \t$(call put,n1/web/state.xml{load} and more)
      n1/web/own: total.xml{sum} ; cp $< $@
      define put
      echo $1 > $@
      endef

      """)
    #expect(try await world.round().problems == [])
    #expect(world.text("n1/web/config.xml")?.contains("<load>2 of n2</load>") == true)
    #expect(world.text("n1/web/config.xml")?.contains("<all>(o</all>") == true)
    #expect(world.text("n1/web/own") == "1 and more\n")
    _ = world.log()
    try world.set("n1/web/state.xml", "<s><load>8</load><other>o</other></s>")
    #expect(try await world.round().problems == [])
    #expect(world.log() == [])
    #expect(world.text("n1/web/own") == "8 and more\n")
  }

  @Test("a value that no prerequisite names is read when the rule runs, and said by lint at its place")
  func undeclared() async throws {
    let policy = """
      include more.mk
      n1/web/a: n1/web/state.xml{load}
      \t$(put)
      n1/web/b: n1/web/state.xml{load} n1/web/state.xml{other}
      \t$(put)

      """
    let more = "# a comment\nput = echo n1/web/state.xml{other} > $@\n"
    let world = try world(policy, ["more.mk": more])
    #expect(try await world.round().problems == [])
    #expect(world.text("n1/web/b") == "o\n")
    let findings = Translator.translate(bundle: try World.bundle(policy, ["more.mk": more])).diagnostics
    #expect(findings.map(\.code) == [.undeclaredRead])
    #expect(findings.map { "\($0.file):\($0.line):\($0.column)" } == ["more.mk:2:12"])
  }

  @Test("under .ONESHELL, in targets of variables, and below a conditional")
  func contexts() async throws {
    let world = try world(
      """
      .ONESHELL:
      define both
      v=n1/web/state.xml{load}
      echo "$$v n1/web/state.xml{other}" > $@
      endef
      T := n1/web/first
      $(T): n1/web/state.xml{load} n1/web/state.xml{other}
      \t$(both)
      T := n1/web/second
      ifneq ($(DMAKE_NODES),)
      $(T): n1/web/state.xml{load} n1/web/state.xml{other}
      \t$(both)
      endif

      """)
    #expect(try await world.round().problems == [])
    #expect(world.text("n1/web/first") == "1 o\n")
    #expect(world.text("n1/web/second") == "1 o\n")
  }

  @Test("in the branches of make's if, or and foreach a tag is its value")
  func functions() async throws {
    let world = try world(
      """
      %/web/note: n1/web/state.xml{load} n2/web/state.xml{load}
      \techo $(if $(filter n1,$*),n1/web/state.xml{load},"it is n2/web/state.xml{load}") > $@
      \techo $(or $(NONE),n1/web/state.xml{load}) $(foreach x,a b,$x n2/web/state.xml{load}) >> $@

      """)
    #expect(try await world.round().problems == [])
    #expect(world.text("n1/web/note") == "1\n1 a 2 b 2\n")
    #expect(world.text("n2/web/note") == "it is 2\n1 a 2 b 2\n")
  }

  @Test("rules that eval makes of a text with parameters, and of a line of its own")
  func eval() async throws {
    let world = try world(
      """
      define rules
      $1/web/copy: $1/web/state.xml{load} $(1)/web/state.xml{other}
      \techo $1 >> ../log
      \techo "$1 has $1/web/state.xml{load}" $$$$(cat $$<) $$(@D)/state.xml{other} > $$@

      $1/web/config.xml: $1/web/state.xml{load}
      \t$1/web/config.xml{load}=$1/web/state.xml{load} at $1
      \t$$@{of[@node='$1']/it}=x

      shares.xml{share[@node='$1']}: $1/web/state.xml{load}
      \tcp $$< $$@
      endef
      $(foreach n,$(DMAKE_NODES),$(eval $(call rules,$n)))
      $(foreach n,$(DMAKE_NODES),$(eval $n/web/line: $n/web/state.xml{load} ; echo $n/web/state.xml{load} > $$@))
      $(foreach n,$(DMAKE_NODES),$(eval LOADS += $n/web/state.xml{load}))
      total: $(LOADS) $(foreach n,$(DMAKE_NODES),shares.xml{share[@node='$n']})
      \tcat $^ > $@

      """)
    #expect(try await world.round().problems == [])
    #expect(world.text("n1/web/copy") == "n1 has 1 1 o\n")
    #expect(world.text("n2/web/copy") == "n2 has 2 2 o\n")
    #expect(world.text("n2/web/config.xml")?.contains("<load>2 at n2</load>") == true)
    #expect(world.text("n2/web/config.xml")?.contains("<of node=\"n2\">") == true)
    #expect(world.text("n2/web/line") == "2\n")
    #expect(world.text("total") == "1\n2\n1\n2\n")
    _ = world.log()
    try world.set("n2/web/state.xml", "<s><load>$(touch /x) \"`'</load><other>p</other></s>")
    #expect(try await world.round().problems == [])
    #expect(world.log() == ["n2"])
    #expect(world.text("n2/web/copy")?.hasPrefix("n2 has $(touch /x) \"`' ") == true)
    #expect(world.text("n2/web/line") == "$(touch /x) \"`'\n")
    #expect(world.text("n2/web/config.xml")?.contains("`' at n2</load>") == true)
    // A node that joins gets its rules.
    world.members.append(try NodeName("n3"))
    try world.set("n3/DMake/config.xml", "<config><process name='web'/></config>")
    try world.set("n3/web/state.xml", "<s><load>3</load></s>")
    #expect(try await world.round().problems == [])
    #expect(world.text("n3/web/line") == "3\n")
    #expect(world.log() == ["n3"])
  }

  @Test("patterns that eval makes read their own stem's values, also such as no prerequisite names")
  func evalPattern() async throws {
    let world = try world(
      """
      define pattern
      %/web/$1: %/$2/state.xml{other}
      \techo $$* $1 >> ../log
      \techo %/$2/state.xml{other} $$*/web/state.xml{load} > $$@
      endef
      $(eval $(call pattern,other,web))

      """)
    #expect(try await world.round().problems == [])
    #expect(world.text("n2/web/other") == "o 2\n")
    _ = world.log()
    try world.set("n2/web/state.xml", "<s><load>5</load><other>p</other></s>")
    #expect(try await world.round().problems == [])
    #expect(world.log() == ["n2 other"])
    #expect(world.text("n2/web/other") == "p 5\n")
  }
}
