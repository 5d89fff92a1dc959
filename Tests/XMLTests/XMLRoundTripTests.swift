import Model
import Testing
import XML

@Suite("What is set is read back, through a file and whatever it holds")
struct XMLRoundTripTests {
  private static let hostile = [
    "", " ", "\n", "\r", "\r\n", "\t", "<", ">", "&", "&amp;", "&#0;", "]]>", "<![CDATA[", "--", "-->", "'",
    "\"",
    "$(reboot)", "`id`", "${IFS}", ";", "\u{7f}", "\u{85}", "\u{a0}", "é", "e\u{301}", "\u{2028}", "\u{202e}",
    "\u{feff}",
    "\u{fffd}", "𝄞", "👨‍👩‍👧", "%s%n", "\\", "{tag}", "<a>&x;</a>", "=",
  ]

  private static func value(_ random: inout SeededGenerator) -> String {
    (0..<Int.random(in: 0..<6, using: &random)).map { _ in hostile.randomElement(using: &random) ?? "" }
      .joined()
  }

  private static func path(_ random: inout SeededGenerator) throws -> LocationPath {
    let names = ["a", "b", "long-name", "ü"]
    var text = ""
    for index in 0..<Int.random(in: 1...3, using: &random) {
      text += (index == 0 ? "x" : "/") + (names.randomElement(using: &random) ?? "a")
      let value = hostile.randomElement(using: &random) ?? ""
      if Bool.random(using: &random), !value.contains("'") { text += "[@id='\(value)']" }
    }
    return try LocationPath(Bool.random(using: &random) ? text : text + "/@unit")
  }

  @Test("Random paths with hostile values", arguments: 1...40)
  func random(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var document = try XMLDocument.empty(root: "config")
    for step in 0..<50 {
      let path = try Self.path(&random)
      let values = (0..<Int.random(in: 0...3, using: &random)).map { _ in Self.value(&random) }
      do {
        try document.set(path, values)
      } catch let error {
        // An element that got children cannot be given a text; that is all that may be refused here.
        try #require(
          error.kind == .path && error.message.contains("has elements in it"), "seed \(seed): \(error)")
        continue
      }
      #expect(try identical(document.values(at: path), values), "seed \(seed), step \(step), \(path)")
      let bytes = try document.serialize()
      document = try XMLDocument.parse(bytes)
      #expect(
        try identical(document.values(at: path), values), "seed \(seed), step \(step), \(path), read again")
      #expect(try document.serialize() == bytes, "seed \(seed), step \(step): writing is deterministic")
    }
  }

  @Test("Every single character that XML can carry survives as element and attribute") func everyCharacter()
    throws
  {
    let document = try XMLDocument.empty(root: "r")
    let scalars =
      (0...0x3000).compactMap { Unicode.Scalar($0 as UInt32) } + ["\u{fffd}", "\u{10000}", "\u{10ffff}"]
    let values = scalars.filter(XMLCharacters.isAllowed).map { String($0) }
    try document.set(.init("v/@c"), values)
    try document.set(.init("v"), values)
    let again = try XMLDocument.parse(try document.serialize())
    #expect(try identical(again.values("v"), values))
    #expect(try identical(again.values("v/@c"), values))
  }

  /// Swift's `==` would take canonically equivalent texts for the same.
  private func identical(_ left: [String], _ right: [String]) -> Bool {
    left.map { Array($0.utf8) } == right.map { Array($0.utf8) }
  }
}
