import GroupProtocol
import Model
import Testing
import WireFormat

@Suite("Damaged bytes are refused or read as another value, and never stop the program")
struct HostileBytesTests {
  /// Reads `bytes`. What can be read is a value like any other: it can be written and read again.
  private func survives<Value: WireValue & Equatable>(_ type: Value.Type, _ bytes: [UInt8]) throws -> Bool {
    let value: Value
    do { value = try Value(encoded: bytes) } catch { return false }
    #expect(try Value(encoded: value.encoded()) == value)
    return true
  }

  private func damage<Value: WireValue & Equatable>(_ make: (inout Dice) throws -> Value) throws {
    var refused = 0
    for seed in 0..<UInt64(60) {
      var dice = Dice(seed: seed)
      let bytes = try make(&dice).encoded()
      for count in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 40)) {
        if try !survives(Value.self, Array(bytes.prefix(count))) { refused += 1 }
      }
      for _ in 0..<40 where !bytes.isEmpty {
        var flipped = bytes
        flipped[dice.number(0...bytes.count - 1)] ^= 1 << UInt8(dice.number(0...7))
        if try !survives(Value.self, flipped) { refused += 1 }
      }
    }
    #expect(refused > 100)
  }

  @Test("messages of agents") func agentMessages() throws { try damage { try $0.agentMessage() } }
  @Test("messages of leaders") func leaderMessages() throws { try damage { try $0.leaderMessage() } }
  @Test("entries of the log") func entries() throws { try damage { try $0.entry() } }
  @Test("requests of operators") func requests() throws { try damage { try $0.request() } }
  @Test("answers to operators") func answers() throws { try damage { try $0.answer() } }
  @Test("snapshots of a leader's state") func states() throws { try damage { try $0.leaderState() } }

  @Test("random bytes")
  func noise() throws {
    var refused = 0
    for seed in 0..<UInt64(2000) {
      var dice = Dice(seed: seed)
      if try !survives(LogEntry.self, dice.bytes()) { refused += 1 }
    }
    #expect(refused > 1000)
  }
}
