import GroupProtocol
import Model
import Supervision
import Testing

@Suite("What an agent remembers through a crash of itself")
struct AgentRestartTests {
  private let file: NodeFile
  private let settings = AgentCoreSettings(leaders: ["leader"], version: "1", seed: 1)

  init() throws { file = try NodeFile("web/state.xml") }

  private func core(_ record: AgentRecord) -> AgentCore {
    AgentCore(
      settings: settings, boot: AgentBoot(record),
      decode: { content in
        // A configuration is the name of a process.
        let processes = [try? ProcessName(content.text)].compactMap { $0 }
        return .success(
          NodeConfiguration(
            environment: [:], processes: processes.map { ProcessConfiguration(name: $0, executable: "/bin/x") })
        )
      }, valuesDigest: { content, _ in content.digest },
      restDigest: { content, _ in content.digest })
  }

  /// The record that the effects leave on the disk.
  private func record(_ effects: [AgentEffect], _ old: AgentRecord) -> AgentRecord {
    effects.reduce(old) { last, effect in if case .persist(let record) = effect { record } else { last } }
  }

  private func reports(_ effects: [AgentEffect]) -> [Report] {
    effects.flatMap { effect -> [Report] in
      guard case .send(_, let messages) = effect else { return [] }
      return messages.compactMap { if case .report(let report) = $0 { report } else { nil } }
    }
  }

  /// Starts the agent and has it welcomed by a leader that has its reports up to `acknowledged`.
  private func welcome(_ core: inout AgentCore, acknowledged: UInt64) -> [AgentEffect] {
    var effects = core.step(.start, at: .zero)
    let links = effects.compactMap { effect -> LinkID? in
      if case .connect(let link, _) = effect { link } else { nil }
    }
    let welcome = Welcome(
      epoch: 1, acknowledged: acknowledged, resend: false, holdings: false, timing: .standard)
    for link in links {
      effects += core.step(.opened(link), at: .zero)
      effects += core.step(.received(link, [.welcome(welcome)]), at: .zero)
    }
    return effects
  }

  @Test("a state file that went while no agent ran is reported as gone, even if nothing watches it any more")
  func goneFile() throws {
    var disk = AgentRecord(node: try NodeName("n1"), instance: "i")
    disk.configuration = Content("web")
    var first = core(disk)
    disk = record(welcome(&first, acknowledged: 0), disk)
    let told = first.step(.observed(file, Content("<s/>")), at: .zero)
    disk = record(told, disk)
    #expect(reports(told).map(\.body) == [.state(file, Content("<s/>"))])
    #expect(disk.reported.contains(file), "the disk knows of it before the leader does")

    disk.configuration = nil
    var second = core(disk)
    let effects = welcome(&second, acknowledged: 1)
    disk = record(effects, disk)
    let gone = reports(effects)
    #expect(gone.map(\.body) == [.state(file, nil)])
    #expect(gone.allSatisfy { $0.sequence > 1 && $0.previous == 1 }, "numbers are never used twice")
    #expect(disk.reported.contains(file), "until the leader has it in its log")
  }

  @Test("the incarnation grows with each start, but not while ends of processes are unacknowledged")
  func incarnation() throws {
    var disk = AgentRecord(node: try NodeName("n1"), instance: "i")
    for expected in 1...3 as ClosedRange<UInt64> {
      var agent = core(disk)
      disk = record(agent.step(.start, at: .zero), disk)
      #expect(disk.incarnation == expected)
    }
    let stopped = AgentRecord.StoppedProcess(
      sequence: 7, process: try ProcessName("web"), end: .exited(code: 1), time: WallTime(milliseconds: 0))
    disk.stopped = [stopped]
    disk.sequenceLimit = 8
    var agent = core(disk)
    let effects = welcome(&agent, acknowledged: 6)
    #expect(record(effects, disk).incarnation == 3)
    #expect(reports(effects).map(\.sequence) == [7])
    // A leader that has it says so, and it is not told again.
    var other = core(disk)
    #expect(reports(welcome(&other, acknowledged: 7)).isEmpty)
  }

  private func configure(
    _ core: inout AgentCore, _ version: UInt64, _ text: String
  ) throws -> [AgentEffect] {
    let stamp = Stamp(epoch: 1, index: version)
    let new = Configuration.File(file: try config, stamp: stamp, content: Content(text))
    return core.step(
      .received(LinkID(1), [.configure(Configuration(stamp: stamp, seen: 0, files: [new]))]), at: .zero)
  }

  private func deliveries(_ effects: [AgentEffect]) -> [Configuration.File] {
    effects.flatMap { effect -> [Configuration.File] in
      if case .deliver(let files) = effect { files } else { [] }
    }
  }

  private var config: NodeFile { get throws { try NodeFile("web/config.xml") } }

  @Test(
    "a version that a later one follows is known to be on the disk, even if the later one cannot be written")
  func overtakenVersion() throws {
    let file = try config
    var core = core(AgentRecord(node: try NodeName("n1"), instance: "i"))
    _ = welcome(&core, acknowledged: 0)
    for version in [5, 7] as [UInt64] {
      #expect(deliveries(try configure(&core, version, "\(version)")).count == 1)
    }
    let full = "no space left on device"
    _ = core.step(.delivered([DeliveryResult(file: file, stamp: Stamp(epoch: 1, index: 5))]), at: .zero)
    _ = core.step(
      .delivered([DeliveryResult(file: file, stamp: Stamp(epoch: 1, index: 7), problem: full)]), at: .zero)
    #expect(core.holdings[file] == Content("5"))
    #expect(deliveries(try configure(&core, 4, "4")).isEmpty, "an older version stays out")
    #expect(deliveries(try configure(&core, 7, "7")).count == 1, "the one that failed may come again")
  }

  @Test("a file that was written just before a crash is known to the next agent")
  func writtenBeforeCrash() throws {
    let file = try config
    var disk = AgentRecord(node: try NodeName("n1"), instance: "i")
    var first = core(disk)
    disk = record(welcome(&first, acknowledged: 0), disk)
    disk = record(try configure(&first, 5, "5"), disk)
    #expect(disk.files.contains(file), "before the file is written")

    let next = AgentCore(
      settings: settings, boot: AgentBoot(disk, [file: Content("5")]), decode: { _ in .success(.empty) },
      valuesDigest: { content, _ in content.digest },
      restDigest: { content, _ in content.digest })
    #expect(next.holdings == [file: Content("5")])
  }
}
