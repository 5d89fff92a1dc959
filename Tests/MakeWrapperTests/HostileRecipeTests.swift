import Model
import Testing

@testable import MakeWrapper

@Suite("Recipes that harm make or its folders spoil no other rule")
struct HostileRecipeTests {
  @Test("a recipe that kills make fails alone", arguments: ["KILL", "TERM"], [1, 4])
  func killedMake(signal: String, jobs: Int) async throws {
    var limits = MakeLimits()
    limits.jobs = jobs
    let world = try World(
      """
      b: n1/p/state.xml ; kill -\(signal) $$PPID; sleep 0.1; echo b > $@
      bb: b ; cp $< $@
      %/p/good: %/p/state.xml{a} ; cp $< $@
      z: n1/p/state.xml{a}
      \tcp $< $@
      \tz.xml{once}=n1/p/state.xml{a}
      \techo 'z.xml{told}=x' >> "$$DMAKE_ASSIGN"
      zz: n1/p/state.xml{a}
      \techo line >> $@

      """, limits: limits)
    for node in ["n1", "n2"] {
      try world.set("\(node)/DMake/config.xml", "<config><process name='p'/></config>")
    }
    for value in ["1", "2"] {
      for node in ["n1", "n2"] { try world.set("\(node)/p/state.xml", "<s><a>\(value)</a></s>") }
      let problems = try await world.round().problems
      #expect(problems.map(\.target) == ["b"], "\(problems)")
      #expect(problems.first?.message.contains("killed") == true)
      #expect(["n1/p/good", "n2/p/good", "z"].map(world.text) == Array(repeating: "\(value)\n", count: 3))
      #expect(world.text("b") == nil && world.text("bb") == nil)
      let lines = String(repeating: "line\n", count: Int(value) ?? 0)
      #expect(world.text("zz") == lines)
      let text = world.text("z.xml") ?? ""
      #expect(text.ranges(of: "<once>").count == 1 && text.ranges(of: "<told>").count == 1, "\(text)")
    }
  }

  @Test("a folder that a recipe made in place of its target is in no later rule's way")
  func folder() async throws {
    let world = try World("a: ; mkdir -p a\n")
    #expect(try await world.round().problems.map(\.target) == ["a"])
    try world.activate("c: ; echo c > $@\n")
    #expect(try await world.round().problems == [])
    try world.activate("a: ; echo ok > a\nall: a ; cat a > $@\n")
    #expect(try await world.round().problems == [])
    #expect(world.text("all") == "ok\n")
  }

  @Test("a value that is not UTF-8 is the rule's failure")
  func bytes() async throws {
    let world = try World(
      "y.xml{v}: n1/p/state.xml{a} ; printf 'a\\377b' > $@\nn1/p/y: y.xml{v} ; cat $< > $@\n")
    try world.set("n1/p/state.xml", "<s><a>1</a></s>")
    let problems = try await world.round().problems
    #expect(problems.map(\.target) == ["y.xml{v}"])
    #expect(problems.first?.message.contains("UTF-8") == true)
    #expect(world.text("n1/p/y") == "")
  }

  @Test("a stem with a slash leads to a file that is intermediate")
  func deepStem() async throws {
    let world = try World(
      "all: lib/a/b/x ; cat $< > $@\nlib/%/x: src/% ; cat $< > $@\nsrc/a/b: ; echo b > $@\n")
    #expect(try await world.round().problems == [])
    #expect(world.text("all") == "b\n")
  }
}
