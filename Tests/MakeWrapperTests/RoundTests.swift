import Glibc
import Model
import Testing

@testable import MakeWrapper

@Suite("Rounds of plain Makefiles")
struct RoundTests {
  @Test("every explicit target is a goal, patterns are for present nodes and their processes")
  func goals() async throws {
    let world = try World(
      """
      first:
      \techo 1 > $@
      second:
      \techo 2 > $@
      %/web/hello:
      \techo $* > $@
      n1/%/proc:
      \techo $* > $@
      .PHONY: never
      never:
      \techo no > never

      """)
    try world.set("n1/DMake/config.xml", "<config><process name='web'/><process name='db'/></config>")
    try world.set("n2/DMake/config.xml", "<config><process name='web'/></config>")
    let result = try await world.round()
    #expect(result.problems == [])
    #expect(
      result.changes.map(\.path.text) == [
        "first", "n1/db/proc", "n1/web/hello", "n1/web/proc", "n2/web/hello", "second",
      ])
    #expect(try world.filesOnDisk() == world.filesInTree)
  }

  @Test("an absent file reads as empty, and its coming and going are changes")
  func absence() async throws {
    let world = try World(
      """
      all.txt: n1/web/state.xml n9/web/state.xml
      \tcat $^ > $@; echo run >> ../log
      %/web/copy: %/web/state.xml
      \tcat $< > $@

      """)
    for node in ["n1", "n2", "n9"] {
      try world.set("\(node)/DMake/config.xml", "<config><process name='web'/></config>")
    }
    try world.set("n1/web/state.xml", "<a/>")
    #expect(try await world.round().problems == [])
    #expect(world.text("all.txt") == "<a/>")
    #expect(world.text("n2/web/copy") == "")
    #expect(world.log() == ["run"])
    try await world.round()
    #expect(world.log() == [])
    world.members.append(try NodeName("n9"))
    try world.set("n9/web/state.xml", "<b/>")
    try await world.round()
    #expect(world.text("all.txt") == "<a/><b/>")
    #expect(world.text("n9/web/copy") == "<b/>")
    try world.lose("n9")
    try await world.round()
    #expect(world.text("all.txt") == "<a/>")
    #expect(world.text("n9/web/copy") == nil)
    #expect(try world.filesOnDisk() == world.filesInTree)
  }

  @Test("a target under an absent node is made when the node joins")
  func absentTarget() async throws {
    let world = try World(
      """
      n9/web/config.xml:
      \techo '<c/>' > $@
      sum: n9/web/config.xml
      \tls n9/web/config.xml > $@ 2>/dev/null || echo absent > $@

      """)
    try await world.round()
    #expect(world.text("n9/web/config.xml") == nil)
    #expect(world.text("sum") == "absent\n")
    world.members.append(try NodeName("n9"))
    try await world.round()
    #expect(world.text("n9/web/config.xml") == "<c/>\n")
    #expect(world.text("sum") == "n9/web/config.xml\n")
  }

  @Test("recipes work in ROOT, the bundle is read-only and first in the search path")
  func place() async throws {
    let world = try World(
      """
      where:
      \tpwd > $@; plan >> $@; cat $(DMAKE_BUNDLE)/data >> $@
      broken:
      \techo x > $(DMAKE_BUNDLE)/new && echo x > $@

      """, ["plan": "#!/bin/sh\necho planned\n", "data": "data\n"])
    let result = try await world.round()
    #expect(world.text("where") == "\(world.scratch.path)/root\nplanned\ndata\n")
    if geteuid() != 0 { #expect(result.problems.map(\.target) == ["broken"]) }
  }

  @Test("a failed rule keeps its outputs, its dependents wait, the others go on")
  func failure() async throws {
    let world = try World(
      """
      bad: in
      \techo half > $@; grep -q good $< && cat $< > $@
      after: bad
      \tcat $< > $@
      other: in
      \tcat $< > $@

      """)
    try world.set("in", "good 1\n")
    try await world.round()
    #expect(world.text("after") == "good 1\n")
    try world.set("in", "evil\n")
    let result = try await world.round()
    #expect(world.text("bad") == "good 1\n")
    #expect(world.text("after") == "good 1\n")
    #expect(world.text("other") == "evil\n")
    #expect(result.problems.map(\.target) == ["bad"])
    #expect(result.problems.first?.kind == .failed)
    #expect(result.problems.first?.place == SourcePlace(file: "DMakefile", line: 2))
    #expect(result.problems.first?.retryAt == 101)
    #expect(try world.filesOnDisk() == world.filesInTree)
    try world.set("in", "good 2\n")
    #expect(try await world.round().problems == [])
    #expect(world.text("after") == "good 2\n")
  }

  @Test("without a change a failed rule is tried again after back-offs that double")
  func backOff() async throws {
    let world = try World("bad:\n\techo run >> ../log; false\n")
    try await world.round()
    for tick in 101...110 as ClosedRange<Tick> {
      world.tick = tick
      try await world.round()
    }
    #expect(world.log().count == 4)
    let result = try await world.round()
    #expect(result.problems.map(\.attempts) == [4])
    #expect(result.problems.map(\.retryAt) == [115])
  }

  @Test("a recipe that hangs or floods is reported with its place, and the others go on")
  func hang() async throws {
    let world = try World(
      "hangs:\n\tsleep 1000\nfloods:\n\tyes\ngood:\n\techo 1 > $@\n",
      limits: MakeLimits(recipe: .seconds(1)))
    let result = try await world.round()
    #expect(result.problems.map(\.kind) == [.flooded, .timedOut])
    #expect(result.problems.map(\.place?.line) == [4, 2])
    #expect(world.text("good") == "1\n")
  }

  @Test("XML that is broken and an output that is missing are the rule's problems")
  func badOutputs() async throws {
    let world = try World("a.xml:\n\techo '<a>' > $@\nmissing:\n\ttrue\n")
    let result = try await world.round()
    #expect(result.problems.map(\.kind) == [.badOutput, .missingOutput])
    #expect(result.changes == [])
    #expect(try world.filesOnDisk() == [:])
  }

  @Test("what loses its rule by an activation is removed in the same round")
  func ownership() async throws {
    let world = try World("a:\n\techo 1 > $@\nb:\n\techo 1 > $@\n%/DMake/c:\n\techo 1 > $@\n")
    try await world.round()
    try world.activate("a:\n\techo 1 > $@\n")
    let result = try await world.round()
    #expect(
      Set(result.changes.map(\.description)) == ["b removed", "n1/DMake/c removed", "n2/DMake/c removed"])
    #expect(try world.filesOnDisk() == ["a": "1\n"])
  }

  @Test("what a process's rules made goes with the process")
  func lostProcess() async throws {
    let world = try World("n1/%/c:\n\techo 1 > $@\n")
    try world.set("n1/DMake/config.xml", "<config><process name='web'/><process name='db'/></config>")
    try await world.round()
    #expect(world.text("n1/db/c") == "1\n")
    try world.set("n1/DMake/config.xml", "<config><process name='web'/></config>")
    try await world.round()
    #expect(world.text("n1/db/c") == nil)
    #expect(world.text("n1/web/c") == "1\n")
  }

  @Test("an event goes once every rule that reads it has succeeded, and its going triggers nothing")
  func events() async throws {
    let world = try World(
      """
      %/web/seen: %/web/stop-proc
      \techo run >> ../log; cat $< > $@; test ! -e ../broken

      """)
    for node in ["n1", "n2"] {
      try world.set("\(node)/DMake/config.xml", "<config><process name='web'/></config>")
    }
    try await world.round()
    #expect(world.log().count == 2)
    try world.scratch.write("broken", "")
    try world.occur("n1", 1, .stopProc(try ProcessName("web"), .exited(code: 1)))
    #expect(try await world.round().handled == [])
    #expect(world.events.count == 1)
    unlink(world.scratch.path + "/broken")
    world.tick += 1
    #expect(try await world.round().handled.map(\.sequence) == [1])
    #expect(world.text("n1/web/seen")?.contains("exit=\"1\"") == true)
    #expect(world.log().count == 2)
    try await world.round()
    #expect(world.log() == [])
    #expect(world.text("n1/web/seen")?.contains("exit=\"1\"") == true)
    try world.occur("n1", 2, .stopProc(try ProcessName("web"), .exited(code: 2)))
    try await world.round()
    #expect(world.log() == ["run"])
    #expect(world.text("n1/web/seen")?.contains("exit=\"2\"") == true)
  }

  @Test("an event that no rule reads goes after one round")
  func unreadEvent() async throws {
    let world = try World("a:\n\techo 1 > $@\n")
    try world.occur("n1", 1, .newNode)
    #expect(try await world.round().handled.map(\.sequence) == [1])
  }

  @Test("the `fail-node` of a lost node can be read")
  func failNode() async throws {
    let world = try World("lost: n9/fail-node\n\tcat $< > $@\n")
    try world.occur("n9", 1, .failNode([]))
    #expect(try await world.round().handled.map(\.sequence) == [1])
    #expect(world.text("lost")?.contains("node=\"n9\"") == true)
  }

  @Test("a rule that reads its own earlier output continues from it after a restart")
  func memory() async throws {
    let world = try World(
      "count: in\n\techo run >> ../log; echo x >> $@\nother: in\n\techo run >> ../log; cp $< $@\n")
    try world.set("in", "1")
    try await world.round()
    try await world.restart()
    let quiet = try await world.round()
    #expect(quiet.changes == [])
    #expect(world.log() == ["run", "run"])
    try world.set("in", "2")
    try await world.round()
    #expect(world.text("count") == "x\nx\n")
    #expect(try world.filesOnDisk() == world.filesInTree)
  }

  @Test("a rule without prerequisites that must run again builds on what it made")
  func memoryWithoutPrerequisites() async throws {
    let world = try World("log:\n\techo one \"$^\" >> $@\nn1/web/%.txt:\n\techo one >> $@\nall: n1/web/a.txt\n")
    try await world.round()
    try world.activate("log:\n\techo two \"$^\" >> $@\nn1/web/%.txt:\n\techo two >> $@\nall: n1/web/a.txt\n")
    let result = try await world.round()
    #expect(result.problems == [])
    #expect(world.text("log") == "one \ntwo \n")
    let quiet = try await world.round()
    #expect(quiet.changes == [])
  }

  @Test("a folder in place of the target is a missing output")
  func folderAsOutput() async throws {
    let world = try World("d: in\n\tmkdir -p $@\ne: in\n\tmkdir $@; echo 1 > $@/f\n")
    try world.set("in", "1")
    let result = try await world.round()
    #expect(result.problems.filter { $0.kind == .missingOutput }.map(\.target) == ["d", "e"])
    #expect(try world.filesOnDisk() == world.filesInTree)
  }

  @Test("a trial touches nothing and tells what a round would do")
  func trial() async throws {
    let world = try World("a: in\n\tcp $< $@\n")
    try world.set("in", "1")
    try await world.round()
    let bundle = try World.bundle("b: in\n\tcp $< $@\n")
    let result = try await world.runner.trial(bundle, world.request())
    #expect(result.changes.map(\.description) == ["a removed", "b = \"1\""])
    #expect(try world.filesOnDisk() == ["a": "1", "in": "1"])
    #expect(try await world.round().changes == [])
  }

  @Test("a policy that make cannot read changes nothing")
  func unreadable() async throws {
    let world = try World("a:\n\techo 1 > $@\n")
    try await world.round()
    try world.activate("a:\n\techo 1 > $@\nthis is no rule\n")
    let result = try await world.round()
    #expect(result.problems.map(\.kind) == [.unreadable])
    #expect(result.problems.first?.place == SourcePlace(file: "DMakefile", line: 3))
    #expect(result.changes == [])
    #expect(try world.filesOnDisk() == ["a": "1\n"])
  }

  @Test("a recipe that make cannot expand has failed, is named with its line, and the others run")
  func unexpandable() async throws {
    let world = try World(
      "a:\n\techo 1 > $@\nb: a\n\techo 1 > $@\n\techo $(words x > $@\nc:\n\techo 1 > $@\nd: b\n\techo 1 > $@\n")
    let result = try await world.round()
    #expect(result.problems.map(\.kind) == [.failed])
    #expect(result.problems.first?.target == "b")
    #expect(result.problems.first?.place == SourcePlace(file: "DMakefile", line: 5))
    #expect(
      result.problems.first?.message.contains("make cannot expand the recipe") == true, "\(result.problems)")
    #expect(try world.filesOnDisk() == ["a": "1\n", "c": "1\n"])
  }

  @Test("what is left of a lost node cannot be read, and nothing of it is removed by a round")
  func lostNode() async throws {
    let world = try World(
      """
      all: $(wildcard */web/state.xml) n2/web/state.xml
      \tcat $(sort $^) > $@
      %/web/config.xml: %/web/state.xml
      \tcp $< $@

      """)
    for node in ["n1", "n2"] {
      try world.set("\(node)/DMake/config.xml", "<config><process name='web'/></config>")
      try world.set("\(node)/web/state.xml", "<\(node)/>")
    }
    try await world.round()
    #expect(world.text("all") == "<n1/><n2/>")
    world.members.removeAll { $0.text == "n2" }
    try world.occur("n2", 1, .failNode([]))
    try await world.round()
    #expect(world.text("all") == "<n1/>")
    #expect(world.text("n2/web/config.xml") == "<n2/>")
    try await world.round()
    #expect(try world.filesOnDisk() == world.filesInTree.filter { path, _ in !path.hasPrefix("n2/") })
  }

  @Test("a round that could not run at all is tried again, and its problem goes")
  func recovery() async throws {
    let world = try World("ifneq ($(wildcard broken),)\n$(error broken)\nendif\na:\n\techo 1 > $@\n")
    try world.set("broken", "")
    #expect(try await world.round().problems.map(\.kind) == [.unreadable])
    try world.set("broken", nil)
    #expect(try await world.round().problems == [])
    #expect(world.text("a") == "1\n")
  }

  @Test("recipes that run side by side are told apart when one hangs")
  func parallel() async throws {
    let world = try World(
      "hangs:\n\tsleep 1000\ngood:\n\techo 1 > $@\nlater: good\n\tcp $< $@\n",
      limits: MakeLimits(recipe: .seconds(1), jobs: 2))
    let result = try await world.round()
    #expect(result.problems.map(\.kind) == [.timedOut])
    #expect(result.problems.map(\.target) == ["hangs"])
    #expect(world.text("later") == "1\n")
  }

  @Test("what a policy reads is of interest, by file and tag, and what cannot be told is everything")
  func interest() async throws {
    let world = try World(
      "a: in/a n1/web/state.xml{load} n1/web/state.xml{on}\n\tcat $^ > $@\nb: n2/web/state.xml{load}\n\techo n2/web/state.xml{@up} > $@\n"
    )
    for node in ["n1", "n2"] { try world.set("\(node)/web/state.xml", "<s/>") }
    let interest = try await world.round().interest
    #expect(interest?.isEverything == false)
    #expect(interest?.contains(try TreePath("in/a")) == true)
    #expect(interest?.contains(try TreePath("n1/web/state.xml")) == true)
    #expect(interest?.contains(try TreePath("n1/db/state.xml")) == false)
    #expect(interest?.files[try TreePath("n1/web/state.xml")] == .tags(["load", "on"]))
    #expect(interest?.files[try TreePath("n2/web/state.xml")] == .tags(["@up", "load"]))
    #expect(interest?.files[try TreePath("in/a")] == .whole)
    #expect(try await world.round().interest == nil)
    try world.activate("a: $(wildcard in/*)\n\tcat $^ > $@\n")
    let names = try await world.round().interest
    let other = try TreePath("n9/web/state.xml")
    #expect(names?.isEverything == false && names?.contains(other) == false)
    #expect(names?.contains(other, comesOrGoes: true) == true)
    try world.activate("LIST := $(shell cat in/*)\na:\n\techo $(LIST) > $@\n")
    #expect(try await world.round().interest?.isEverything == true)
  }

  @Test("a wildcard's new match is a new prerequisite")
  func wildcard() async throws {
    let world = try World("all: $(wildcard in/*)\n\tcat $^ /dev/null > $@\n")
    try world.set("in/a", "a")
    try await world.round()
    try world.set("in/b", "b")
    try await world.round()
    #expect(world.text("all") == "ab")
    try world.set("in/a", nil)
    try await world.round()
    #expect(world.text("all") == "b")
  }
}
