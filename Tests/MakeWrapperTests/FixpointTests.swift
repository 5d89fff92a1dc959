import Model
import Testing

@testable import MakeWrapper

@Suite("A round ends where every file is what its rule makes of what the rule reads")
struct FixpointTests {
  static let node = "<config><process name='p'/><process name='q'/></config>"
  static let configuration = "%/DMake/config.xml: ; cp $(DMAKE_BUNDLE)/node.xml $@\n"

  func world(
    _ policy: String, _ files: [String: String] = [:], members: [String] = ["n1"],
    states: [String: String] = [:]
  ) throws -> World {
    let world = try World(
      policy + Self.configuration, files.merging(["node.xml": Self.node]) { $1 }, members: members)
    for (path, text) in states { try world.set(path, text) }
    return world
  }

  func activate(_ world: World, _ policy: String, _ files: [String: String]) async throws {
    try world.activate(policy + Self.configuration, files.merging(["node.xml": Self.node]) { $1 })
    #expect(try await world.round().problems == [])
  }

  @Test("a rule runs again in the pass after the one in which it assigned, for a value that this pass assigned")
  func assignedTwice() async throws {
    let world = try world(
      """
      e.xml{e}: n1/p/state.xml{a}
      \tcp $< $@
      n1/q/t.xml: n1/p/state.xml{b} e.xml{e}
      \tn1/q/t.xml{x}=n1/p/state.xml{b} e.xml{e}

      """)
    for number in ["1", "2", "3"] {
      try world.set("n1/p/state.xml", "<s><a>\(number)</a><b>\(number)</b></s>")
      #expect(try await world.round().problems == [])
      #expect(world.text("n1/q/t.xml")?.contains("<x>\(number) \(number)</x>") == true)
    }
  }

  @Test("a rule with double colons runs again for the same reason")
  func doubleColon() async throws {
    let world = try world(
      """
      e.xml{e}: n1/p/state.xml{a}
      \tcp $< $@
      n1/q/t.xml:: n1/p/state.xml{b} e.xml{e}
      \tn1/q/t.xml{x}=n1/p/state.xml{b} e.xml{e}

      """)
    for number in ["1", "2"] {
      try world.set("n1/p/state.xml", "<s><a>\(number)</a><b>\(number)</b></s>")
      #expect(try await world.round().problems == [])
      #expect(world.text("n1/q/t.xml")?.contains("<x>\(number) \(number)</x>") == true)
    }
  }

  @Test(
    "another template is another file",
    arguments: [
      ("n1/p/t.xml", "templates/p/t.xml"), ("n1/p/t.xml", "templates/n1/p/t.xml"),
      ("n1/DMake/x.xml", "templates/DMake/x.xml"), ("out/t.xml", "templates/out/t.xml"),
    ])
  func templates(path: String, template: String) async throws {
    let policy = "\(path){x}: n1/p/state.xml{a}\n\tcp $< $@\n"
    let world = try world(policy, [template: "<t><k>1</k></t>"], states: ["n1/p/state.xml": "<s><a>7</a></s>"])
    try await world.round()
    for (text, kept) in [("<t><k>2</k></t>", "<k>2</k>"), ("<t><l/></t>", "<l/>"), (nil, "<x>7</x>")] {
      try await world.restart()
      try await activate(world, policy, text.map { [template: $0] } ?? [:])
      #expect(world.text(path)?.contains(kept) == true, "\(world.text(path) ?? "")")
      #expect(world.text(path)?.contains("<x>7</x>") == true)
    }
    #expect(world.text(path)?.contains("<k>") == false)
  }

