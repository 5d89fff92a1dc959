import Testing
import XML

@Suite("Values are set by location path, and all else stays")
struct XMLEditTests {
  @Test("An absent document starts with its root element and gets what the paths ask for") func creation()
    throws
  {
    let document = try XMLDocument.empty(root: "config")
    #expect(try document.text() == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<config/>\n")
    try document.set("rate", "5")
    try document.set("stream[@id='7']/rate", "40", "41")
    try document.set("stream[@id='7']/rate[2]/@unit", "mbit")
    try document.set("a/b/@c", "1")
    #expect(
      try document.text() == """
        <?xml version="1.0" encoding="UTF-8"?>
        <config>
          <rate>5</rate>
          <stream id="7">
            <rate>40</rate>
            <rate unit="mbit">41</rate>
          </stream>
          <a>
            <b c="1"/>
          </a>
        </config>

        """)
  }

  static let template = """
    <?xml version="1.0" encoding="UTF-8" standalone="yes"?>
    <!-- head -->
    <?style sheet?>
    <c:config xmlns:c="urn:c" xmlns="urn:d" c:keep="yes">
      <!-- the rate -->
      <rate unit='m'>1</rate>

      <unknown><![CDATA[<raw> & ]]>&#233;&lt;</unknown>
      <c:server><port>80</port></c:server>
    </c:config>
    <!-- tail -->

    """

  @Test("Comments, CDATA, namespaces, unknown elements and layout survive an edit") func survival() throws {
    let document = try parsed(Self.template)
    try document.set("rate", "2", "3")
    try document.set("server/port", "81")
    try document.set("c:server/c:name", "n1")
    let expected = Self.template
      .replacing("<rate unit='m'>1</rate>", with: "<rate unit=\"m\">2</rate>\n  <rate>3</rate>")
      .replacing("<port>80</port>", with: "<port>81</port><c:name>n1</c:name>")
      .replacing("&#233;", with: "é")
    #expect(try document.text() == expected)
  }

  @Test("Setting what is there changes no byte") func identity() throws {
    let document = try parsed(Self.template)
    let before = try document.serialize()
    for path in ["rate", "unknown", "server/port", "@keep", "rate/@unit", "@c:keep"] {
      try document.set(.init(path), document.values(path))
    }
    #expect(try document.serialize() == before)
  }

  @Test("More values add elements, fewer remove them with their lines") func growAndShrink() throws {
    let document = try parsed("<r>\n  <a>1</a>\n  <b/>\n  <a>2</a>\n</r>\n")
    try document.set("a", "x", "y", "z")
    #expect(try document.text() == "<r>\n  <a>x</a>\n  <b/>\n  <a>y</a>\n  <a>z</a>\n</r>\n")
    try document.set("a", "only")
    #expect(try document.text() == "<r>\n  <a>only</a>\n  <b/>\n</r>\n")
    try document.set("a")
    try document.set("b")
    #expect(try document.text() == "<r/>\n")
  }

  @Test("Texts that look the same are told apart by their bytes") func canonicalEquivalence() throws {
    let document = try parsed("<r a='\u{e9}'>\u{e9}</r>")
    try document.set("r", "e\u{301}")
    try document.set("r/@a", "e\u{301}")
    #expect(try document.serialize() == Array("<r a=\"e\u{301}\">e\u{301}</r>\n".utf8))
  }

  @Test("A document on one line stays on one line") func compact() throws {
    let document = try parsed("<r><a><b/></a></r>")
    try document.set("a/b", "1", "2")
    try document.set("b[1]/@n", "x")
    try document.set("a/c/d", "3")
    #expect(try document.text() == "<r><a><b n=\"x\">1</b><b>2</b><c><d>3</d></c></a></r>\n")
  }

  @Test("Texts around elements are not touched by removal") func mixed() throws {
    let document = try parsed("<r>one <a/> two</r>")
    try document.set("a")
    #expect(try document.text() == "<r>one  two</r>\n")
  }

  @Test("A leaf's comments stay when its text is replaced") func leafComments() throws {
    let document = try parsed("<r><a>1<!-- why -->2<![CDATA[3]]></a></r>")
    try document.set("a", "4")
    #expect(try document.text() == "<r><a>4<!-- why --></a></r>\n")
  }

  @Test("Attributes are set, added and removed in document order") func attributes() throws {
    let document = try parsed("<r><a/><a u='1'/><a/></r>")
    try document.set("a/@u", "x", "y")
    #expect(try document.text() == "<r><a u=\"x\"/><a u=\"y\"/><a/></r>\n")
    try document.set("a/@u", "1", "2", "3", "4")
    #expect(try document.values("a/@u") == ["1", "2", "3", "4"])
    try document.set("a/@u")
    #expect(try document.text() == "<r><a/><a/><a/><a/></r>\n")
    try document.set("@u", "root")
    #expect(try document.text() == "<r u=\"root\"><a/><a/><a/><a/></r>\n")
    try document.set("@xml:lang", "de")
    #expect(try document.values("r/@xml:lang") == ["de"])
  }

  @Test("A number asks for one more element, and only the next one can be made") func positions() throws {
    let document = try XMLDocument.empty(root: "r")
    try document.set("a[1]", "1")
    try document.set("a[2]", "2")
    #expect(try document.values("a") == ["1", "2"])
    try document.set("a[1]", "0")
    try document.set("b/c[1]/d", "x")
    #expect(try document.values("a") == ["0", "2"])
    let error = #expect(throws: XMLError.self) { try document.set("a[4]", "4") }
    #expect(error?.description == "there are 2 elements `a`, so `a[4]` cannot be made; make `[3]` first")
  }

  static let refused: [(path: String, values: [String], message: String)] = [
    ("s", ["1"], "line 1: the element `s` at `s` has elements in it; name one of them instead"),
    ("r", [], "`r` names the root element, which takes exactly one value; 0 were given"),
    ("r", ["1", "2"], "`r` names the root element, which takes exactly one value; 2 were given"),
    ("a[1]", ["1", "2"], "`a[1]` names one element, but 2 values were given; leave out the number"),
    ("a[@x='1'][@x='2']", ["1"], "`a[@x='1'][@x='2']` asks for two values of `@x`, so no element can match"),
    (
      "q:a", ["1"],
      "the prefix of `q:a` is not declared at the document's root element; declare it by `xmlns:q`"
    ),
    (
      "a/@q:u", ["1"],
      "the prefix of `q:u` is not declared at the document's root element; declare it by `xmlns:q`"
    ),
    ("@none", ["1", "2"], "`@none` names 1 attribute(s), but 2 values were given; name an element"),
    ("a", ["\u{0}"], "XML cannot carry the character U+0 of a value; remove it or encode the value"),
    ("a", ["ok", "\u{1b}"], "XML cannot carry the character U+1B of a value; remove it or encode the value"),
    ("a/@u", ["\u{fffe}"], "XML cannot carry the character U+FFFE of a value; remove it or encode the value"),
    ("b/c[2]/d", ["1"], "there are 0 elements `c`, so `c[2]` cannot be made; make `[1]` first"),
  ]

  @Test("What cannot be set is refused, and the document stays as it was", arguments: refused)
  func refusals(path: String, values: [String], message: String) throws {
    let text = "<r><a>0</a><s><t/></s></r>\n"
    let document = try parsed(text)
    let error = #expect(throws: XMLError.self) { try document.set(.init(path), values) }
    #expect(error?.description == message)
    #expect(try document.text() == text)
  }

  @Test("A root that cannot be an element's name is refused") func rootName() {
    for name in ["", "7", "a b", "a/b", "<a", "a:b", "a\u{0}"] {
      #expect(throws: XMLError.self) { try XMLDocument.empty(root: name) }
    }
  }
}
