import Model
import Testing

@testable import MakeWrapper

/// Files that rules set by tags.
extension FixpointTests {
  @Test("an event whose rule was refused for a conflict stays, and is handled once when the conflict is over")
  func conflictAndEvent() async throws {
    let world = try world(
      """
      out/x: n1/p/stop-proc n1/p/state.xml{a}
      \tout/c.xml{r}=n1/p/state.xml{a}
      \tcat $< >> $@
      out/y: n1/p/state.xml{b}
      \tout/c.xml{r}=n1/p/state.xml{b}
      \techo > $@

      """, states: ["n1/p/state.xml": "<s><a>1</a><b>2</b></s>"])
    try await world.round()
    try world.occur("n1", 1, .stopProc(try ProcessName("p"), .exited(code: 1)))
    world.tick += 100
    #expect(try await world.round().handled == [])
    try world.set("n1/p/state.xml", "<s><a>3</a><b>3</b></s>")
    #expect(try await world.round().handled.count == 1)
    #expect(world.text("out/x")?.split(separator: "<event ").count == 2)
  }

  @Test("who reads a value of which two rules disagree is not blamed for it")
  func readerOfConflict() async throws {
    let world = try world(
      """
      a: n1/p/state.xml{x}
      \techo 'c.xml{r}'=n1/p/state.xml{x} >> "$$DMAKE_ASSIGN"; echo a > $@
      b: n1/p/state.xml{y}
      \techo 'c.xml{r}'=n1/p/state.xml{y} >> "$$DMAKE_ASSIGN"; echo b > $@
      u: c.xml{r}
      \tcp $< $@

      """, states: ["n1/p/state.xml": "<s><x>3</x><y>3</y></s>"])
    #expect(try await world.round().problems == [])
    try world.set("n1/p/state.xml", "<s><x>4</x><y>3</y></s>")
    let problems = try await world.round().problems
    #expect(
      problems.allSatisfy { $0.kind == .conflict && $0.target != "u" } && !problems.isEmpty, "\(problems)")
    #expect(world.text("u") == "3\n")
    try world.set("n1/p/state.xml", "<s><x>4</x><y>4</y></s>")
    world.tick += 1_000_000
    #expect(try await world.round().problems == [])
    #expect(world.text("u") == "4\n")
  }

  @Test("a file that recipes write whole and set by tags too is the same whatever ran before")
  func wholeAndTags() async throws {
    for other in ["", "out/d: n1/p/state.xml{b}\n\techo > $@"] {
      let world = try world(
        """
        out/c.xml: n1/p/state.xml{a}
        \techo "<c><a>$$(cat $<)</a></c>" > $@
        \(other)
        \tout/c.xml{r}=n1/p/state.xml{b}

        """, states: ["n1/p/state.xml": "<s><a>1</a><b>7</b></s>"])
      try await world.round()
      let first = world.text("out/c.xml")
      for value in ["2", "1"] {
        try world.set("n1/p/state.xml", "<s><a>\(value)</a><b>7</b></s>")
        #expect(try await world.round().problems == [])
      }
      #expect(world.text("out/c.xml") == first, "\(other)")
    }
  }

  @Test(
    "what a rule made beside tags that fit in no file is taken back, and its event is handled once it succeeds")
  func refusedAssembly() async throws {
    let policy = """
      out/x: n1/p/stop-proc n1/p/state.xml{a}
      \tout/c.xml{r}=n1/p/state.xml{a}
      \tcat $< >> $@

      """
    let world = try world(
      policy, ["templates/out/c.xml": "<c><r>0</r>"], states: ["n1/p/state.xml": "<s><a>1</a></s>"])
    try await world.round()
    try world.occur("n1", 1, .stopProc(try ProcessName("p"), .exited(code: 1)))
    for _ in 0..<3 {
      world.tick += 100
      let result = try await world.round()
      #expect(result.problems.map(\.kind) == [.badOutput])
      #expect(result.handled == [])
      #expect(world.text("out/x") == nil)
    }
    let files = ["node.xml": Self.node, "templates/out/c.xml": "<c><r>0</r></c>"]
    try world.activate(policy + Self.configuration, files)
    #expect(try await world.round().handled.count == 1)
    #expect(world.text("out/x")?.split(separator: "<event ").count == 2)
  }

  @Test("of two rules in conflict none wins by running alone, or because the other's values are taken back")
  func conflictAlone() async throws {
    let world = try world(
      """
      out/x: n1/p/state.xml{a}
      \tout/c.xml{r}=x n1/p/state.xml{a}
      \techo > $@
      out/y: n1/p/state.xml{b}
      \tout/c.xml{r}=y n1/p/state.xml{b}
      \techo > $@
      out/v: n1/p/state.xml{a}
      \tout/d.xml{r}=1
      \tt.xml{k}=n1/p/state.xml{a}
      \techo n1/p/state.xml{a} > $@
      out/w: t.xml{k}
      \tout/d.xml{r}=2
      \techo > $@

      """)
    for state in ["<a>1</a><b>1</b>", "<a>6</a><b>1</b>", "<a>6</a><b>7</b>", "<a>6</a><b>7</b>"] {
      try world.set("n1/p/state.xml", "<s>\(state)</s>")
      world.tick += 1
      let problems = try await world.round().problems
      #expect(problems.map(\.target) == ["out/v", "out/w", "out/x", "out/y"])
      #expect(problems.allSatisfy { $0.kind == .conflict })
      for file in ["out/c.xml", "out/d.xml"] { #expect(world.text(file)?.contains("<r>") != true) }
      try await world.restart()
    }
  }
}
