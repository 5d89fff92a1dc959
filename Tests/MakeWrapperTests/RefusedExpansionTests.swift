import Model
import Testing

@testable import MakeWrapper

/// make ends as a whole where a function refuses its argument.
@Suite("A recipe that make cannot expand keeps no other from running")
struct RefusedExpansionTests {
  @Test(
    "a value that make's functions refuse fails the rules that read it, and no other",
    arguments: [
      "$(word $(file <$<),x y z)", "$(pick)", "$(if $(filter 0,$(file <$<)),$(error no number),y)",
      "$(call choose,$(file <$<))",
    ])
  func refusedValue(text: String) async throws {
    let world = try World(
      """
      pick = $(word $(file <$<),x y z)
      choose = $(word $1,x y z)
      n1/p/%.out n1/q/%.out &: n1/p/%.in
      \techo \(text) > n1/p/$*.out; cp n1/p/$*.out n1/q/$*.out
      n1/p/%.sum: n1/p/%.out
      \tcp $< $@
      n1/p/all: n1/p/a.sum n1/p/b.sum n1/p/c.sum n1/p/d.sum | n1/p/a.out
      \tcat $^ > $@
      n1/p/some: n1/p/b.sum n1/p/d.sum
      \tcat $^ > $@
      values.xml{set}: n1/p/b.sum n1/p/in.xml{v}
      \tvalues.xml{set}=is n1/p/in.xml{v}
      n1/p/told: values.xml{set}
      \tcat $^ > $@

      """)
    try world.set("n1/DMake/config.xml", "<config><process name='p'/><process name='q'/></config>")
    for (name, value) in ["a": "2", "b": "2", "c": "2", "d": "2"] { try world.set("n1/p/\(name).in", value) }
    try world.set("n1/p/in.xml", "<in><v>1</v></in>")
    #expect(try await world.round().problems == [])
    let good = world.text("n1/p/a.sum")
    // Two values are wrong at once, another is good and changes in the same round.
    try world.set("n1/p/a.in", "0")
    try world.set("n1/p/c.in", "0")
    try world.set("n1/p/b.in", "2 ")
    try world.set("n1/p/d.in", "2\n")
    try world.set("n1/p/in.xml", "<in><v>5</v></in>")
    let result = try await world.round()
    #expect(
      result.problems.map(\.target) == ["n1/p/a.out", "n1/p/c.out", "n1/q/a.out", "n1/q/c.out"],
      "\(result.problems)")
    #expect(result.problems.allSatisfy { $0.message.contains("make cannot expand the recipe") })
    #expect(world.text("n1/p/a.sum") == good && world.text("n1/p/some") == "\(good ?? "")\(good ?? "")")
    #expect(world.text("n1/p/told") == "is 5\n")
    try world.set("n1/p/a.in", "2")
    try world.set("n1/p/c.in", "2")
    #expect(try await world.round().problems == [])
    #expect(world.text("n1/p/all") == String(repeating: good ?? "", count: 4))
  }

  @Test("what a recipe prints is not taken for make's own end")
  func borrowedEnd() async throws {
    let world = try World(
      """
      a:
      \t@printf 'all:\\n\\t@echo $$(words x\\n' > sub.mk; $(MAKE) -s -f sub.mk || true; rm sub.mk; echo 1 > $@
      b: a
      \techo "make: *** No rule to make target 'a'.  Stop."; echo 2 > $@
      c: b
      \techo "Must remake target 'a'."; echo "x:1: *** y.  Stop."; false
      d:
      \techo 4 > $@

      """)
    let result = try await world.round()
    #expect(result.problems.map(\.target) == ["c"], "\(result.problems)")
    #expect(result.problems.last?.message.contains("Must remake target 'a'.") == true, "\(result.problems)")
    #expect(try world.filesOnDisk() == ["a": "1\n", "b": "2\n", "d": "4\n"])
  }
}
