import PolicyOracle
import Testing

@testable import MakeWrapper

/// A checker that never objects shows nothing: each fault is one that a wrapper might have.
@Suite("The evaluator of random histories objects to wrong files")
struct PlantedFaultTests {
  /// Rounds of some histories, with the files of each falsified before they are compared.
  private func faults(_ falsify: @escaping (inout [String: String]) -> Void) async throws -> Int {
    var count = 0
    for seed in 1...4 as ClosedRange<UInt64> {
      var history = try RandomHistory(seed: seed)
      history.falsify = falsify
      for _ in 0..<4 where try await !history.round().isEmpty { count += 1 }
    }
    return count
  }

  @Test("none where nothing is wrong")
  func none() async throws { #expect(try await faults { _ in } == 0) }

  @Test("a file that is missing, and one that is too much")
  func presence() async throws {
    #expect(try await faults { files in files["out/strange"] = "" } == 16)
    #expect(
      try await faults { files in
        if let name = files.keys.filter({ !$0.hasSuffix("state.xml") }).min() { files[name] = nil }
      } == 16)
  }

  @Test("a value that is not what it must be, in a file that is made as a whole or by tags")
  func values() async throws {
    for isAssembled in [false, true] {
      let found = try await faults { files in
        let names = files.keys.filter { ($0.contains("/x") || $0.contains("/z")) == isAssembled }.sorted()
        for name in names where !name.hasSuffix("stop-proc") {
          files[name] = files[name]?.split(separator: ">").joined(separator: ">9")
        }
      }
      #expect(found > 8)
    }
  }

  /// What a wrapper would do that loses something of a policy: rounds are given a policy that lacks it.
  private static let losses: [(name: String, lost: String, instead: String)] = [
    ("an order-only prerequisite that is a reason to run", " | ", " "),
    ("a rule of a target with double colons", ">> $@", "> /dev/null"),
    ("an assignment of a program", ">> \"$$DMAKE_ASSIGN\"", "> /dev/null"),
    ("that a variable is added to", " += ", " = "), ("that it is a pattern's", "%: V", "none/%: V"),
    ("that it is private", "private V", "V"), ("a variable's definition", "V0 = ", "V0 = no "),
  ]

  @Test("a policy that the wrapper misunderstands", arguments: losses.map(\.name))
  func misunderstanding(name: String) async throws {
    let loss = try #require(Self.losses.first { $0.name == name })
    for seed in 1...200 as ClosedRange<UInt64> {
      var isThere = false
      _ = try RandomHistory(seed: seed) { text in
        isThere = isThere || text.contains(loss.lost)
        return text
      }
      guard isThere else { continue }
      var history = try RandomHistory(seed: seed) { $0.replacing(loss.lost, with: loss.instead) }
      for _ in 0..<8 where try await !history.round().isEmpty { return }
    }
    Issue.record("nothing saw it")
  }

  enum Fault: CaseIterable {
    case edges, inputs

    func distort(_ graph: RuleGraph, _ seed: UInt64) -> RuleGraph {
      switch self {
      case .edges:
        (0..<6).reduce(graph) { graph, number in
          graph.withoutEdge((Int(seed) * 31 + number * 7) % max(1, graph.edgeCount))
        }
      case .inputs: graph.withoutInputs
      }
    }
  }

  @Test("rules of which the wrapper does not know that they read something", arguments: Fault.allCases)
  func missingEdges(fault: Fault) async throws {
    var count = 0
    for seed in 1...8 as ClosedRange<UInt64> {
      var history = try RandomHistory(seed: seed)
      await history.world.runner.distort { fault.distort($0, seed) }
      for _ in 0..<8 where try await !history.round().isEmpty { count += 1 }
    }
    #expect(count > 0)
  }
}
