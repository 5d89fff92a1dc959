import GroupProtocol
import Model
import Supervision
import Testing

@Suite("What an agent makes of much that comes at once")
struct AgentBatchTests {
  private let names: [ProcessName]
  private var core: AgentCore

  init() throws {
    let names = try ["a", "b", "c"].map { try ProcessName($0) }
    self.names = names
    var record = AgentRecord(node: try NodeName("n1"), instance: "i")
    record.configuration = Content("three processes")
    core = AgentCore(
      settings: AgentCoreSettings(leaders: ["leader"], version: "1", seed: 1), boot: AgentBoot(record),
      decode: { _ in
        .success(
          NodeConfiguration(
            environment: [:], processes: names.map { ProcessConfiguration(name: $0, executable: "/bin/x") }))
      }, valuesDigest: { content, _ in content.digest }, restDigest: { content, _ in content.digest })
    _ = core.step(.start, at: .zero)
    for (pid, name) in names.enumerated() { _ = core.step(.started(name, pid: Int32(pid + 1)), at: .zero) }
  }

  @Test("processes that died together are started again before the disk is waited for, and recorded together")
  mutating func ends() {
    let later = Instant.zero + .seconds(60)
    let effects = core.step(names.map { .ended($0, .signalled(9)) }, at: later)
    let starts = effects.prefix { if case .start = $0 { true } else { false } }
    #expect(starts.count == 3, "\(effects)")
    let records = effects.compactMap { effect -> AgentRecord? in
      if case .persist(let record) = effect { record } else { nil }
    }
    #expect(records.count == 1, "\(effects)")
    #expect(records.first?.stopped.map(\.process) == names)
  }

  @Test("what comes behind the end of the agent is not taken any more")
  mutating func leave() {
    let effects = core.step([.leave, .ended(names[0], .signalled(9))], at: .zero)
    #expect(core.isEnded)
    #expect(!effects.contains { if case .start = $0 { true } else { false } })
  }

  @Test("a process's time comes although it was not looked at in between, and goes with the process")
  mutating func deadlines() {
    for _ in 1...2 {
      _ = core.step(.ended(names[1], .signalled(9)), at: .zero)
      _ = core.step(.started(names[1], pid: 9), at: .zero)
    }
    let due = Instant.zero + BackOff.standard.initial
    #expect(core.deadline.map { $0 <= due } == true)
    let effects = core.step(.timer, at: due)
    #expect(effects.contains { if case .start(let launch, _) = $0 { launch.name == names[1] } else { false } })
    #expect(core.step(.timer, at: due).allSatisfy { if case .start = $0 { false } else { true } })
  }
}
