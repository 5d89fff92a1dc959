import Model
import Testing

@testable import MakeWrapper

@Suite("A round gives what GNU make gives")
struct OracleTests {
  @Test("files and environments of recipes", arguments: OracleSample.all)
  func sample(sample: OracleSample) async throws {
    let difference = try await Self.difference(sample, given: sample.text)
    #expect(difference == nil, "\(sample.text)")
  }

  @Test("all samples are there")
  func count() { #expect(OracleSample.all.count > 100) }

  /// The first difference between what make does with the sample and what rounds do with `policy`.
  static func difference(_ sample: OracleSample, given policy: String) async throws -> String? {
    let world = try World(policy, members: ["n1"])
    for (path, text) in OracleRun.inputs { try world.set(path, text) }
    let run = try OracleRun()
    if let difference = try await compare(world, run, sample.text, sample.goals, "at first") {
      return difference
    }
    try world.set("in/a", "changed\n")
    try run.change("in/a", "changed\n")
    if let difference = try await compare(world, run, sample.text, sample.goals, "after a change") {
      return difference
    }
    guard sample.text.contains("VALUE1") else { return nil }
    try world.activate(policy.replacing("VALUE1", with: "VALUE2"))
    let again = try OracleRun()
    try again.scratch.write("root/in/a", "changed\n")
    return try await compare(
      world, again, sample.text.replacing("VALUE1", with: "VALUE2"), sample.goals, "by the second policy")
  }

  private static func compare(
    _ world: World, _ run: OracleRun, _ text: String, _ goals: [String], _ time: String
  ) async throws -> String? {
    let problems = try await world.round().problems
    if let message = try run.make(text, goals) { return "make fails \(time): \(message)" }
    if let problem = problems.first { return "the round fails \(time): \(problem)" }
    let (made, expected) = (world.filesInTree, try run.files)
    for path in SortedSet(made.keys + expected.keys) where made[path] != expected[path] {
      return "\(path) \(time):\n\(made[path] ?? "nothing\n")and with make:\n\(expected[path] ?? "nothing\n")"
    }
    return nil
  }
}
