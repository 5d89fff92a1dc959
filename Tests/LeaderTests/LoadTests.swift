import GroupProtocol
import MakeWrapper
import Model
import Synchronization
import Testing
import Transport

@testable import Leader

@Suite("a leader under load", .timeLimit(.minutes(5)))
struct LoadTests {
  private static let roundCount = 10
  private static let reportLimit: UInt64 = 400_000

  @Test(
    "makes rounds for one node while another reports without pause, whether or not a rule reads that",
    arguments: ["", "n2/seen: n2/web/state.xml\n\tcp $< $@\n"])
  func rounds(rule: String) async throws {
    try await withScratch { scratch in
      let policy = try bundle("n1/web/config.xml: n1/web/state.xml\n\tcp $< $@\n" + rule)
      try await TestLeader.run(try TestLeader.settings(scratch)) { leader in
        try await leader.apply(policy)
        let answers = Answers()
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { try await Self.answer(at: leader, answers) }
          try await Self.report(at: leader, answers)
          #expect(answers.count.load(ordering: .relaxed) == Self.roundCount)
          group.cancelAll()
        }
      }
    }
  }

  private final class Answers: Sendable {
    let count = Atomic(0)
  }

  /// Reports as fast as the leader acknowledges, until there are answers enough, or it was too much.
  private static func report(at leader: TestLeader, _ answers: Answers) async throws {
    try await ScriptedAgent.run("n2", at: leader) { agent, _ in
      var number: UInt64 = 0
      while answers.count.load(ordering: .relaxed) < roundCount, number < reportLimit {
        for _ in 0..<1000 { number = try agent.report("<s>\(number)</s>") }
        try await agent.acknowledgement(of: number - 1000)
      }
    }
  }

  /// Changes a state again each time that its rule has made something of it.
  private static func answer(at leader: TestLeader, _ answers: Answers) async throws {
    try await ScriptedAgent.run("n1", at: leader) { agent, _ in
      for number in 1...roundCount {
        try agent.report("<s>change \(number).</s>")
        let file = try await agent.configuration(with: "change \(number).")
        agent.link.send([
          .applied([AppliedFile(file: file.file, stamp: file.stamp, digest: file.content?.digest)])
        ])
        answers.count.add(1, ordering: .relaxed)
      }
    }
  }

  @Test("what ROOT must become is one thing, the newest")
  func newest() async throws {
    let work = TreeWork()
    for number in 1...1000 { work.show(try tree("\(number)")) }
    guard case .show(let shown) = await work.take() else {
      Issue.record("nothing is to be shown")
      return
    }
    #expect(try shown == tree("1000"))
    work.show(try tree("before"))
    let request = RoundRequest(
      index: 7, tick: 0, policy: Digest(of: []), members: [], changed: [], tree: try tree("before"), events: [],
      memory: [:])
    work.begin(request, nil)
    work.show(try tree("late"))
    guard case .round(request, nil) = await work.take() else {
      Issue.record("no round is to be run")
      return
    }
    work.show(try tree("after"))
    work.finish()
    #expect(await work.take() == nil)
  }

  private func tree(_ text: String) throws -> Tree {
    var tree = Tree()
    tree.apply(TreeChange(try TreePath("n1/web/state.xml"), Content(text)), at: 1)
    return tree
  }
}
