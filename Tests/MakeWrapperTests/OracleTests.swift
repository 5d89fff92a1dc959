import Model
import Testing

@testable import MakeWrapper

struct PlantedBug: Sendable {
  let name: String
  private let lost: String
  let instead: String

  init(_ name: String, _ lost: String, _ instead: String) {
    (self.name, self.lost, self.instead) = (name, lost, instead)
  }

  /// The text that a sample loses.
  func lost(in sample: OracleSample) -> String { lost.replacing("@T", with: sample.form?.target ?? "@") }
}

@Suite("A round gives what GNU make gives")
struct OracleTests {
  @Test("files and environments of recipes", arguments: OracleSample.all)
  func sample(sample: OracleSample) async throws {
    let difference = try await Self.difference(sample, given: sample.text)
    #expect(difference == nil, "\(sample.text)")
  }

  @Test("all samples are there")
  func count() { #expect(OracleSample.all.count > 100) }

  /// What goes wrong where a translation, a slice or a reading of make's database loses something: rounds are given a
  /// policy that lacks it, and make the whole one.
  static let plantedBugs: [PlantedBug] = [
    PlantedBug("an export", "export A", "A_ = wrong"), PlantedBug("an unexport", "unexport", "export"),
    PlantedBug("an operator", "+=", "="),
    PlantedBug("a flavour", ":=", "="), PlantedBug("order-only", " | ", " "),
    PlantedBug("a prerequisite", "in/b", ""),
    PlantedBug("a prefix", "\t-false", "\tfalse"), PlantedBug("privacy", "private ", ""),
    PlantedBug("override", "override ", ""),
    PlantedBug("a stem", "$*", "$@"), PlantedBug("a define's line", "  second", "  2"),
    PlantedBug("a conditional", "ifdef NOTHING", "ifndef NOTHING"),
    PlantedBug("a target's variable", "@T: F", "none: F"),
    PlantedBug("a pattern's variable", "out/%: F", "none/%: F"),
    PlantedBug("inheritance", "z: F", "z: private F"), PlantedBug("a search path", "VPATH = in", ""),
    PlantedBug("one shell", ".ONESHELL:", ""),
  ]

  @Test("each planted bug is seen", arguments: plantedBugs.map(\.name))
  func planted(name: String) async throws {
    let bug = try #require(Self.plantedBugs.first { $0.name == name })
    let samples = OracleSample.all.filter { $0.form != .node && $0.text.contains(bug.lost(in: $0)) }
    #expect(!samples.isEmpty)
    for sample in samples {
      let policy = sample.text.replacing(bug.lost(in: sample), with: bug.instead)
      if try await Self.difference(sample, given: policy) != nil { return }
    }
    Issue.record("nothing saw it")
  }

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
