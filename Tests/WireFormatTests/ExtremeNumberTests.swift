import GroupProtocol
import Model
import Supervision
import Testing
import WireFormat

/// The borders of what 32 and 64 bits can hold, with and without a sign.
private let extremes: [UInt64] = [0, 1 << 31, 1 << 32, 1 << 62, .max >> 1, 1 << 63, .max - 1, .max]

@Suite("No number that a peer says stops a core, or leaves it in a state that it could not read again")
struct ExtremeNumberTests {
  private let node: NodeName
  private let process: ProcessName
  private let session = SessionID(1)
  private let wall = WallTime(milliseconds: 0)

  init() throws {
    node = try NodeName("n1")
    process = try ProcessName("web")
  }

  /// Every message of `seeds` with each of its numbers replaced, where it can be read at all.
  private func mutations<Message: WireValue>(
    of seeds: Range<UInt64>, _ make: (inout Dice) throws -> Message
  ) throws -> (read: [Message], refused: Int) {
    var read: [Message] = []
    var refused = 0
    for seed in seeds {
      var dice = Dice(seed: seed)
      let bytes = try make(&dice).encoded()
      let message = try #require(WireMutation(bytes))
      #expect(message.bytes == bytes)
      for number in extremes {
        for changed in message.replacing(with: number) {
          do { read.append(try Message(encoded: changed.bytes)) } catch { refused += 1 }
        }
      }
    }
    return (read, refused)
  }

  /// Has the log take what the core appends, until it appends nothing more.
  private func settle(_ core: inout LeaderCore, _ input: LeaderInput) {
    var inputs = [input]
    while let next = inputs.popLast() {
      for effect in core.step(next, time: wall) {
        guard case .append(let first, let entries, _) = effect else { continue }
        inputs.append(.appended(through: first + LogIndex(entries.count) - 1))
      }
    }
  }

  private func leader(isAdmitted: Bool) throws -> LeaderCore {
    var core = LeaderCore(state: LeaderState(), timing: .standard)
    settle(&core, .open)
    settle(&core, .connected(session))
    guard isAdmitted else { return core }
    let hello = Hello(node: node, instance: "i", incarnation: 1, stamp: .zero, applied: [], version: "1")
    settle(&core, .received(session, [.hello(hello)]))
    return core
  }

  @Test("an agent's messages, to a leader", arguments: [true, false])
  func agentMessages(isAdmitted: Bool) throws {
    let fresh = try leader(isAdmitted: isAdmitted)
    let (messages, refused) = try mutations(of: 0..<250) { try $0.agentMessage() }
    #expect(messages.count > 1000 && refused > 1000)
    for message in messages {
      var core = fresh
      settle(&core, .received(session, [message]))
      for _ in 0..<5 { settle(&core, .tick) }
      let state = core.state
      #expect(state.epoch <= 1 + (1 << 16) + 1, "\(message)")
      #expect(try LeaderState(encoded: state.encoded()) == state, "\(message)")
      let report = core.statusReport(files: nil)
      #expect(try StatusReport(encoded: report.encoded()).nodes.count == state.nodes.count, "\(message)")
    }
  }

  @Test("an operator's requests, to a leader")
  func requests() throws {
    let core = try leader(isAdmitted: true)
    let (requests, _) = try mutations(of: 0..<250) { try $0.request() }
    #expect(requests.count > 500)
    for request in requests {
      switch request {
      case .why(let value, let index): _ = try? core.state.explanation(of: value, at: index)
      case .whyNot(let target, let since): _ = try? core.state.whyNot(target, since: since, .notRead)
      case .log(_, let query):
        var core = core
        settle(&core, .readLog(RequestID(1), node, query))
      default: break
      }
    }
  }

