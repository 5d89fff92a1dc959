import DMakefile
import Model
import Testing

@testable import MakeWrapper

/// Ways to write a makefile that make knows and that tags must live with.
@Suite("Tags in every form of a makefile's text")
struct WrittenFormTests {
  static let load = "<s><load>7</load></s>"

  /// The file that a policy makes of `n1/web/state.xml`.
  private func made(_ policy: String, _ files: [String: String] = [:], _ path: String = "out") async throws
    -> String?
  {
    let world = try World(policy, files, members: ["n1"])
    try world.set("n1/web/state.xml", Self.load)
    #expect(try await world.round().problems == [])
    return world.text(path)
  }

  @Test(
    "a recipe belongs to the rule that conditionals leave",
    arguments: ["SET = 1\n", "", "SET = 1\nOTHER = 1\n"])
  func conditionals(start: String) async throws {
    let policy = """
      \(start)ifdef SET
      out: n1/web/state.xml{load}
      ifdef OTHER
      \techo other n1/web/state.xml{load} > $@
      endif
      else
      out: n1/web/state.xml{load} | n1/web/state.xml
      endif
      \techo n1/web/state.xml{load} >> $@

      """
    #expect(try await made(policy) == (start.contains("OTHER") ? "other 7\n7\n" : "7\n"))
  }

  @Test("a line in a conditional may have closed the rule, or not")
  func openRule() async throws {
    let policy =
      "out: n1/web/state.xml{load}\nifdef NOTHING\nA = b\nendif\n\techo n1/web/state.xml{load} > $@\n"
    #expect(try await made(policy) == "7\n")
  }

  @Test("conditionals in the text that eval reads", arguments: ["p", "q"])
  func evaluated(name: String) async throws {
    let policy = """
      define rule
      ifeq ($1,p)
      out: n1/web/state.xml{load}
      else
      out: n1/web/state.xml{load} n1/web/state.xml
      endif
      \techo n1/web/state.xml{load} > $$@
      endef
      $(eval $(call rule,\(name)))

      """
    #expect(try await made(policy) == "7\n")
  }

  @Test("a canned recipe may be exported or override another", arguments: ["export", "override"])
  func modifiers(word: String) async throws {
    let policy = "\(word) RUN = echo n1/web/state.xml{load} > $@\nout: n1/web/state.xml{load}\n\t$(RUN)\n"
    #expect(try await made(policy) == "7\n")
  }

  @Test("lines that end in CR and go on")
  func carriageReturns() async throws {
    let policy = """
      LIST = n1/web/state.xml{load} \\
        n1/web/state.xml{none}
      out: n1/web/state.xml{load} \\
        $(LIST)
      \techo n1/web/state.xml{load} \\
      \t  end > $@
      \tout.xml{load}=n1/web/state.xml{load}

      """
    let lines = policy.replacing("\n", with: "\r\n")
    #expect(try await made(lines) == "7 end\n")
    #expect(try await made(lines, [:], "out.xml")?.contains("<load>7</load>") == true)
  }

  @Test(
    "the text of a define may have any words",
    arguments: [
      "\techo please define endef >/dev/null", "\tdefine() { :; }", "  @: define", "\tendef() { :; }; :",
    ])
  func define(line: String) async throws {
    let policy = """
      define write
      \(line)
      \techo n1/web/state.xml{load} > $@
      endef
      out: n1/web/state.xml{load}
      \t$(write)

      """
    #expect(try await made(policy) == "7\n")
  }

