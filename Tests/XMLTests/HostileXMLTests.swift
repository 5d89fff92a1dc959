import Testing
@testable import XML

@Suite("Documents of strangers are read within limits or refused with a reason")
struct HostileXMLTests {
  @Test("A billion laughs are refused at the document type declaration") func billionLaughs() {
    var text = "<?xml version=\"1.0\"?>\n<!DOCTYPE lolz [\n<!ENTITY l0 \"lol\">\n"
    for level in 1...9 {
      let inner = String(repeating: "&l\(level - 1);", count: 10)
      text += "<!ENTITY l\(level) \"\(inner)\">\n"
    }
    let error = refusal(text + "]>\n<a>&l9;</a>")
    #expect(error?.kind == .documentType)
    #expect(error?.description == "line 2: a document type declaration (`<!DOCTYPE`) is not allowed; remove it")
  }

  @Test(
    "External entities and DTDs are refused, whatever they name",
    arguments: [
      "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
      "<!DOCTYPE a PUBLIC \"x\" \"http://127.0.0.1:1/x.dtd\"><a/>",
      "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
      "<!DOCTYPE a [<!ENTITY % p SYSTEM \"file:///etc/passwd\">%p;]><a/>",
      "<!DOCTYPE a><a/>",
      "<!DOCTYPE a [",
    ])
  func documentTypes(text: String) { #expect(refusal(text)?.kind == .documentType) }

  @Test("An entity without a declaration is an error, not empty text") func undeclaredEntity() {
    let error = refusal("<a>\n&secret;</a>")
    #expect(error?.kind == .malformed)
    #expect(error?.line == 2)
    #expect(error?.message.contains("'secret' not defined") == true)
  }

  @Test("A document of 100 MB is refused before it is parsed") func hundredMegabytes() {
    let error = #expect(throws: XMLError.self) {
      try XMLDocument.parse([UInt8](repeating: UInt8(ascii: "<"), count: 100_000_000))
    }
    #expect(error?.kind == .tooLarge)
    #expect(error?.description == "the document has 100000000 bytes; at most 16777216 are read")
  }

