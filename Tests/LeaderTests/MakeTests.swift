import GroupProtocol
import Linux
import Model
import Testing

@testable import Leader

/// GNU make itself, below a whole leader.
@Suite("a leader with GNU make", .timeLimit(.minutes(5)))
struct MakeTests {
  /// A policy whose recipe leaves a line in a file outside of the tree each time it runs.
  private static func policy(_ scratch: String) throws -> Bundle {
    try bundle(
      """
      n1/web/config.xml: n1/web/state.xml
      \techo run >> \(scratch)/count
      \techo "<c>$$(cat $<)</c>" > $@

      """)
  }

  private static func count(_ scratch: String) throws -> Int {
    let bytes = try Directory(path: scratch).readIfPresent("count", limitBytes: 1 << 20) ?? []
    return bytes.filter { $0 == UInt8(ascii: "\n") }.count
  }

  @Test("runs a recipe once for each change, and not again after it was killed and came back")
  func counts() async throws {
    try await withScratch { scratch in
      let policy = try Self.policy(scratch)
      try await TestLeader.run(try TestLeader.settings(scratch)) { leader in
        try await ScriptedAgent.run("n1", at: leader) { agent, _ in
          let first = try agent.report("<s>one</s>")
          try await agent.acknowledgement(of: first)
          try await leader.apply(policy)
          _ = try await agent.configuration(with: "one")
          try agent.report("<s>two</s>")
          _ = try await agent.configuration(with: "two")
        }
        try await until { try await !leader.status().isRoundRunning }
        try copyState(of: "\(scratch)/state", to: "\(scratch)/copy")
      }
      let before = try Self.count(scratch)
      #expect(before >= 2)
      // ROOT of the killed leader is lost, too: the copy has a new one.
      let runs = try await TestLeader.run(try TestLeader.settings(scratch, state: "copy")) { leader in
        try await ScriptedAgent.run("n1", at: leader, incarnation: 2) { agent, _ in
          _ = try await agent.configuration(with: "two")
          // A round in which nothing that the rule reads has changed.
          let rounds = try await leader.status().rounds
          agent.report(.stopped(try ProcessName("web"), .exited(code: 1), WallTime(milliseconds: 0)))
          try await until { try await leader.status().rounds > rounds }
          #expect(try Self.count(scratch) == before)
          var runs: [Int] = []
          for text in ["three", "four", "five"] {
            let count = try Self.count(scratch)
            try agent.report("<s>\(text)</s>")
            _ = try await agent.configuration(with: text)
            try await until { try await !leader.status().isRoundRunning }
            runs.append(try Self.count(scratch) - count)
          }
          return runs
        }
      }
      // One run in 64 is repeated (dmakefile(5), ROUNDS), whichever it is.
      #expect(runs.contains(1) && runs.allSatisfy { 1...2 ~= $0 }, "\(runs)")
      let root = try Directory(path: "\(scratch)/copy/tree")
      let bytes = try root.read("n1/web/config.xml", limitBytes: 1000)
      #expect(String(decoding: bytes, as: UTF8.self).contains("five"))
    }
  }

  @Test("refuses a policy that make cannot read, and goes on with the one before")
  func badPolicy() async throws {
    try await withScratch { scratch in
      try await TestLeader.run(try TestLeader.settings(scratch)) { leader in
        let good = try Self.policy(scratch)
        try await leader.apply(good)
        let rejection = try await leader.rejection(
          .apply(try bundle("all: n1/web/config.xml\n  lost its tab\n"), author: "test", expected: nil))
        #expect(rejection.reason == .badInput)
        #expect(rejection.text.contains("DMakefile:2"))
        #expect(try await leader.status().policy?.policy == good.digest)
      }
    }
  }

  @Test("plans in a private copy")
  func plan() async throws {
    try await withScratch { scratch in
      try await TestLeader.run(try TestLeader.settings(scratch)) { leader in
        try await ScriptedAgent.run("n1", at: leader) { agent, _ in
          let first = try agent.report("<s>one</s>")
          try await agent.acknowledgement(of: first)
          guard case .planned(let plan) = try await leader.ask(.plan(try Self.policy(scratch))) else {
            Issue.record("there is no plan")
            return
          }
          #expect(plan.changes.map(\.path.text) == ["n1/web/config.xml"])
          #expect(plan.changes.first?.new?.text == "<c><s>one</s></c>\n")
          #expect(try await leader.status().files.isEmpty)
          #expect(try await leader.status().policy == nil)
        }
      }
    }
  }

  @Test("stops at once although a recipe hangs, and runs its round again when it is back")
  func stopsWhileRunning() async throws {
    try await withScratch { scratch in
      let policy = try bundle(
        """
        n1/web/config.xml:
        \techo run >> \(scratch)/count
        \ttest -e \(scratch)/go || sleep 1000
        \techo "<c/>" > $@

        """)
      try await TestLeader.run(try TestLeader.settings(scratch)) { leader in
        try await ScriptedAgent.run("n1", at: leader) { _, _ in
          try await leader.apply(policy)
          try await until { try Self.count(scratch) == 1 }
        }
      }
      try Directory(path: scratch).write("go", [])
      try await TestLeader.run(try TestLeader.settings(scratch)) { leader in
        try await ScriptedAgent.run("n1", at: leader, incarnation: 2) { agent, _ in
          _ = try await agent.configuration(with: "<c/>")
        }
      }
      // The first run of a rule that ends is repeated, to see whether it does the same again.
      #expect(try Self.count(scratch) == 3)
    }
  }
}
