import GroupProtocol
import Model
import Testing
import WriteAheadLog

@testable import Leader

@Suite("a leader that was killed", .timeLimit(.minutes(5)))
struct RecoveryTests {
  @Test("has every report that it had acknowledged, whenever it is killed")
  func acknowledged() async throws {
    try await withScratch { scratch in
      var settings = try TestLeader.settings(scratch)
      settings.log.segmentLimitBytes = 1500
      settings.snapshotLimitBytes = 4000
      try await TestLeader.run(settings, engine: ScriptedEngine()) { leader in
        try await leader.apply(try bundle("policy"))
        try await ScriptedAgent.run("n1", at: leader) { agent, _ in
          for round in 1...30 {
            let last = try agent.report("<s>\(round)</s>")
            try await agent.acknowledgement(of: last)
            // More is on its way while the copy is made.
            try agent.report("<s>\(round) and more</s>")
            try copyState(of: "\(scratch)/state", to: "\(scratch)/copy\(round)")
            let state = try EmbeddedEngine.open(stateFolder: "\(scratch)/copy\(round)").state
            #expect(state.nodes[try NodeName("n1")].map { $0.acknowledged >= last } == true)
            #expect(state.policies.active != nil)
          }
        }
      }
    }
  }

  @Test("does not run a round again whose result it had logged, and repairs ROOT instead")
  func loggedResult() async throws {
    try await withScratch { scratch in
      let first = ScriptedEngine()
      try await TestLeader.run(try TestLeader.settings(scratch), engine: first) { leader in
        try await ScriptedAgent.run("n1", at: leader) { agent, _ in
          try agent.report("<s>one</s>")
          try await leader.apply(try bundle("policy"))
          _ = try await agent.configuration(with: "one")
        }
        try await until { try await !leader.status().isRoundRunning }
        try copyState(of: "\(scratch)/state", to: "\(scratch)/copy")
      }
      #expect(await !first.runs.isEmpty)
      let second = ScriptedEngine()
      try await TestLeader.run(try TestLeader.settings(scratch, state: "copy"), engine: second) { leader in
        try await ScriptedAgent.run("n1", at: leader) { agent, _ in
          // The agent gets what the lost round had decided.
          _ = try await agent.configuration(with: "one")
        }
        let start = try await leader.status().tick
        try await until { try await leader.status().tick > start + 5 }
      }
      #expect(await second.runs.isEmpty)
      let config = try TreePath("n1/web/config.xml")
      #expect(await second.preparedTree?[config]?.content.text == "<c>policy <s>one</s></c>")
    }
  }

  @Test("runs a round again that had no result in the log, at the same place")
  func unloggedResult() async throws {
    try await withScratch { scratch in
      let first = ScriptedEngine(isHeld: true)
      try await TestLeader.run(try TestLeader.settings(scratch), engine: first) { leader in
        try await leader.apply(try bundle("policy"))
        try await until { await !first.runs.isEmpty }
        // Updates are acknowledged while the round runs.
        try await ScriptedAgent.run("n1", at: leader) { agent, _ in
          let last = try agent.report("<s>one</s>")
          try await agent.acknowledgement(of: last)
        }
        try copyState(of: "\(scratch)/state", to: "\(scratch)/copy")
        await first.release()
      }
      let second = ScriptedEngine()
      try await TestLeader.run(try TestLeader.settings(scratch, state: "copy"), engine: second) { leader in
        try await ScriptedAgent.run("n1", at: leader) { agent, welcome in
          #expect(welcome.acknowledged == 1)
          _ = try await agent.configuration(with: "one")
        }
      }
      #expect(await second.runs.first == first.runs.first)
    }
  }

  @Test("without its log begins a greater epoch than its agents know")
  func lostLog() async throws {
    try await withScratch { scratch in
      var settings = try TestLeader.settings(scratch)
      settings.timing = Timing(
        tick: .milliseconds(20), leaseTicks: 10, heartbeat: .milliseconds(20), fence: .milliseconds(80))
      try await TestLeader.run(settings, engine: ScriptedEngine()) { leader in
        try await ScriptedAgent.run("n1", at: leader, stamp: Stamp(epoch: 4, index: 99)) { _, welcome in
          #expect(welcome.epoch == 5)
          #expect(welcome.holdings)
        }
      }
      let state = try EmbeddedEngine.open(stateFolder: "\(scratch)/state").state
      #expect(state.epoch == 5)
    }
  }
}
