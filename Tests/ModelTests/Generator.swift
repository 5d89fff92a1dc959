/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014), kept as a value, so that a
/// test that fails fails again.
struct Generator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// A number below `limit`; the slight bias does not matter to tests.
  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}

/// Texts that a hostile peer would send where a name is expected.
enum HostileText {
  static let pieces = [
    "a", "Z", "9", "-", "_", ".", "..", "/", "//", ":", " ", "\t", "\n", "\0", "\u{1b}[31m", "$(id)", "`id`",
    "%", "~", "*", "{}", "\\", "\"", "'", "é", "\u{202e}", "\u{feff}", "İ", "K", "DMake", "dmake", "new-node",
    "fail-node", "stop-proc", "config.xml", "state.xml", "web", "n1", "+", "@", ",", "=",
  ]

  static func text(_ generator: inout Generator) -> String {
    (0..<generator.below(8)).map { _ in generator.pick(pieces) }.joined()
  }
}
