import GroupProtocol
import Model
import Testing

@Suite("Operators who read logs through a leader")
struct LogReadTests {
  private var scenario = LeaderScenario()
  private let node: NodeName
  private let query: LogQuery
  private let chunk = LogChunk(bytes: [65, 10], next: LogPlace(file: 1, offset: 2, mark: 3), isAtEnd: true)

  init() throws {
    node = try NodeName("n1")
    query = LogQuery(process: try ProcessName("web"), lines: 5)
    for line in ["open", "appended", "connect 1", "hello 1 n1", "appended"] { _ = try scenario.run(line) }
  }

  private mutating func step(_ input: LeaderInput) -> [LeaderEffect] {
    scenario.core.step(input, time: WallTime(milliseconds: 0))
  }

  private mutating func ask(_ request: UInt64, _ node: NodeName? = nil) -> [LeaderEffect] {
    step(.readLog(RequestID(request), node ?? self.node, query))
  }

  private mutating func answer(_ number: UInt64, _ result: LogResult, session: UInt64 = 1) -> [LeaderEffect] {
    step(.received(SessionID(session), [.log(number: number, result)]))
  }

  private func rejection(_ effects: [LeaderEffect]) -> Rejection? {
    if case .answer(_, .rejected(let rejection))? = effects.first { rejection } else { nil }
  }

  @Test("a query goes to the node's agent, and its answer to the operator, once and past the log")
  mutating func way() throws {
    #expect(ask(7) == [.send(SessionID(1), [.readLog(number: 7, query)])])
    #expect(answer(7, .chunk(chunk)) == [.answer(RequestID(7), .log(chunk))])
    #expect(answer(7, .chunk(chunk)).isEmpty)
    #expect(ask(8).count == 1)
    #expect(answer(8, .noOutput) == [.answer(RequestID(8), .log(nil))])
  }

  @Test("what is wrong is named: no such node, one that is away, no such process, a disk that fails")
  mutating func refusals() throws {
    #expect(
      rejection(ask(1, try NodeName("n9")))
        == Rejection(.notFound, "there is no node `n9`; `dmake status` lists the nodes"))
    _ = ask(2)
    #expect(
      rejection(answer(2, .noProcess))
        == Rejection(.notFound, "node `n1` has no process `web`; `dmake status n1` lists them"))
    _ = ask(3)
    #expect(rejection(answer(3, .failed("it broke"))) == Rejection(.unavailable, "node `n1`: it broke"))
    _ = ask(4)
    let broken = step(.disconnected(SessionID(1)))
    #expect(
      rejection(broken)?.text.hasPrefix("node `n1` is not connected; what `web` printed stands there") == true)
    #expect(rejection(ask(5))?.reason == .unavailable)
  }

  @Test("an answer that is late, or another agent's, is for nobody")
  mutating func late() throws {
    _ = ask(1)
    for line in ["connect 2", "hello 2 n2", "appended"] { _ = try scenario.run(line) }
    #expect(answer(1, .chunk(chunk), session: 2).isEmpty)
    #expect(
      rejection(step(.abandonLog(RequestID(1))))
        == Rejection(.unavailable, "node `n1` does not answer; ask again"))
    #expect(step(.abandonLog(RequestID(1))).isEmpty)
    #expect(answer(1, .chunk(chunk)).isEmpty)
  }

  @Test("so many may wait for one agent, and no more; who was answered makes room")
  mutating func bounds() throws {
    let limit = UInt64(LeaderCore.logReadsPerAgent)
    for number in 1...limit { #expect(rejection(ask(number)) == nil) }
    #expect(rejection(ask(limit + 1)) == Rejection(.unavailable, "too many logs are read at once; ask again"))
    for line in ["connect 2", "hello 2 n2", "appended"] { _ = try scenario.run(line) }
    #expect(rejection(ask(limit + 2, try NodeName("n2"))) == nil)
    _ = answer(1, .noOutput)
    #expect(rejection(ask(limit + 3)) == nil)
    #expect(step(.disconnected(SessionID(1))).count == Int(limit))
  }
}
