import GroupProtocol
import Model
import Supervision
import Testing

@Suite("An agent whose leader changes its configuration for what a process brings about")
struct AgentHasteTests {
  private let name: ProcessName
  private var core: AgentCore
  private var link = LinkID(0)
  private var now = Instant.zero
  private var version: LogIndex = 0
  private var starts = 0
  private var ends = 0
  private var acknowledged: UInt64 = 0
  private var reported: [Int] = []
  /// What the configuration is to be after so many ends.
  private var rule: (Int) -> String = { _ in "" }
  /// Whether the leader's answer to an end comes when the next start has been made.
  private var isLate = false
  private var isRunning = false
  private var answered = 0
  /// Whether the process ends as soon as it runs.
  private var isIll = false

  init() throws {
    let name = try ProcessName("web")
    self.name = name
    core = AgentCore(
      settings: AgentCoreSettings(leaders: ["leader"], version: "1", seed: 1),
      boot: AgentBoot(AgentRecord(node: try NodeName("n1"), instance: "i")),
      decode: { content in
        // A configuration is the process's generation; without one there is no process.
        var process = ProcessConfiguration(name: name, executable: "/bin/x")
        process.generation = content.text
        return .success(
          NodeConfiguration(environment: [:], processes: content.bytes.isEmpty ? [] : [process]))
      }, valuesDigest: { content, _ in content.digest }, restDigest: { content, _ in content.digest })
  }

  /// Gives the agent what it has asked for.
  private mutating func settle(_ effects: [AgentEffect]) {
    var queue = effects
    while !queue.isEmpty {
      switch queue.removeFirst() {
      case .connect(let id, _):
        link = id
        queue += core.step(.opened(id), at: now)
        let welcome = Welcome(
          epoch: 1, acknowledged: acknowledged, resend: false, holdings: false, timing: .standard)
        queue += core.step(.received(id, [.welcome(welcome)]), at: now)
      case .start(let launch, _):
        starts += 1
        queue += core.step(.started(launch.name, pid: Int32(starts)), at: now)
        if isIll { queue += core.step(.ended(launch.name, .exited(code: 1)), at: now) }
        isRunning = !isIll
      case .signalSession(let name, _, _):
        isRunning = false
        queue += core.step(.ended(name, .signalled(15)), at: now)
      case .deliver(let files):
        let results = files.map { DeliveryResult(file: $0.file, stamp: $0.stamp) }
        queue += core.step(.delivered(results), at: now)
      case .send(_, let messages):
        for message in messages {
          if case .processes(let processes) = message {
            reported += processes.map(\.hastyStarts)
          }
          if case .heartbeat(let number) = message {
            queue += core.step(.received(link, [.answered(heartbeat: number)]), at: now)
          }
          guard case .report(let report) = message else { continue }
          acknowledged = report.sequence
          queue += core.step(.received(link, [.acknowledged(sequence: report.sequence)]), at: now)
          guard case .stopped = report.body else { continue }
          ends += 1
          if !isLate { queue += configure(ends) }
        }
      default: break
      }
      if isLate, queue.isEmpty, isRunning, answered < starts { queue += configure(starts) }
    }
  }

  private mutating func configure(_ count: Int) -> [AgentEffect] {
    let text = rule(count)
    answered = count
    version += 1
    let stamp = Stamp(epoch: 1, index: version)
    let file = Configuration.File(file: .config, stamp: stamp, content: Content(text))
    return core.step(
      .received(link, [.configure(Configuration(stamp: stamp, seen: 0, files: [file]))]), at: now)
  }

  private mutating func run(for limit: Duration) {
    settle(core.step(.start, at: now))
    settle(configure(0))
    // The process is killed once, from outside.
    if !isIll, !isLate { settle(core.step(.ended(name, .signalled(9)), at: now)) }
    let end = now + limit
    while let due = core.deadline, due <= end {
      now = max(now, due)
      settle(core.step(.timer, at: now))
    }
  }

  @Test("starts it less and less often where each start is answered")
  mutating func late() {
    isLate = true
    rule = { "\($0)" }
    run(for: .seconds(120))
    // The first one; then 0, 0.5, 1, 2, 4, 8, 16, 30 and 30 s after the one before.
    #expect(starts == 10, "\(starts) starts")
    #expect(reported.max() == 9, "\(reported)")
  }

  @Test("comes to rest where an end is answered")
  mutating func early() {
    rule = { "\($0)" }
    run(for: .seconds(120))
    // The one that was killed, its successor, and one for the answer, which is no end to answer.
    #expect(starts == 3, "\(starts) starts")
  }

  @Test("starts an ill process less and less often, also where it is taken out and put back at each end")
  mutating func ill() {
    isIll = true
    rule = { ends in ends % 2 == 1 ? "" : "again" }
    run(for: .seconds(120))
    #expect(starts >= 8 && starts <= 20, "\(starts) starts")
  }
}
