import Model
import Testing

@testable import MakeWrapper

@Suite("Rounds of policies in several files, and with make's own settings")
struct IncludeRoundTests {
  @Test("tags in an included makefile are values, and its problems name its lines")
  func include() async throws {
    let world = try World(
      "include rules/web.mk\nsum: out n1/web/config.xml{rate}\n\tcat $^ > $@\n",
      [
        "rules/web.mk": """
        n1/web/config.xml{rate}: n1/web/state.xml{load}
        \tn1/web/config.xml{rate}=n1/web/state.xml{load}
        out: n1/web/state.xml{load}
        \tcat $< > $@; echo out >> ../log
        broken: n1/web/state.xml{other}
        \tfalse

        """
      ])
    try world.set("n1/web/state.xml", "<s><load>7</load><other>1</other></s>")
    let result = try await world.round()
    #expect(result.problems.map(\.target) == ["broken"])
    #expect(result.problems.first?.place == SourcePlace(file: "rules/web.mk", line: 6))
    #expect(world.text("n1/web/config.xml")?.contains("<rate>7</rate>") == true)
    #expect(world.text("sum") == "7\n7\n")
    #expect(world.log() == ["out"])
    try world.set("n1/web/state.xml", "<s><load>7</load><other>1</other><noise>1</noise></s>")
    try await world.round()
    #expect(world.log() == [])
    try world.set("n1/web/state.xml", "<s><load>8</load><other>1</other></s>")
    try await world.round()
    #expect(world.text("sum") == "8\n8\n")
    #expect(try world.filesOnDisk() == world.filesInTree)
  }

  @Test(
    "what the policy sets of make's flags changes no result", arguments: ["-j8", "-j", "-n", "-s", "-i", "-B"])
  func flags(flag: String) async throws {
    let rules = (1...6).map { "out/f\($0): in out/f\($0 - 1)\n\tcat $^ > $@\n" }.joined()
    let world = try World("MAKEFLAGS += \(flag)\nout/f0: in\n\tcp $< $@\n\(rules)")
    try world.set("in", "1\n")
    #expect(try await world.round().problems == [])
    #expect(world.text("out/f6") == String(repeating: "1\n", count: 7))
    #expect(try await world.round().changes == [])
    #expect(try world.filesOnDisk() == world.filesInTree)
  }
}
