import GroupProtocol
import Model
import Supervision
import Testing

/// A leader that is back before the fence is to be found before the fence.
@Suite("An agent that lost its leader")
struct FenceRetryTests {
  /// When it tries to connect within a minute of an outage that begins at 1 s, the fence being at 8 s.
  private func attempts(_ policy: IsolationPolicy) throws -> [Instant] {
    var process = ProcessConfiguration(name: try ProcessName("web"), executable: "/x")
    process.onIsolation = policy
    let configuration = NodeConfiguration(environment: [:], processes: [process])
    var record = AgentRecord(node: try NodeName("n1"), instance: "i")
    record.configuration = Content("web")
    var core = AgentCore(
      settings: AgentCoreSettings(leaders: ["leader"], version: "1", seed: 1), boot: AgentBoot(record),
      decode: { _ in .success(configuration) }, valuesDigest: { content, _ in content.digest },
      restDigest: { content, _ in content.digest })
    var link = LinkID(0)
    var attempts: [Instant] = []
    var isLeaderUp = true
    func take(_ input: AgentInput, at now: Instant) {
      for effect in core.step(input, at: now) {
        switch effect {
        case .connect(let id, _):
          link = id
          attempts.append(now)
          take(isLeaderUp ? .opened(id) : .closed(id, reason: "nobody answers"), at: now)
        case .send(let id, let messages):
          guard messages.contains(where: { if case .hello = $0 { true } else { false } }) else { continue }
          let welcome = Welcome(epoch: 1, acknowledged: 0, resend: false, holdings: false, timing: .standard)
          take(.received(id, [.welcome(welcome)]), at: now)
        default: break
        }
      }
    }
    take(.start, at: .zero)
    attempts = []
    isLeaderUp = false
    take(.closed(link, reason: "it died"), at: .zero + .seconds(1))
    let outage = Instant.zero + .seconds(1)
    while let due = core.deadline, due < .zero + .seconds(60) { take(.timer, at: max(due, outage)) }
    return attempts
  }

  @Test("tries again until just before the fence where something stops there, else less and less often")
  func beforeFence() throws {
    let fence = Instant.zero + .seconds(8)
    let fenced = try attempts(.stop).filter { $0 < fence }
    #expect(try #require(fenced.last) >= fence + .milliseconds(-200), "\(fenced)")
    let pauses = zip(fenced, fenced.dropFirst()).map { $1 - $0 }
    #expect(pauses.allSatisfy { $0 <= .seconds(1) }, "\(pauses)")
    let free = try attempts(.keep).filter { $0 < fence }
    #expect(free.count < fenced.count)
  }
}
