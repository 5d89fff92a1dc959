import Testing
import XML

@Suite("Encodings other than UTF-8 are read, and kept by an edit")
struct XMLEncodingTests {
  private func latin1(_ text: String) -> [UInt8] {
    text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
  }
  private func utf16(_ text: String, bigEndian: Bool) -> [UInt8] {
    text.utf16.flatMap { unit in
      let bytes = [UInt8(unit >> 8), UInt8(truncatingIfNeeded: unit)]
      return bigEndian ? bytes : bytes.reversed()
    }
  }

  @Test("ISO 8859-1") func latin() throws {
    let document = try XMLDocument.parse(
      latin1("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<a><b>é</b></a>"))
    #expect(try document.values("b") == ["é"])
    try document.set("c", "ü€")
    let bytes = try document.serialize()
    let expected = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<a><b>é</b><c>ü&#8364;</c></a>\n"
    #expect(bytes == latin1(expected))
  }

  @Test("UTF-16 in both byte orders", arguments: [false, true]) func utf16(bigEndian: Bool) throws {
    for declaration in ["<?xml version=\"1.0\" encoding=\"UTF-16\"?>", ""] {
      let bytes = utf16("\u{feff}\(declaration)<a><b>é𝄞</b></a>", bigEndian: bigEndian)
      let document = try XMLDocument.parse(bytes)
      #expect(try document.values("b") == ["é𝄞"])
      try document.set("c", "€")
      let again = try XMLDocument.parse(try document.serialize())
      #expect(try again.values("b") + again.values("c") == ["é𝄞", "€"])
    }
  }

  @Test("the root alone is UTF-8, with the namespaces that it needs") func root() throws {
    let text =
      "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><!-- x --><a xmlns=\"u:r\"><b x:c=\"é\" xmlns:x=\"n\"/>&amp;</a><?y?>"
    let document = try XMLDocument.parse(latin1(text))
    #expect(try document.rootText() == "<a xmlns=\"u:r\"><b xmlns:x=\"n\" x:c=\"é\"/>&amp;</a>")
  }

  @Test("UTF-8 with a byte order mark") func byteOrderMark() throws {
    #expect(try parsed("\u{feff}<a>é</a>").values("a") == ["é"])
  }

  @Test("A declaration without encoding, and none at all, stay so")
  func declarations() throws {
    for text in [
      "<?xml version=\"1.0\"?>\n<a>é</a>\n", "<a>é</a>\n",
      "<?xml version=\"1.0\" standalone=\"no\"?>\n<a>é</a>\n",
    ] {
      #expect(try parsed(text).text() == text)
    }
  }

  @Test("Wrong bytes and unknown encodings are refused") func wrong() {
    for bytes in [
      Array("<a>".utf8) + [0xff, 0xfe] + Array("</a>".utf8), Array("<a>".utf8) + [0xc3] + Array("</a>".utf8),
      Array("<?xml version='1.0' encoding='KLINGON'?><a/>".utf8),
      Array("<a>".utf8) + [0xed, 0xa0, 0x80] + Array("</a>".utf8), [0xfe, 0xff, 0x00],
    ] {
      #expect(throws: XMLError.self) { try XMLDocument.parse(bytes) }
    }
  }
}
