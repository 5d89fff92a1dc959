import GroupProtocol
import Model
import WireFormat

/// Random values from a seed: SplitMix64 (Steele, Lea and Flood, 2014), so that a failing test fails again.
struct Dice: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
  mutating func flag() -> Bool { Bool.random(using: &self) }

  /// Small numbers, and the borders of all numbers that may be said.
  mutating func word() -> UInt64 {
    [0, 1, UInt64(number(2...300)), next() >> 2, WireLimit.number - 1][number(0...4)]
  }

  mutating func one<Value>(of values: [Value]) -> Value { values[number(0...values.count - 1)] }

  mutating func list<Value>(upTo limit: Int = 4, _ make: (inout Dice) throws -> Value) rethrows -> [Value] {
    try (0..<number(0...limit)).map { _ in try make(&self) }
  }

  mutating func maybe<Value>(_ make: (inout Dice) throws -> Value) rethrows -> Value? {
    flag() ? try make(&self) : nil
  }

  /// Text as hostile as text may be.
  mutating func text() -> String {
    let scalars = [
      "a", "Z", "0", " ", "\n", "\u{0}", "\u{7f}", "\"", "{", "ä", "€", "\u{1F600}", "\u{301}", "\u{FFFE}",
    ]
    return list(upTo: 12) { $0.one(of: scalars) }.joined()
  }

  mutating func bytes() -> [UInt8] { list(upTo: 40) { UInt8.random(in: 0...255, using: &$0) } }

  private mutating func letters(_ count: ClosedRange<Int>, _ alphabet: String) -> String {
    String((0..<number(count)).map { _ in one(of: Array(alphabet)) })
  }

  mutating func nodeName() throws -> NodeName { try NodeName("n" + letters(0...20, "abcxyz0189.-_:")) }
  mutating func processName() throws -> ProcessName { try ProcessName("p" + letters(0...20, "abcxyz0189.-_")) }
  mutating func nodeFile() throws -> NodeFile {
    let name = "f" + letters(0...9, "abC.-_+@")
    return flag() ? try NodeFile(try processName(), name) : try NodeFile("DMake/\(name)")
  }
  mutating func path() throws -> TreePath {
    try TreePath((0...number(0...3)).map { _ in "c" + letters(0...9, "abC0.-_+@,=:") }.joined(separator: "/"))
  }
  mutating func content() -> Content { Content(bytes()) }
  mutating func digest() -> Digest { Digest(of: bytes()) }
  mutating func stamp() -> Stamp { Stamp(epoch: word(), index: word()) }
  mutating func time() -> WallTime {
    WallTime(
      milliseconds: one(of: [
        0, -1, 1_400_000_000_123, -62_135_596_800_000, 253_402_300_799_999, Int64(number(0...99)),
      ]))
  }
  mutating func timing() -> Timing {
    Timing(
      tick: .nanoseconds(number(1_000_000...5_000_000_000)), leaseTicks: UInt64(number(1...1000)),
      heartbeat: .milliseconds(number(1...5000)), fence: .seconds(number(1...100)),
      stopGrace: .milliseconds(number(1...9000)), provenanceTicks: word())
  }
}
