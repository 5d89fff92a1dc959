import GroupProtocol
import Model
import Testing
import WireFormat

/// How many random values of each type are tried.
private let rounds: UInt64 = 300

@Suite("Every value comes back from the wire as it was")
struct RoundTripTests {
  private func check<Value: WireValue & Equatable>(_ make: (inout Dice) throws -> Value) throws {
    for seed in 0..<rounds {
      var dice = Dice(seed: seed)
      let value = try make(&dice)
      #expect(try Value(encoded: value.encoded()) == value, "seed \(seed)")
    }
  }

  @Test("messages of agents") func agentMessages() throws { try check { try $0.agentMessage() } }
  @Test("messages of leaders") func leaderMessages() throws { try check { try $0.leaderMessage() } }
  @Test("entries of the log") func entries() throws { try check { try $0.entry() } }
  @Test("events") func events() throws { try check { try $0.event() } }
  @Test("requests of operators") func requests() throws { try check { try $0.request() } }
  @Test("answers to operators") func answers() throws { try check { try $0.answer() } }
  @Test("results of rounds") func results() throws { try check { try $0.result() } }
  @Test("records of local rules") func localRecords() throws { try check { try $0.localRecord() } }
  @Test("bundles") func bundles() throws { try check { try $0.bundle() } }
  @Test("snapshots of a leader's state") func states() throws { try check { try $0.leaderState() } }

  /// `Content` is equal when its digest is, so that a field's bytes are compared here once more.
  @Test("contents keep every byte")
  func contents() throws {
    let all = Content(Array(0...255))
    let report = Report(sequence: 1, previous: 0, body: .state(.state, all))
    guard case .state(_, let content?) = try Report(encoded: report.encoded()).body else {
      Issue.record("the report became another one")
      return
    }
    #expect(content.bytes == all.bytes)
  }

  @Test("a batch keeps the order of its messages")
  func batches() throws {
    var dice = Dice(seed: 1)
    let messages = try (0..<100).map { _ in try dice.agentMessage() }
    #expect(try WireAgentBatch(messages).values() == messages)
    let answers = try (0..<100).map { _ in try dice.leaderMessage() }
    #expect(try WireLeaderBatch(answers).values() == answers)
  }
}
