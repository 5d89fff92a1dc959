import Testing
import XML

@Suite("Expressions of XPath")
struct XPathTests {
  @Test(
    "what is one",
    arguments: ["count(//load) < 9", "//stream[@id='7']/rate", "not(/a/b) or sum(//x) = 3", "true()", "'a b'"])
  func good(text: String) {
    #expect(XPath.error(in: text) == nil)
  }

  @Test(
    "what is none, and where",
    arguments: [
      ("count(//load", 12), ("//load[", 7), ("a b", 2), ("", 0), ("counter(//load)", 0), ("$x = 1", 0),
    ])
  func bad(text: String, offset: Int) throws {
    let error = try #require(XPath.error(in: text))
    #expect(error.offset <= offset)
    #expect(!error.message.isEmpty)
  }
}