  @Test(
    "a file of the bundle that a rule can use is an input of the rule, with a tag in its recipe or without",
    arguments: ["n1/p/state.xml{a}", "$$(cat $<)"],
    [
      ("", "$(DMAKE_BUNDLE)/prog \"VALUE\" > $@"), ("", "prog \"VALUE\" > $@"),
      ("", "cat $(DMAKE_BUNDLE)/t > $@; echo \"VALUE\" >> $@"), ("", "$$DMAKE_BUNDLE/outer \"VALUE\" > $@"),
      ("P = prog\n", "$(P) \"VALUE\" > $@"), ("export RUN = prog\n", "$$RUN \"VALUE\" > $@"),
      ("out/f: P = prog\n", "$(P) \"VALUE\" > $@"), ("out/%: P = prog\n", "$(P) \"VALUE\" > $@"),
      ("define run\n@prog \"VALUE\" > $@\nendef\n", "$(run)"), ("SHELL = $(DMAKE_BUNDLE)/shell\n", "x"),
      ("", "cat $(DMAKE_BUNDLE)/templates/x > $@; echo \"VALUE\" >> $@"),
    ])
  func bundleFiles(value: String, form: (head: String, recipe: String)) async throws {
    func text(_ text: String) -> String { text.replacing("VALUE", with: value) }
    let policy = "\(text(form.head))out/f: n1/p/state.xml{a}\n\t\(text(form.recipe))\n"
    func files(_ number: Int) -> [String: String] {
      [
        "prog": "#!/bin/sh\necho \(number) \"$@\"\n", "outer": "#!/bin/sh\nexec prog \"$@\"\n",
        "t": "\(number)\n",
        "shell": "#!/bin/sh\nif [ \"$2\" = x ]; then echo \(number) > out/f; else exec sh -c \"$2\"; fi\n",
        "templates/x": "\(number)\n",
      ]
    }
    let world = try world(policy, files(1), states: ["n1/p/state.xml": "<s><a>7</a></s>"])
    #expect(try await world.round().problems == [])
    let before = try #require(world.text("out/f"))
    #expect(before.hasPrefix("1"))
    try await activate(world, policy, files(2))
    #expect(world.text("out/f") == "2" + before.dropFirst())
    try await activate(world, policy, files(1))
    #expect(world.text("out/f") == before)
  }

  @Test(
    "a rule whose stem is another, or whose recipe is run otherwise, is another rule",
    arguments: [
      ("g: x.c ; cp $< $@\n%.c: ; echo $* > $@\n", "g: x.c ; cp $< $@\nx%: ; echo $* > $@\n", "x\n", ".c\n"),
      (
        "x.c: %.c: ; echo $* > $@\ng: x.c ; cp $< $@\n", "x.c: x%: ; echo $* > $@\ng: x.c ; cp $< $@\n", "x\n",
        ".c\n"
      ),
      ("g:\n\ty=1\n\techo \"[$$y]\" > $@\n", ".ONESHELL:\ng:\n\ty=1\n\techo \"[$$y]\" > $@\n", "[]\n", "[1]\n"),
    ])
  func otherRule(before: String, after: String, first: String, second: String) async throws {
    let world = try world(before)
    #expect(try await world.round().problems == [])
    #expect(world.text("g") == first)
    try await activate(world, after, [:])
    #expect(world.text("g") == second)
    try await activate(world, before, [:])
    #expect(world.text("g") == first)
  }

  @Test("a target that is absent, present and absent again reads as nothing")
  func absentAgain() async throws {
    let policy = """
      %/p/addr: %/p/state.xml{a}
      \tcp $< $@
      n1/p/peer: n3/p/addr
      \tcp $< $@
      n1/p/later: n1/p/state.xml{a} | n3/p/addr
      \tcat n3/p/addr > $@ 2>/dev/null || true

      """
    let world = try world(policy, states: ["n1/p/state.xml": "<s><a>1</a></s>"])
    try await world.round()
    for number in ["3", "3", "4"] {
      world.members = try ["n1", "n3"].map { try NodeName($0) }
      try world.set("n3/p/state.xml", "<s><a>\(number)</a></s>")
      try await world.round()
      #expect(world.text("n1/p/peer") == "\(number)\n")
      try world.lose("n3")
      try await world.round()
      #expect(world.text("n1/p/peer") == "")
    }
  }

  @Test("so does a target whose rule came and went with policies")
  func ruleGoneAgain() async throws {
    let reader = "out/f: out/g\n\tcp $< $@\n"
    let maker = "out/g: n1/p/state.xml{a}\n\tcp $< $@\n"
    let world = try world(reader, states: ["n1/p/state.xml": "<s><a>1</a></s>"])
    try await world.round()
    for _ in 0..<2 {
      try await activate(world, reader + maker, [:])
      #expect(world.text("out/f") == "1\n")
      try await activate(world, reader, [:])
      #expect(world.text("out/f") == "")
    }
  }

  @Test("a rule whose order-only prerequisite failed waits, and runs when that is there, though it is the same")
  func orderOnly() async throws {
    let world = try world(
      """
      out/a: n1/p/state.xml{ok}
      \ttest "$$(cat $<)" = yes && echo done > $@
      out/b: n1/p/state.xml{b} | out/a
      \tcp $< $@
      out/c: out/b
      \tcp $< $@

      """, states: ["n1/p/state.xml": "<s><ok>yes</ok><b>1</b></s>"])
    try await world.round()
    try world.set("n1/p/state.xml", "<s><ok>no</ok><b>2</b></s>")
    #expect(try await world.round().problems.map(\.target) == ["out/a"])
    #expect(world.text("out/c") == "1\n")
    try world.set("n1/p/state.xml", "<s><ok>yes</ok><b>2</b></s>")
    #expect(try await world.round().problems == [])
    #expect(world.text("out/c") == "2\n")
  }

