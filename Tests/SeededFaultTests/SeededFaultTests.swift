import DMakefile
import Foundation
import MakeWrapper
import Model
import NodeSchema
import Testing

/// Correct policies have no findings, and a fault that is put into one is found.
///
/// Each mutant is a correct policy with one fault. The table that is printed has the recall of each kind.
@Suite("Seeded faults", .serialized)
struct SeededFaultTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  /// As many checks run at once: each is a process of make.
  private static let parallel = 2

  static func policies() throws -> [Policy] {
    let own = root.appendingPathComponent("Policies")
    let examples = root.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(
      "Examples")
    return try [own, examples].flatMap { folder in
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        .filter { FileManager.default.fileExists(atPath: "\(folder.path)/\($0)/DMakefile") }
        .map { try Policy(name: $0, folder: folder.appendingPathComponent($0)) }
    }
  }

  private static func check(_ bundle: Model.Bundle) async throws -> [Diagnostic] {
    var settings = CheckSettings()
    settings.configurationErrors = { content in
      guard case .failure(let problems) = NodeSchema.decode(content) else { return [] }
      return problems.errors.map { ConfigurationError(line: $0.line, $0.message) }
    }
    return try await PolicyCheck.examine(bundle, settings).findings.diagnostics.filter { $0.severity > .info }
  }

  @Test("a correct policy has no finding")
  func correct() async throws {
    let policies = try Self.policies()
    #expect(policies.count >= 12)
    for policy in policies {
      let bundle = try policy.bundle
      let shown = DiagnosticRenderer(bundle: bundle).render(try await Self.check(bundle))
      #expect(shown == "", "\(policy.name)")
    }
  }

  @Test("a fault is found, in each kind as often as its floor says")
  func recall() async throws {
    let mutants = try Self.policies().flatMap { try Seeder($0).mutants }
    #expect(mutants.count >= 200)
    let missed = try await Self.missed(mutants)
    var table = "found  of  %  kind of fault\n"
    for kind in Fault.allCases {
      let count = mutants.count { $0.kind == kind }
      let found = count - missed.count { $0.kind == kind }
      #expect(count > 0, "no mutant has the fault: \(kind.rawValue)")
      let percent = count == 0 ? 0 : found * 100 / count
      table += "\(Self.column(found))\(Self.column(count))\(Self.column(percent))  \(kind.rawValue)\n"
      let names = missed.filter { $0.kind == kind }.map(\.name).joined(separator: "\n")
      #expect(percent >= kind.floorPercent, "\(kind.rawValue), missed:\n\(names)")
    }
    print(table + "\(mutants.count - missed.count) of \(mutants.count) mutants")
  }

  private static func column(_ number: Int) -> String {
    String(repeating: " ", count: max(0, 5 - "\(number)".count)) + "\(number)"
  }

  /// The mutants whose fault no finding names.
  private static func missed(_ mutants: [Mutant]) async throws -> [Mutant] {
    try await withThrowingTaskGroup(of: Mutant?.self) { group in
      var missed: [Mutant] = []
      for (number, mutant) in mutants.enumerated() {
        if number >= parallel, let mutant = try await group.next() ?? nil { missed.append(mutant) }
        group.addTask {
          let codes = try await check(mutant.bundle).map(\.code.rawValue)
          return codes.contains(where: mutant.kind.codes.contains) ? nil : mutant
        }
      }
      for try await mutant in group { if let mutant { missed.append(mutant) } }
      return missed
    }
  }
}