  @Test(
    "makefiles of the bundle are found by variables and wildcards",
    arguments: [
      "include $(DMAKE_BUNDLE)/rules/web.mk", "NAME = web\ninclude rules/$(NAME).mk",
      "FILES := rules/web.mk none.mk\n-include $(FILES)", "include $(wildcard $(DMAKE_BUNDLE)/rules/*.mk)",
      "include $(DMAKE_BUNDLE)/rules/*.mk", "DIR := $(DMAKE_BUNDLE)/rules\ninclude \\\n  $(DIR)/web.mk",
      "include $(addprefix rules/,web.mk)",
      "ifdef NONE\nN = none\nelse\nN = web\nendif\nsinclude rules/$(N).mk",
    ])
  func include(line: String) async throws {
    let rule = "out: n1/web/state.xml{load}\n\techo n1/web/state.xml{load} > $@\n"
    #expect(
      try await made(line + "\n", ["rules/web.mk": rule, "data.txt": "{x.xml{y}: not a makefile"]) == "7\n")
  }

  @Test(
    "folders of intermediate results may have the form of a process's folder",
    arguments: [["n1"], ["n1", "build"]])
  func folders(members: [String]) async throws {
    let world = try World(
      """
      build/web/list: n1/web/state.xml{load}
      \tcp $< $@
      tmp/%/part: build/web/list
      \techo $* | cat - $< > $@
      out: build/web/list tmp/web/part
      \tcat $^ > $@
      n9/web/list: build/web/list
      \tcp $< $@

      """, members: members)
    try world.set("n1/web/state.xml", Self.load)
    #expect(try await world.round().problems == [])
    #expect(world.text("out") == "7\nweb\n7\n")
    #expect(world.text("build/web/list") == "7\n")
    // Nobody needs it, so that it can only be meant for a node.
    #expect(world.text("n9/web/list") == nil)
    try world.set("n1/web/state.xml", "<s><load>8</load></s>")
    #expect(try await world.round().problems == [])
    #expect(world.text("out") == "8\nweb\n8\n")
    #expect(try world.filesOnDisk() == world.filesInTree)
  }

  @Test("a makefile without tags is passed on as it is, whatever its variables are called")
  func transparency() throws {
    let text =
      "P = prog\nRUN = cc -o $@ $< && test {\n$(P): a.c\n\t$(RUN)\nifdef A\n$(P): b.c\n\t$(call RUN,x)\nendif\n"
    let translation = Translator.translate(bundle: try World.bundle(text))
    #expect(translation.isTransparent)
    #expect(translation.files.first?.bytes == Array(text.utf8))
  }
}

@Suite("Values of sets, and tags that meet")
struct MeetingTagTests {
  @Test(
    "a copy has the values of the set, empty ones included",
    arguments: [
      ("<d/>", ["<d></d>", "<d/>"]), ("<d/><d/>", ["<d/><d/>"]), ("<d>a</d><d/>", ["<d>a</d><d/>"]),
      ("<d/><d>a</d>", ["<d/><d>a</d>"]), ("", [""]), ("<d> </d>", ["<d> </d>"]),
    ])
  func copies(elements: String, expected: [String]) async throws {
    let world = try World(
      "c.xml: n1/web/state.xml{d} n1/web/state.xml{e}\n\tc.xml{d}=n1/web/state.xml{d}\n\tc.xml{e}=n1/web/state.xml{e}\n"
    )
    try world.set("n1/web/state.xml", "<s>\(elements)<e>x</e></s>")
    #expect(try await world.round().problems == [])
    let text = world.text("c.xml")?.split(separator: "\n").map { $0.drop { $0 == " " } }.joined() ?? ""
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><c>"
    #expect(expected.map { head + $0 + "<e>x</e></c>" }.contains(text), "\(text)")
  }

  @Test("a copy in a rule that eval makes is a read of the value")
  func evaluatedCopy() async throws {
    let world = try World(
      """
      define copy
      $1: n1/web/state.xml{e}
      \t$1{d}=n1/web/state.xml{d}
      endef
      $(eval $(call copy,c.xml))

      """)
    try world.set("n1/web/state.xml", "<s><d/><e/></s>")
    #expect(try await world.round().problems == [])
    #expect(world.text("c.xml")?.contains("<d/>") == true)
  }

  @Test(
    "two tags that name the same element are a conflict",
    arguments: [
      ("b/rate", "rate"), ("rate", "b/rate"), ("b[@id='1']/rate", "b/rate"), ("@unit", "rate/@unit"),
      ("b/rate", "b"), ("rate[1]", "rate"),
    ])
  func conflict(first: String, second: String) async throws {
    let world = try World(
      "one: in\n\tc.xml{\(first)}=1\n\techo > $@\ntwo: in\n\tc.xml{\(second)}=2\n\techo > $@\n")
    try world.set("in", "1")
    let problems = try await world.round().problems
    #expect(SortedSet(problems.map(\.target)).elements == ["one", "two"], "\(world.text("c.xml") ?? "")")
    #expect(problems.allSatisfy { $0.kind == .conflict }, "\(problems)")
  }

  @Test(
    "tags of different elements are none",
    arguments: [
      ("b/rate", "a/rate"), ("b[@id='1']/rate", "b[@id='2']/rate"), ("rate/@unit", "rate"), ("b/x", "b/y"),
    ])
  func noConflict(first: String, second: String) async throws {
    let world = try World(
      "one: in\n\tc.xml{\(first)}=1\n\techo > $@\ntwo: in\n\tc.xml{\(second)}=2\n\techo > $@\n")
    try world.set("in", "1")
    #expect(try await world.round().problems == [])
  }
}
