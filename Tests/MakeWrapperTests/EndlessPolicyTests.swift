import Model
import Testing

@testable import MakeWrapper

@Suite("A policy without an end costs its round and nothing else")
struct EndlessPolicyTests {
  private static let digits = "D := 0 1 2 3 4 5 6 7 8 9\n"
  private static let doubling = (1...40).map { "A\($0) = $(A\($0 - 1)) $(A\($0 - 1))\n" }.joined()
  private static let loops = "abcdefghij".map { "$(foreach \($0),$D," }.joined()

  private static var limits: MakeLimits {
    var limits = MakeLimits()
    limits.makeResidentLimitBytes = 64 << 20
    limits.expansion = .seconds(1)
    return limits
  }

  @Test(
    "the last good files stand, the problem says why, and the next policy runs",
    arguments: [
      // Text that make expands for a recipe, and a loop that makes none.
      ("A0 = x\n\(doubling)n1/web/x: in\n\techo $(A40) > $@\n", "n1/web/x"),
      (
        "\(digits)n1/web/x: in\n\techo $(words \(loops)$(if $D,,x)\(String(repeating: ")", count: 10))) > $@\n",
        "n1/web/x"
      ),
      // Rules that are more than can be known.
      (
        "\(digits)L := $(foreach a,$D,$(foreach b,$D,$(foreach c,$D,$(foreach d,$D,$a$b$c$d))))\n.PHONY: all\nall: $(L:%=in%)\n$(L:%=out%): all\n\techo > $@\n",
        "limits"
      ),
      // The run that asks for the rules.
      (
        "A0 := xxxxxxxxxxxxxxxx\n\(doubling.replacing(" = ", with: " := "))n1/web/x: in\n\techo > $@\n",
        "memory"
      ),
    ])
  func stands(policy: String, said: String) async throws {
    let good = "n1/web/x: in\n\tcp $< $@\n"
    let world = try World(good, limits: Self.limits)
    try world.set("in", "1")
    #expect(try await world.round().problems == [])
    try world.activate(policy)
    try world.set("in", "2")
    let result = try await world.round()
    #expect(result.problems.map(\.kind) == [.unreadable], "\(result.problems)")
    #expect(result.problems.first?.message.contains(said) == true, "\(result.problems)")
    #expect(result.changes.isEmpty)
    #expect(world.text("n1/web/x") == "1")
    try world.activate(good)
    #expect(try await world.round().problems == [])
    #expect(world.text("n1/web/x") == "2")
  }

  @Test("a chain of patterns that begins when a node joins ends")
  func chain() async throws {
    let world = try World(
      "conf/%: conf/%.in\n\tcp $< $@\n%/web/x: conf/%\n\tcp $< $@\n%/DMake/config.xml:\n\techo '<config><process name=\"web\"><exec>/bin/true</exec></process></config>' > $@\n",
      members: [])
    try world.set("conf/n1.in", "1")
    #expect(try await world.round().problems == [])
    world.members = [try NodeName("n1")]
    #expect(try await world.round().problems == [])
    #expect(world.text("n1/web/x") == "1")
  }

  @Test("a recipe that fills the memory is killed, and the others go on")
  func filling() async throws {
    var limits = MakeLimits()
    limits.recipeResidentLimitBytes = 64 << 20
    let world = try World(
      "n1/web/bad: in\n\tawk 'BEGIN { x = \"x\"; while (1) x = x x }' > $@\nn1/web/good: in\n\tcp $< $@\n",
      limits: limits)
    try world.set("in", "1")
    let result = try await world.round()
    #expect(result.problems.map(\.kind) == [.flooded], "\(result.problems)")
    #expect(world.text("n1/web/good") == "1")
  }
}
