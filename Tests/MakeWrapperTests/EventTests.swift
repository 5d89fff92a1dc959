import Foundation
import Model
import Testing

@testable import MakeWrapper

@Suite("Events start what reads them, once, however it finds them")
struct EventTests {
  private func expectOneRunAnEvent(_ policy: String) async throws {
    let world = try World(policy, members: ["n1", "n2"])
    for node in ["n1", "n2"] {
      try world.set("\(node)/DMake/config.xml", "<config><process name='web'/></config>")
    }
    try await world.round()
    _ = world.log()
    for (number, node) in ["n2", "n1", "n2"].enumerated() {
      try world.occur(node, UInt64(number + 1), .stopProc(try ProcessName("web"), .exited(code: 1)))
      #expect(try await world.round().handled.count == 1)
      #expect(world.log() == ["run"], "event \(number)")
      #expect(world.text("\(node)/web/stop-proc") == nil)
      #expect(try await world.round().changes == [])
      #expect(world.log() == [], "after event \(number)")
    }
  }

  @Test("through a wildcard among the prerequisites")
  func wildcard() async throws {
    try await expectOneRunAnEvent("all: $(wildcard */*/stop-proc)\n\techo run >>../log; cat $^ /dev/null >$@\n")
  }

  @Test("through a variable that the recipe reads")
  func variable() async throws {
    try await expectOneRunAnEvent(
      "STOPPED := $(wildcard */*/stop-proc)\nall: $(STOPPED)\n\techo run >>../log; cat /dev/null $(STOPPED) >$@\n"
    )
  }

  @Test("through the nodes' names")
  func names() async throws {
    try await expectOneRunAnEvent(
      "all: $(DMAKE_NODES:%=%/web/stop-proc)\n\techo run >>../log; cat /dev/null $^ >$@\n")
  }

  @Test("an aggregate over hundreds of nodes that all change at once runs, although make names them all")
  func manyNodes() async throws {
    let nodes = (0..<700).map { "a-node-with-a-name-\($0)" }
    let world = try World("all: $(DMAKE_NODES:%=%/web/state.xml)\n\tcat $^ >$@\n", members: nodes)
    for node in nodes { try world.set("\(node)/DMake/config.xml", "<config><process name='web'/></config>") }
    for text in ["<one/>", "<two/>"] {
      for node in nodes { try world.set("\(node)/web/state.xml", text) }
      let result = try await world.round()
      #expect(result.problems.isEmpty, "\(result.problems)")
      #expect(world.text("all") == String(repeating: text, count: nodes.count))
    }
  }

  @Test("an aggregate over nodes runs again when a node leaves, and when one joins")
  func membership() async throws {
    let world = try World(
      "all: $(DMAKE_NODES:%=%/web/state.xml)\n\tcat $^ >$@\nnames:\n\techo $(DMAKE_NODES) $(DMAKE_PROCS) >$@\n",
      members: ["n1", "n2"])
    for node in ["n1", "n2", "n3"] {
      try world.set("\(node)/DMake/config.xml", "<config><process name='web'/></config>")
      try world.set("\(node)/web/state.xml", "<\(node)/>")
    }
    try await world.round()
    #expect(world.text("all") == "<n1/><n2/>")
    #expect(world.text("names") == "n1 n2 n1/web n2/web\n")
    try world.lose("n1")
    try await world.round()
    #expect(world.text("all") == "<n2/>")
    world.members.append(try NodeName("n3"))
    try await world.round()
    #expect(world.text("all") == "<n2/><n3/>")
    #expect(world.text("names") == "n2 n3 n2/web n3/web\n")
  }

  @Test("and start it again where the round's result did not count, by the same wrapper or another one")
  func voidResult() async throws {
    let world = try World("ends: n1/web/stop-proc\n\tcat $< >>$@\n", members: ["n1"])
    try world.set("n1/DMake/config.xml", "<config><process name='web'/></config>")
    try await world.round()
    try world.occur("n1", 1, .stopProc(try ProcessName("web"), .exited(code: 1)))
    #expect(await world.runner.run(world.request()).handled.count == 1)
    #expect(try await world.round().handled.count == 1)
    #expect(world.text("ends")?.components(separatedBy: "<event ").count == 2)
    try await world.restart()
    #expect(try await world.round().handled == [])
    #expect(world.text("ends")?.components(separatedBy: "<event ").count == 2)
  }
}