  @Test(
    "what is assigned to an order-only prerequisite is in its file when the rule runs, through a group too",
    arguments: ["n1/q/z.xml", "group", "n1/q/z.xml{t}"])
  func assignedOrder(name: String) async throws {
    let world = try World(
      """
      n1/p/first.xml: n1/p/state.xml{a}
      \techo "<d><s>$$(cat $<)</s></d>" > $@
      n1/q/z.xml: n1/p/first.xml{s}
      \tn1/q/z.xml{t}=n1/p/first.xml{s}
      group: n1/q/z.xml
      n1/q/out: n1/q/state.xml{b} | \(name)
      \tcat $< \(name == "group" ? "n1/q/z.xml" : "$|") > $@

      """)
    try await expectOrder(in: world, isOfValue: name.hasSuffix("}"))
  }

  /// Changes both states at once, and expects that `out` has the one and what is made of the other.
  private func expectOrder(in world: World, isOfValue: Bool = false) async throws {
    try world.set("n1/DMake/config.xml", "<config><process name='p'/><process name='q'/></config>")
    for (a, b) in [("1", "2"), ("3", "4"), ("5", "6")] {
      try world.set("n1/p/state.xml", "<s><a>\(a)</a></s>")
      try world.set("n1/q/state.xml", "<s><b>\(b)</b></s>")
      #expect(try await world.round().problems == [])
      let document = try #require(world.text("n1/q/z.xml"))
      #expect(document.contains("<t>\(a)</t>"))
      #expect(world.text("n1/q/out") == "\(b)\n" + (isOfValue ? "\(a)\n" : document))
    }
  }

  @Test("a program's assignments are an order-only prerequisite's too, from the first round on")
  func programmedOrder() async throws {
    let world = try World(
      """
      n1/p/first: n1/p/state.xml{a}
      \techo 'n1/p/mid.xml{s}'="$$(cat $<)" >> "$$DMAKE_ASSIGN"; cp $< $@
      n1/q/z.xml: n1/p/mid.xml{s}
      \tn1/q/z.xml{t}=n1/p/mid.xml{s}
      n1/q/out: n1/q/state.xml{b} | n1/q/z.xml
      \tcat $< $| > $@

      """)
    try await expectOrder(in: world)
  }

  @Test("what needs a target that is a folder too waits")
  func folderTarget() async throws {
    let world = try World(
      "w/%: %/p/state.xml{a}\n\tcp $< $@\nw: w/n1\n\tcat $^ > $@\nn1/p/out: w\n\techo made > $@\nn1/p/far: n1/p/out\n\tcp $< $@\n"
    )
    try world.set("n1/DMake/config.xml", "<config><process name='p'/></config>")
    try world.set("n1/p/state.xml", "<s><a>1</a></s>")
    let problems = try await world.round().problems
    #expect(problems.map(\.target) == ["w"])
    #expect(problems.first?.message.contains("`w` is the folder of `w/n1`") == true, "\(problems)")
    #expect(world.text("n1/p/out") == nil && world.text("n1/p/far") == nil)
    #expect(world.text("w/n1") == "1\n")
  }

  @Test("an order-only prerequisite is up to date when a rule runs that has another reason, as in make")
  func orderOnlyValues() async throws {
    let world = try world(
      """
      e.xml{e}: n1/p/state.xml{a}
      \tcp $< $@
      f.xml{e}: n1/p/state.xml{a}
      \tf.xml{e}=n1/p/state.xml{a}
      out/e: e.xml{e}
      \tcp $< $@
      n1/q/v1: n1/p/state.xml{b} | e.xml{e}
      \techo n1/p/state.xml{b} e.xml{e} > $@
      n1/q/v2: n1/p/state.xml{b} | f.xml{e}
      \tcat $< $| > $@
      n1/q/v3: n1/p/state.xml{b} | out/e
      \tcat $< $| > $@

      """)
    for number in ["1", "2", "3"] {
      try world.set("n1/p/state.xml", "<s><a>\(number)</a><b>\(number)</b></s>")
      #expect(try await world.round().problems == [])
      #expect(world.text("n1/q/v1") == "\(number) \(number)\n")
      #expect(world.text("n1/q/v2") == "\(number)\n\(number)\n")
      #expect(world.text("n1/q/v3") == "\(number)\n\(number)\n")
    }
    // By itself it is no reason.
    try world.set("n1/p/state.xml", "<s><a>4</a><b>3</b></s>")
    try await world.round()
    #expect(world.text("n1/q/v1") == "3 3\n")
  }

