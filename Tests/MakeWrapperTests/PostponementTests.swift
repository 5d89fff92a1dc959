import Model
import Testing

@testable import MakeWrapper

/// What is due when a round ends begins the next one at once: nothing may stay due that no round tries.
@Suite("Failures that a round could not try again")
struct PostponementTests {
  @Test("a failed rule waits longer while another that it needs fails")
  func waiting() async throws {
    let world = try World(
      """
      b: n1/web/state.xml{b}
      \ttest n1/web/state.xml{b} = good && touch $@
      a: b n1/web/state.xml{a}
      \ttest n1/web/state.xml{a} = good && touch $@

      """)
    try world.set("n1/web/state.xml", "<s><a>bad</a><b>good</b></s>")
    #expect(try await world.round().problems.map(\.target) == ["a"])
    try world.set("n1/web/state.xml", "<s><a>bad</a><b>bad</b></s>")
    _ = try await world.round()
    for _ in 1...20 {
      world.tick += 1
      let result = try await world.round()
      #expect(result.problems.map(\.target) == ["a", "b"])
      for problem in result.problems { #expect(problem.retryAt ?? 0 > world.tick, "\(problem)") }
    }
    try world.set("n1/web/state.xml", "<s><a>good</a><b>good</b></s>")
    #expect(try await world.round().problems.isEmpty)
  }

  @Test("a makefile that is missing is told, and tried again when there is another policy")
  func missingMakefile() async throws {
    let world = try World("include common.mk\na:\n\ttouch $@\n")
    let problems = try await world.round().problems
    #expect(problems.map(\.target) == ["common.mk"])
    #expect(problems.allSatisfy { $0.retryAt == nil })
    try world.activate("include common.mk\na:\n\ttouch $@\n", ["common.mk": "b:\n\ttouch $@\n"])
    #expect(try await world.round().problems.isEmpty)
    #expect(world.text("b") == "")
  }
}