  private func agent() -> AgentCore {
    var core = AgentCore(
      settings: AgentCoreSettings(leaders: ["l1"], version: "1", seed: 1),
      boot: AgentBoot(
        record: AgentRecord(node: node, instance: "i"),
        clock: ClockReading(boot: "b1", wall: wall, at: .zero)),
      decode: { _ in .success(NodeConfiguration(environment: [:], processes: [])) },
      valuesDigest: { content, _ in content.digest }, restDigest: { content, _ in content.digest })
    _ = core.step(.start, at: .zero)
    return core
  }

  /// Does what a message brings about, then some time of its own, and answers with the hello that comes after it.
  private func greeting(
    after messages: [LeaderMessage], _ core: inout AgentCore
  ) throws -> [AgentMessage] {
    var now = Instant.zero
    var link = LinkID(1)
    var sent: [AgentMessage] = []
    func step(_ input: AgentInput) {
      for effect in core.step(input, at: now) {
        switch effect {
        case .connect(let id, _): link = id
        case .send(_, let messages): sent += messages
        default: break
        }
      }
    }
    step(.opened(link))
    step(.received(link, messages))
    step(.observed(.state, Content("<s/>")))
    for _ in 0..<20 {
      now = now + .seconds(1)
      step(.timer)
    }
    step(.closed(link, reason: "closed"))
    now = now + .seconds(60)
    step(.timer)
    step(.opened(link))
    return sent
  }

  @Test("a leader's messages, to an agent")
  func leaderMessages() throws {
    let welcome = LeaderMessage.welcome(
      Welcome(epoch: 1, acknowledged: 0, resend: true, holdings: false, timing: .standard))
    let (messages, refused) = try mutations(of: 0..<250) { try $0.leaderMessage() }
    #expect(messages.count > 1000 && refused > 1000)
    for message in messages {
      for before in [[], [welcome]] {
        var core = agent()
        let sent = try greeting(after: before + [message], &core)
        for answer in sent { #expect(try AgentMessage(encoded: answer.encoded()) == answer, "\(message)") }
      }
    }
  }

  @Test("what an agent says in 64 bits is below 2^62, and the error says so")
  func sentence() throws {
    var wire = AgentMessage.heartbeat(number: 0).wire
    wire.heartbeat = .max
    let error = #expect(throws: WireError.self) { try AgentMessage(wire: wire) }
    #expect(
      error?.description
        == "the field `heartbeat` is refused: 18446744073709551615 is too large; expected a number below 4611686018427387904"
    )
  }

  @Test("a report may name as many processes as a node may have")
  func lists() throws {
    var wire = WireAgentMessage()
    wire.report.sequence = 1
    wire.report.inForce.processes = Array(repeating: "web", count: 65_537)
    let error = #expect(throws: WireError.self) { try AgentMessage(wire: wire) }
    #expect(
      error?.description
        == "the field `report.in_force.processes` has 65537 bytes or elements; at most 65536 are allowed")
  }

  @Test("a timer of a welcome is between a millisecond and a hundred years", arguments: [0, 999_999, .max])
  func timers(nanoseconds: Int64) throws {
    let welcome = Welcome(epoch: 1, acknowledged: 0, resend: true, holdings: false, timing: .standard)
    var wire = LeaderMessage.welcome(welcome).wire
    wire.welcome.timing.heartbeatNanoseconds = nanoseconds
    let error = #expect(throws: WireError.self) { try LeaderMessage(wire: wire) }
    #expect(error?.field == "welcome.timing.heartbeat_nanoseconds")
  }

  @Test("an agent that reports ever new files is cut off, and what others have stays")
  func files() throws {
    var core = try leader(isAdmitted: true)
    for batch in 0..<70 {
      let messages = try (1...1000).map { offset -> AgentMessage in
        let number = UInt64(batch * 1000 + offset)
        let file = try NodeFile(process, "f\(number)")
        return .report(Report(sequence: number, previous: number - 1, body: .state(file, Content("x"))))
      }
      settle(&core, .received(session, messages))
    }
    #expect(core.state.tree.files.count <= 65_536 + 2)
    let isConnected = core.statusReport(files: nil).nodes.map(\.isConnected)
    #expect(isConnected == [false])
  }
}
