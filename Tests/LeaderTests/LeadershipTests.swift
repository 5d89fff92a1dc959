import GroupProtocol
import Model
import Testing

@testable import Leader

@Suite("a leader at work", .timeLimit(.minutes(5)))
struct LeadershipTests {
  @Test("turns a reported state and an applied policy into the agent's configuration")
  func configuration() async throws {
    try await withScratch { scratch in
      let engine = ScriptedEngine()
      try await TestLeader.run(try TestLeader.settings(scratch), engine: engine) { leader in
        try await ScriptedAgent.run("n1", at: leader) { agent, _ in
          let first = try agent.report("<s>one</s>")
          try await agent.acknowledgement(of: first)
          let policy = try bundle("policy")
          let activated = try await leader.apply(policy)
          let file = try await agent.configuration(with: "<c>policy <s>one</s></c>")
          #expect(file.stamp > Stamp(epoch: 1, index: activated))
          try agent.report("<s>two</s>")
          let next = try await agent.configuration(with: "two")
          #expect(next.stamp > file.stamp)

          try await until { try await leader.status().nodes.first?.outdatedFiles == 1 }
          agent.link.send([
            .applied([AppliedFile(file: next.file, stamp: next.stamp, digest: next.content?.digest)])
          ])
          try await until { try await leader.status().nodes.first?.outdatedFiles == 0 }
          let report = try await leader.status(files: "n1")
          #expect(report.policy?.policy == policy.digest)
          #expect(report.files.map(\.path.text).contains("n1/web/config.xml"))
          #expect(report.nodes.first?.isConnected == true)
        }
        try await until { try await leader.status().nodes.first?.isConnected == false }
      }
    }
  }

  @Test("answers heartbeats once their renewal is in the log")
  func heartbeat() async throws {
    try await withScratch { scratch in
      try await TestLeader.run(try TestLeader.settings(scratch), engine: ScriptedEngine()) { leader in
        try await ScriptedAgent.run("n1", at: leader) { agent, _ in
          for number in 1...3 as ClosedRange<UInt64> {
            agent.link.send([.heartbeat(number: number)])
            try await agent.next { if case .answered(number, _) = $0 { true } else { nil } }
          }
        }
      }
    }
  }

  @Test("activates its first policy by itself, and keeps the log's over it later")
  func firstPolicy() async throws {
    try await withScratch { scratch in
      var settings = try TestLeader.settings(scratch)
      let first = try bundle("first")
      settings.policy = first
      try await TestLeader.run(settings, engine: ScriptedEngine()) { leader in
        try await until { try await leader.status().policy?.policy == first.digest }
      }
      settings.policy = try bundle("second")
      try await TestLeader.run(settings, engine: ScriptedEngine()) { leader in
        let start = try await leader.status().tick
        try await until { try await leader.status().tick > start + 2 }
        #expect(try await leader.status().policy?.policy == first.digest)
      }
      var bad = try TestLeader.settings(scratch, state: "other")
      bad.policy = try bundle("bad")
      await #expect(throws: LeaderError.badPolicy("DMakefile:1: this is bad")) {
        try await TestLeader.run(bad, engine: ScriptedEngine()) { _ in }
      }
    }
  }

  @Test("takes snapshots beside its work, and comes back from them")
  func snapshots() async throws {
    try await withScratch { scratch in
      var settings = try TestLeader.settings(scratch)
      settings.snapshotLimitBytes = 2000
      settings.log.segmentLimitBytes = 1000
      let last = try await TestLeader.run(settings, engine: ScriptedEngine()) { leader in
        try await ScriptedAgent.run("n1", at: leader) { agent, _ in
          var last: UInt64 = 0
          for round in 1...60 {
            last = try agent.report("<s>\(round)</s>")
            try await agent.acknowledgement(of: last)
          }
          return last
        }
      }
      let names = try FolderListing.names("\(scratch)/state/log")
      #expect(names.filter { $0.hasSuffix(".snapshot") }.count == 2)
      #expect(!names.contains("00000000000000000001.log"))
      try await TestLeader.run(settings, engine: ScriptedEngine()) { leader in
        let files = try await leader.status(files: "n1").files
        #expect(files.first { $0.path.text == "n1/web/state.xml" }?.content.text == "<s>60</s>")
        try await ScriptedAgent.run("n1", at: leader) { _, welcome in
          #expect(welcome.acknowledged == last)
        }
      }
    }
  }
}
