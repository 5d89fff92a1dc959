import Model
import Testing

@testable import MakeWrapper

/// Rounds that run slices give what the policy means, whatever happened before: against an interpreter that knows
/// neither slices nor make.
@Suite("Rounds over slices give what the policy means")
struct SliceTests {
  @Test("for random policies, histories and restarts", arguments: 1...16 as ClosedRange<UInt64>)
  func random(seed: UInt64) async throws {
    let difference = try await difference(seed: seed, rounds: 6)
    #expect(difference == nil, "\(difference ?? "")")
  }

  @Test("a slice that loses a reader is caught")
  func plantedReader() async throws {
    try await expectCaught { graph, random in graph.withoutEdge(Int(random % UInt64(max(1, graph.edgeCount)))) }
  }

  @Test("a slice that loses what a file holds is caught")
  func plantedInput() async throws { try await expectCaught { graph, _ in graph.withoutInputs } }

  @Test("a slice whose rules do not wait for what they need is caught")
  func plantedOrder() async throws { try await expectCaught { graph, _ in graph.withoutOrder } }

  /// Some of the seeds must notice a graph that is wrong, or the comparison is worth nothing.
  private func expectCaught(_ distort: @escaping @Sendable (RuleGraph, UInt64) -> RuleGraph) async throws {
    for seed in 1...24 as ClosedRange<UInt64> {
      if try await difference(seed: seed, rounds: 4, distort: { distort($0, seed) }) != nil { return }
    }
    Issue.record("no seed noticed the planted bug")
  }

  /// Nil where the tree is what the interpreter says, after each round.
  private func difference(
    seed: UInt64, rounds: Int, distort: (@Sendable (RuleGraph) -> RuleGraph)? = nil
  ) async throws -> String? {
    var generator = SeededGenerator(seed: seed)
    let policy = ReferencePolicy(using: &generator)
    var reference = ReferenceRun(policy)
    let world = try World(policy.text, members: ["n1"])
    var inputs = Dictionary(uniqueKeysWithValues: policy.inputs.map { ($0, 0) })
    var sequence: UInt64 = 0
    for round in 0..<rounds {
      await world.runner.distort(distort)
      var changes = round == 0 ? inputs : [:]
      for _ in 0..<Int.random(in: 0...2, using: &generator) {
        guard let name = policy.inputs.randomElement(using: &generator) else { continue }
        changes[name] = Int.random(in: 0..<4, using: &generator)
      }
      inputs.merge(changes) { $1 }
      let events = Int.random(in: 0..<4, using: &generator) == 0 ? 1 : 0
      for _ in 0..<events {
        sequence += 1
        try world.occur("n1", sequence, .stopProc(try ProcessName("web"), .exited(code: 1)))
      }
      for file in ["n1/web/state.xml", "n1/app/state.xml"] {
        let tags = inputs.filter { $0.key.hasPrefix(file) }.sorted { $0.key < $1.key }.map { name, value in
          let tag = name.split(separator: "{")[1].dropLast()
          return "<\(tag)>\(value)</\(tag)>"
        }
        try world.set(file, "<s>\(tags.joined())<noise>\(round)</noise></s>")
      }
      reference.round(changes, events: events)
      let problems = try await world.round().problems
      if !problems.isEmpty { return "seed \(seed), round \(round): \(problems)\n\(policy.text)" }
      for rule in policy.rules {
        let wanted = reference.values[rule.target].map { "\($0)" }
        let found = value(of: rule.target, in: world)
        if wanted != found {
          return
            "seed \(seed), round \(round): \(rule.target) is \(found ?? "absent"), not \(wanted ?? "absent")\n"
            + policy.text
        }
      }
      if Int.random(in: 0..<4, using: &generator) == 0 { try await world.restart() }
    }
    return nil
  }

  private func value(of target: String, in world: World) -> String? {
    let parts = target.split(separator: "{")
    guard let text = world.text(String(parts[0])) else { return nil }
    guard parts.count == 2 else { return text.split(separator: "\n").first.map(String.init) }
    let tag = parts[1].dropLast()
    return text.firstRange(of: "<\(tag)>").flatMap { open in
      text.firstRange(of: "</\(tag)>").map { String(text[open.upperBound..<$0.lowerBound]) }
    }
  }
}
