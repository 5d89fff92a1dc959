import Model
import Testing

@Suite("Text is searched and split by its bytes")
struct ByteSearchTests {
  @Test("a separator is one whatever follows it")
  func combining() {
    // To Unicode, each of these slashes and blanks is one character with what follows.
    #expect(
      "a/\u{301}b/c".split(separator: "/").map { Array($0.utf8) } == [[0x61], [0xcc, 0x81, 0x62], [0x63]])
    #expect("a\r\nb\n".split(separator: "\n", omittingEmptySubsequences: false) == ["a\r", "b", ""])
    #expect(
      "a /\u{301}".firstIndex(of: "/").map { "a /\u{301}".utf8.distance(from: "".startIndex, to: $0) } == 2)
    #expect(
      "a/b/\u{301}".lastIndex(of: "/").map { "a/b/\u{301}".utf8.distance(from: "".startIndex, to: $0) } == 3)
  }

  @Test("as the library splits what is ASCII")
  func plain() {
    for text in ["", "/", "a", "/a//b/", "a/b", "a//"] {
      let slash: Character = "/"
      for omits in [true, false] {
        for limit in [0, 1, Int.max] {
          let expected = Array(text).split(
            separator: slash, maxSplits: limit, omittingEmptySubsequences: omits)
          #expect(
            text.split(separator: slash, maxSplits: limit, omittingEmptySubsequences: omits).map(String.init)
              == expected.map { String($0) })
        }
      }
      #expect((text.firstIndex(of: slash) == nil) == !Array(text).contains(slash))
    }
    #expect("aäbäc".split(separator: "ä") == ["a", "b", "c"])
    #expect("a\r\nb".split(separator: "\r\n") == ["a", "b"])
  }
}
