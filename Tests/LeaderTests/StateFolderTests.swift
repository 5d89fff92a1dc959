import Glibc
import GroupProtocol
import Linux
import Model
import Testing
import WriteAheadLog

@testable import Leader

@Suite("a leader's state folder", .timeLimit(.minutes(5)))
struct StateFolderTests {
  @Test("is one leader's; another is told whose")
  func inUse() async throws {
    try await withScratch { scratch in
      try await TestLeader.run(try TestLeader.settings(scratch), engine: ScriptedEngine()) { _ in
        let error = await #expect(throws: LeaderError.self) {
          try await TestLeader.run(try TestLeader.settings(scratch), engine: ScriptedEngine()) { _ in }
        }
        #expect(
          error?.description
            == "cannot lock `\(scratch)/state/leader.lock`: process \(getpid()) holds it; stop that process or use another folder"
        )
      }
      // It is free again afterwards.
      try await TestLeader.run(try TestLeader.settings(scratch), engine: ScriptedEngine()) { _ in }
    }
  }

  @Test("that cannot be written is named", .enabled(if: geteuid() == 0))
  func readOnly() async throws {
    try await withFileSystem("ro") { path in
      let error = await #expect(throws: LeaderError.self) {
        try await TestLeader.run(try TestLeader.settings(path), engine: ScriptedEngine()) { _ in }
      }
      #expect(error?.description == "cannot create the folder `\(path)/state`: Read-only file system")
    }
  }

  @Test("with a damaged log is refused with file and place")
  func damagedLog() async throws {
    try await withScratch { scratch in
      let settings = try TestLeader.settings(scratch)
      try await TestLeader.run(settings, engine: ScriptedEngine()) { leader in
        try await leader.apply(try bundle("one"))
        try await leader.apply(try bundle("two"))
      }
      let log = try Directory(path: "\(scratch)/state/log")
      let name = "00000000000000000001.log"
      var bytes = try log.read(name, limitBytes: .max)
      bytes[70] ^= 1
      try log.write(name, bytes)
      let error = await #expect(throws: LeaderError.self) {
        try await TestLeader.run(settings, engine: ScriptedEngine()) { _ in }
      }
      guard case .engine(.log(.damaged(let path, 32, _))) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(path == "\(scratch)/state/log/\(name)")
    }
  }

  @Test(
    "on a full disk acknowledges nothing and says so, and goes on when there is room",
    .enabled(if: geteuid() == 0))
  func full() async throws {
    try await withFileSystem("size=1m") { path in
      try await TestLeader.run(try TestLeader.settings(path), engine: ScriptedEngine()) { leader in
        let disk = try Directory(path: path)
        try await ScriptedAgent.run("n1", at: leader) { agent, _ in
          let first = try agent.report("<s>one</s>")
          try await agent.acknowledgement(of: first)
          try Self.fill(disk)
          try await until {
            let answer = try await leader.ask(.apply(try bundle("policy"), author: "test", expected: nil))
            if case .rejected(let rejection) = answer { return rejection.reason == .unavailable }
            return false
          }
          let before = try await leader.status()
          let last = try agent.report("<s>two</s>")
          for _ in 1...20 {
            #expect(
              try await leader.status().index == before.index, "nothing counts that the log does not have")
          }
          try disk.remove("ballast")
          try await agent.acknowledgement(of: last)
        }
      }
      let state = try EmbeddedEngine.open(stateFolder: "\(path)/state").state
      #expect(state.tree[try TreePath("n1/web/state.xml")]?.content.text == "<s>two</s>")
    }
  }

  /// Leaves no room at all.
  private static func fill(_ disk: Directory) throws {
    let file = open("\(disk.path)/ballast", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(file) }
    let block = [UInt8](repeating: 1, count: 4096)
    while write(file, block, block.count) > 0 {}
  }

  @Test("is not touched where the timers are unsafe")
  func badTiming() async throws {
    try await withScratch { scratch in
      var settings = try TestLeader.settings(scratch)
      settings.timing = Timing(
        tick: .seconds(1), leaseTicks: 10, heartbeat: .seconds(1), fence: .milliseconds(9981),
        stopGrace: .zero)
      await #expect(throws: LeaderError.badTiming(settings.timing)) {
        try await TestLeader.run(settings, engine: ScriptedEngine()) { _ in }
      }
      #expect(try FolderListing.names(scratch).isEmpty)
      #expect(
        Timing(
          tick: .seconds(1), leaseTicks: 10, heartbeat: .seconds(1), fence: .milliseconds(8980),
          stopGrace: .seconds(1)
        ).isSafe)
    }
  }

  @Test("is of no use without GNU make")
  func makeMissing() async throws {
    try await withScratch { scratch in
      var settings = try TestLeader.settings(scratch)
      settings.make = "/nonexistent/make"
      await #expect(throws: LeaderError.makeMissing(path: "/nonexistent/make")) {
        try await TestLeader.run(settings) { _ in }
      }
    }
  }
}
