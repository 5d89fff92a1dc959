import GroupProtocol
import Model
import Supervision
import Testing

@Suite("Large files reach a node a few at a time")
struct LargeFileTests {
  private let session = SessionID(1)
  private let size = 15 << 20
  private let count = 6

  /// A leader with an agent that has none of a policy's files.
  private func leader() throws -> LeaderCore {
    var core = LeaderCore(state: LeaderState(), timing: Timing(lease: .seconds(100)))
    step(&core, .open)
    step(&core, .connected(session))
    let hello = Hello(
      node: try NodeName("n1"), instance: "i", incarnation: 1, stamp: .zero, applied: [], version: "1")
    step(&core, .received(session, [.hello(hello)]))
    return core
  }

  /// Has the log take what follows, and answers with the files that are sent.
  @discardableResult
  private func step(_ core: inout LeaderCore, _ input: LeaderInput) -> [Configuration.File] {
    var sent: [Configuration.File] = []
    var inputs = [input]
    while let next = inputs.popLast() {
      for effect in core.step(next, time: WallTime(milliseconds: 0)) {
        switch effect {
        case .append(let first, let entries, _):
          inputs.append(.appended(through: first + LogIndex(entries.count) - 1))
        case .send(_, let messages):
          for case .configure(let configuration) in messages { sent += configuration.files }
        case .startRound(let request): inputs.append(.finished(result(of: request)))
        default: break
        }
      }
    }
    return sent
  }

  private func result(of request: RoundRequest) -> RoundResult {
    let changes = (0..<count).compactMap { number -> TreeChange? in
      guard let path = try? TreePath("n1/web/f\(number)") else { return nil }
      return TreeChange(path, Content([UInt8](repeating: UInt8(number), count: size)))
    }
    return RoundResult(
      index: request.index, changes: changes, handled: request.events.map(\.identity), problems: [],
      provenance: [], memory: [], interest: nil, passes: 1)
  }

  @Test("the next ones when the agent has answered for those before, whatever it says of them")
  func window() throws {
    var core = try leader()
    let policy = Bundle.File(
      path: try TreePath(Bundle.policyFile), isExecutable: false, content: Content("policy"))
    let activation = LeaderInput.activate(RequestID(1), Bundle(files: [policy]), author: "ann", expected: nil)
    var waiting = step(&core, activation)
    var arrived: [NodeFile] = []
    while !waiting.isEmpty {
      #expect(waiting.reduce(0) { $0 + ($1.content?.bytes.count ?? 0) } <= 32 << 20)
      // The second one cannot be written.
      let answers = waiting.map { file in
        let isWritten = file.file.name != "f1"
        return AppliedFile(
          file: file.file, stamp: file.stamp, digest: isWritten ? file.content?.digest : nil,
          problem: isWritten ? nil : "disk full")
      }
      arrived += waiting.map(\.file)
      waiting = step(&core, .received(session, [.applied(answers)]))
    }
    #expect(Set(arrived.map(\.name)) == Set((0..<count).map { "f\($0)" }))
    #expect(arrived.count == count)
  }

  @Test("and an agent's reports come a few at a time, the next ones when those before are acknowledged")
  func reports() throws {
    let processes = try (0..<count).map { number in
      ProcessConfiguration(name: try ProcessName("p\(number)"), executable: "/x")
    }
    var record = AgentRecord(node: try NodeName("n1"), instance: "i")
    record.configuration = Content("all processes")
    var core = AgentCore(
      settings: AgentCoreSettings(leaders: ["l1"], version: "1", seed: 1), boot: AgentBoot(record),
      decode: { _ in .success(NodeConfiguration(environment: [:], processes: processes)) },
      valuesDigest: { content, _ in content.digest }, restDigest: { content, _ in content.digest })
    func reports(_ input: AgentInput) -> [Report] {
      core.step(input, at: .zero).flatMap { effect -> [Report] in
        guard case .send(_, let messages) = effect else { return [] }
        return messages.compactMap { if case .report(let report) = $0 { report } else { nil } }
      }
    }
    _ = reports(.start)
    _ = reports(.opened(LinkID(1)))
    let welcome = Welcome(epoch: 1, acknowledged: 0, resend: true, holdings: false, timing: .standard)
    _ = reports(.received(LinkID(1), [.welcome(welcome)]))
    var waiting: [Report] = []
    var files = Set<NodeFile>()
    for number in 0..<count {
      let content = Content([UInt8](repeating: UInt8(number), count: size))
      waiting += reports(.observed(try NodeFile(ProcessName("p\(number)"), "state.xml"), content))
    }
    // What is in force was reported before them.
    waiting.removeAll { if case .inForce = $0.body { true } else { false } }
    #expect(waiting.count == 2)
    while let last = waiting.last {
      #expect(waiting.count <= 2)
      for case .state(let file, _) in waiting.map(\.body) { files.insert(file) }
      waiting = reports(.received(LinkID(1), [.acknowledged(sequence: last.sequence)]))
    }
    #expect(files.count == count)
  }

  @Test("what is on its way is not sent again for a tick each MiB")
  func patience() throws {
    var core = try leader()
    let policy = Bundle.File(
      path: try TreePath(Bundle.policyFile), isExecutable: false, content: Content("policy"))
    let first = step(&core, .activate(RequestID(1), Bundle(files: [policy]), author: "ann", expected: nil))
    #expect(first.count == 2)
    for _ in 0..<17 { #expect(step(&core, .tick).isEmpty) }
    #expect((0..<4).map { _ in step(&core, .tick).count }.reduce(0, +) == 2)
  }
}