  @Test("Nesting is limited, and the limit itself is allowed") func nesting() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
    }
    #expect(try parsed(nested(200)).values("a").count == 200)
    let error = refusal(nested(201))
    #expect(error?.description == "line 1: elements are nested more than 200 deep; expected a flatter document")
    #expect(refusal(nested(1_000_000))?.kind == .tooLarge)
  }

  @Test("Many small elements, comments or attributes are refused by their number")
  func numbers() {
    let limits = XMLLimits(nodeLimit: 1000)
    #expect(refusal("<a>" + String(repeating: "<b/>", count: 1000) + "</a>", limits: limits)?.kind == .tooLarge)
    #expect(
      refusal("<a>" + String(repeating: "<!---->", count: 1000) + "</a>", limits: limits)?.kind == .tooLarge)
    #expect(
      refusal("<a>" + String(repeating: "<?p?>", count: 1000) + "</a>", limits: limits)?.kind == .tooLarge)
    let sections = String(repeating: "<![CDATA[]]>x", count: 1000)
    #expect(refusal("<a>" + sections + "</a>", limits: limits)?.kind == .tooLarge)
    let attributes = (0..<257).map { "a\($0)=''" }.joined(separator: " ")
    #expect(refusal("<a \(attributes)/>")?.message == "an element has 257 attributes; at most 256 are read")
  }

  @Test("A text over libxml2's own limit is refused as too large") func longText() {
    let error = refusal("<r>" + String(repeating: "x", count: 12_000_000) + "</r>")
    #expect(error?.kind == .tooLarge, "\(String(describing: error))")
  }

  @Test("A start tag of megabytes is refused before its attributes are compared") func longTag() {
    let attributes = (0..<300_000).map { "a\($0)=''" }.joined(separator: " ")
    let error = refusal("<r>\n<a \(attributes)/></r>")
    #expect(error?.kind == .tooLarge)
    #expect(error?.message == "a start tag has more than 65536 bytes; use elements for large values")
  }

  @Test("A truncated document is told from a wrong one, wherever it ends") func truncated() throws {
    let whole = "<?xml version='1.0'?><!-- c --><a b='c'><d>text &amp; <![CDATA[x]]></d><e/></a>"
    _ = try parsed(whole)
    for length in 0..<whole.utf8.count {
      let error = refusal(String(whole.prefix(length)))
      #expect(error?.kind == .truncated, "after \(length) bytes: \(String(describing: error))")
    }
  }

  @Test(
    "What is not XML is refused with its place",
    arguments: [
      "hello", "{\"json\": true}", "\u{7f}ELF\u{2}\u{1}\u{1}", "<a></b>", "<a/><b/>", "<a b=c/>",
      "<a b='1' b='2'/>",
      "<a>\u{1}</a>", "<a>&#1;</a>", "<a><!-- -- --></a>", "<p:a/>", "<a/>text", "<a>]]></a>",
    ])
  func notXML(text: String) {
    let error = refusal(text)
    #expect(error?.kind == .malformed, "\(String(describing: error))")
    #expect(error?.line == 1)
    #expect(error?.message.hasPrefix("expected well-formed XML: ") == true)
  }

  @Test("An error names line and column and what to do") func place() {
    #expect(
      refusal("<a>\n  <b>\n  </c>\n</a>")?.description
        == "line 3, column 7: expected well-formed XML: opening and ending tag mismatch: b line 2 and c; correct the document"
    )
  }

  @Test("Random bytes and random damage are refused or read, never a crash", arguments: 1...20)
  func noise(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let original = Array("<?xml version='1.0'?><a x='1'><b>t</b><!--c--><![CDATA[d]]>&lt;<?p i?></a>".utf8)
    for _ in 0..<500 {
      var bytes = original
      for _ in 0...Int.random(in: 0..<4, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      if let document = try? XMLDocument.parse(bytes) {
        // What was read can be written and read again with the same values.
        let again = try XMLDocument.parse(try document.serialize())
        #expect(try again.values("b") == document.values("b"), "seed \(seed)")
      }
    }
  }

  @Test("Nothing is printed, whatever is wrong") func silence() async {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardErrorContent, \.standardOutputContent]
    ) {
      for text in [
        "", "<a>", "<a></b>", "<!DOCTYPE a>", "<a>&x;</a>", "<?xml version='1.0' encoding='KLINGON'?><a/>",
      ] {
        _ = try? XMLDocument.parse(Array(text.utf8))
      }
      _ = try? RelaxNGSchema("<a/>")
      let document = try XMLDocument.empty(root: "a")
      _ = try? document.set(.init("b"), ["\u{0}"])
      await withTaskGroup { group in
        for _ in 0..<4 { group.addTask { _ = try? XMLDocument.parse(Array("<a></b>".utf8)) } }
      }
    }
    #expect(result?.standardErrorContent == [])
    #expect(result?.standardOutputContent == [])
  }

  @Test("A path that takes too many steps is stopped, and the next one is answered") func evaluation() throws {
    let document = try parsed("<r>" + String(repeating: "<a><b/></a>", count: 1000) + "</r>")
    document.evaluationLimit = 1000
    let error = #expect(throws: XMLError.self) { try document.values("a/b") }
    #expect(error?.kind == .tooLarge)
    document.evaluationLimit = 1_000_000
    #expect(try document.values("a/b").count == 1000)
  }

  @Test("The largest document and the longest path are answered") func largest() throws {
    let chain = String(repeating: "<a>", count: 32) + String(repeating: "</a>", count: 32)
    let document = try parsed("<r>" + String(repeating: chain, count: 15_000) + "</r>")
    let count = try document.values(Array(repeating: "a", count: 32).joined(separator: "/")).count
    #expect(count == 15_000)
  }
}