  @Test("what is left of an absent node reads as nothing, also for a leader that starts while it is lost")
  func absentAtStart() async throws {
    let policy = """
      %/p/addr: %/p/state.xml{a}
      \tcp $< $@
      n1/p/peer: n3/p/addr
      \tcp $< $@
      n1/p/whole: n3/p/state.xml
      \tcp $< $@

      """
    let world = try world(policy, members: ["n1", "n3"], states: ["n3/p/state.xml": "<s><a>3</a></s>"])
    try await world.round()
    #expect(world.text("n1/p/peer") == "3\n")
    world.members = try ["n1"].map { try NodeName($0) }
    try await world.restart()
    try await world.round()
    #expect(world.text("n3/p/addr") == "3\n", "the core removes it later")
    #expect(world.text("n1/p/peer") == "")
    #expect(world.text("n1/p/whole") == "")
  }

  @Test("what a rule made out of a refused file is not taken")
  func refused() async throws {
    let world = try world(
      """
      out/a.xml: n1/p/state.xml{a}
      \techo "<a>$$(cat $<)" > $@; test "$$(cat $<)" = 2 || echo "</a>" >> $@
      out/b: out/a.xml
      \tcp $< $@

      """, states: ["n1/p/state.xml": "<s><a>1</a></s>"])
    try await world.round()
    #expect(world.text("out/b") == "<a>1\n</a>\n")
    try world.set("n1/p/state.xml", "<s><a>2</a></s>")
    #expect(try await world.round().problems.map(\.target) == ["out/a.xml"])
    #expect(world.text("out/b") == "<a>1\n</a>\n")
    try world.set("n1/p/state.xml", "<s><a>3</a></s>")
    #expect(try await world.round().problems == [])
    #expect(world.text("out/b") == "<a>3\n</a>\n")
  }

  @Test("each rule handles an occurrence of an event once, however long another one fails")
  func events() async throws {
    let world = try world(
      """
      %/p/ends: %/p/stop-proc n1/p/state.xml{b}
      \tcat $< >> $@
      out/count: n1/p/stop-proc
      \ttest -e ../heal && cat $< >> $@
      out/numbers: n1/p/stop-proc{event/@sequence}
      \tcat $< >> $@

      """, states: ["n1/p/state.xml": "<s/>"])
    try await world.round()
    for number in 1...3 {
      try world.occur("n1", UInt64(number), .stopProc(try ProcessName("p"), .exited(code: 1)))
      try await world.round()
      try world.set("n1/p/state.xml", "<s><b>\(number)</b></s>")
      try await world.round()
      if number == 2 { try await world.restart() }
      world.tick += 100
      #expect(try await world.round().handled == [])
    }
    func count(_ file: String) -> Int { world.text(file)?.split(separator: "<event ").count ?? 0 }
    #expect(count("n1/p/ends") - 1 == 3, "\(world.text("n1/p/ends") ?? "")")
    #expect(world.text("out/numbers") == "1\n2\n3\n")
    try world.scratch.write("heal", "")
    world.tick += 100
    #expect(try await world.round().handled.count == 3)
    #expect(count("out/count") - 1 == 3)
    #expect(count("n1/p/ends") - 1 == 3)
    #expect(world.text("out/numbers") == "1\n2\n3\n")
  }

  @Test("two rules that set one tag conflict in whichever passes they run", arguments: [true, false])
  func conflict(isReversed: Bool) async throws {
    let rules = [
      "out/one: n1/p/state.xml{a}\n\tcp $< $@\n\tout/x.xml{k}=n1/p/state.xml{a}\n",
      "e.xml{e}: n1/p/state.xml{b}\n\tcp $< $@\n", "out/two: e.xml{e}\n\tcp $< $@\n\tout/x.xml{k}=e.xml{e}\n",
    ]
    let world = try world(
      (isReversed ? rules.reversed() : rules).joined(), states: ["n1/p/state.xml": "<s><a>1</a><b>1</b></s>"])
    #expect(try await world.round().problems == [])
    #expect(world.text("out/x.xml")?.contains("<k>1</k>") == true)
    // The later rule alone has changed, then both.
    for state in ["<s><a>1</a><b>2</b></s>", "<s><a>3</a><b>4</b></s>"] {
      try world.set("n1/p/state.xml", state)
      let problems = try await world.round().problems
      #expect(problems.contains { $0.kind == .conflict && $0.message.contains("out/x.xml{k}") }, "\(problems)")
      #expect(world.text("out/x.xml")?.contains("<k>1</k>") == true, "\(world.text("out/x.xml") ?? "")")
    }
    try world.set("n1/p/state.xml", "<s><a>5</a><b>5</b></s>")
    world.tick += 100
    #expect(try await world.round().problems == [])
    #expect(world.text("out/x.xml")?.contains("<k>5</k>") == true)
  }
}
