import GroupProtocol
import Model
import Testing

@testable import Leader

@Suite("what operators ask of a leader", .timeLimit(.minutes(5)))
struct OperatorTests {
  private func withLeader(_ body: @Sendable @escaping (TestLeader) async throws -> Void) async throws {
    try await withScratch { scratch in
      try await TestLeader.run(try TestLeader.settings(scratch), engine: ScriptedEngine(), body)
    }
  }

  @Test("a bad bundle is answered with its diagnostics and changes nothing")
  func badBundle() async throws {
    try await withLeader { leader in
      let bad = try bundle("bad")
      let expected = Rejection(.badInput, "DMakefile:1: this is bad")
      #expect(try await leader.rejection(.apply(bad, author: "test", expected: nil)) == expected)
      #expect(try await leader.rejection(.plan(bad)) == expected)
      #expect(try await leader.ask(.history) == .history([]))
      #expect(try await leader.status().policy == nil)
      #expect(try await leader.status().rounds == 0)
    }
  }

  @Test("a plan says what would differ, and changes nothing")
  func plan() async throws {
    try await withLeader { leader in
      try await ScriptedAgent.run("n1", at: leader) { agent, _ in
        let first = try agent.report("<s>one</s>")
        try await agent.acknowledgement(of: first)
        let active = try bundle("active")
        try await leader.apply(active)
        _ = try await agent.configuration(with: "active")
        let next = try bundle("next")
        guard case .planned(let plan) = try await leader.ask(.plan(next)) else {
          Issue.record("there is no plan")
          return
        }
        #expect(plan.policy == next.digest)
        #expect(plan.active == active.digest)
        #expect(plan.changes.map(\.path.text) == ["n1/web/config.xml"])
        #expect(plan.changes.first?.old?.text == "<c>active <s>one</s></c>")
        #expect(plan.changes.first?.new?.text == "<c>next <s>one</s></c>")
        guard case .planned(let same) = try await leader.ask(.plan(active)) else {
          Issue.record("there is no plan")
          return
        }
        #expect(same.changes.isEmpty)
        #expect(try await leader.status().policy?.policy == active.digest)
      }
    }
  }

  @Test("history grows by each activation, and a rollback is one, too")
  func rollback() async throws {
    try await withLeader { leader in
      #expect(try await leader.rejection(.rollback(to: nil, author: "test", expected: nil)).reason == .notFound)
      let (one, two) = (try bundle("one"), try bundle("two"))
      try await leader.apply(one)
      try await leader.apply(two, expected: one.digest)
      #expect(try await leader.rejection(.apply(one, author: "test", expected: one.digest)).reason == .outdated)
      guard
        case .activated(one.digest, _) = try await leader.ask(.rollback(to: nil, author: "test", expected: nil))
      else {
        Issue.record("the earlier policy is not active")
        return
      }
      guard case .history(let records) = try await leader.ask(.history) else {
        Issue.record("there is no history")
        return
      }
      #expect(records.map(\.policy) == [one.digest, two.digest, one.digest])
      #expect(records.map(\.isActive) == [true, false, false])
      let unknown = try bundle("never applied").digest
      #expect(
        try await leader.rejection(.rollback(to: unknown, author: "test", expected: nil)).reason == .notFound)
    }
  }

  @Test("a roll-back is planned like an activation, and is refused where another policy came in between")
  func plannedRollback() async throws {
    try await withLeader { leader in
      let (one, two) = (try bundle("one"), try bundle("two"))
      try await leader.apply(one)
      try await leader.apply(two)
      guard case .planned(let plan) = try await leader.ask(.planRollback(to: nil)) else {
        Issue.record("there is no plan")
        return
      }
      #expect(plan.policy == one.digest && plan.active == two.digest)
      #expect(try await leader.status().policy?.policy == two.digest)
      let late = OperatorRequest.rollback(to: nil, author: "test", expected: one.digest)
      #expect(try await leader.rejection(late).reason == .outdated)
    }
  }

  @Test("a quarantine is lifted by its target or with all others, and what is none is refused by name")
  func lift() async throws {
    try await withLeader { leader in
      let none = try await leader.rejection(.lift(targets: [], author: "test"))
      #expect(none == Rejection(.notFound, "no rule is quarantined, so there is nothing to lift"))
      try await leader.apply(try bundle("alternates"))
      try await until { try await leader.status().problems.map(\.target) == ["n1/a"] }
      let other = try await leader.rejection(.lift(targets: ["n1/b"], author: "test"))
      #expect(other == Rejection(.notFound, "`n1/b` is not quarantined; these are:\n  n1/a"))
      guard case .lifted(["n1/a"], _) = try await leader.ask(.lift(targets: ["n1/a"], author: "test")) else {
        Issue.record("it is not lifted")
        return
      }
      try await until { try await leader.status().problems.isEmpty }
    }
  }

  @Test("a folder or file that is not in the tree is named in the answer")
  func unknown() async throws {
    try await withLeader { leader in
      let folder = try await leader.rejection(.status(files: "n9"))
      #expect(
        folder == Rejection(.notFound, "the tree has no folder `n9`; `dmake status` lists the nodes"))
      let file = try await leader.rejection(.why(ValueReference(try TreePath("n9/web/config.xml")), at: nil))
      #expect(file == Rejection(.notFound, "the tree has no file `n9/web/config.xml`"))
    }
  }
}
