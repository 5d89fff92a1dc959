import Model
import Testing
import XML

/// SplitMix64 (Steele, Lea, Flood 2014): small and the same on every machine, so that a seed names a test case.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

func parsed(_ text: String) throws -> XMLDocument { try XMLDocument.parse(Array(text.utf8)) }

/// The error of a document that must be refused.
func refusal(_ text: String, limits: XMLLimits = .standard) -> XMLError? {
  #expect(throws: XMLError.self) { try XMLDocument.parse(Array(text.utf8), limits: limits) }
}

extension XMLDocument {
  func values(_ path: String) throws -> [String] { try values(at: LocationPath(path)) }
  func set(_ path: String, _ values: String...) throws { try set(LocationPath(path), values) }
  func text() throws -> String { String(decoding: try serialize(), as: UTF8.self) }
}
