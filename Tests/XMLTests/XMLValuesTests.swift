import Testing
import XML

@Suite("Values are read by location path")
struct XMLValuesTests {
  static let text = """
    <state>
      <stream id="7" unit="mbit"><rate>40</rate></stream>
      <stream id="8"><rate>20</rate><rate>21</rate></stream>
      <deep><stream id="it's"><rate unit="kbit"> 5 </rate></stream></deep>
      <note>a<!-- c -->b<![CDATA[<c>]]>&amp;&#65;</note>
    </state>
    """

  @Test(
    "Each kind of path finds its values in document order",
    arguments: [
      ("rate", ["40", "20", "21", " 5 "]),
      ("stream[@id='7']/rate", ["40"]),
      ("stream[@id=\"it's\"]/rate", [" 5 "]),
      ("stream[2]/rate", ["20", "21"]),
      ("stream/rate[2]", ["21"]),
      ("rate[3]", ["21"]),
      ("stream[3]/@id", ["it's"]),
      ("stream/@id", ["7", "8", "it's"]),
      ("@unit", ["mbit", "kbit"]),
      ("deep/stream/rate/@unit", ["kbit"]),
      ("note", ["ab<c>&A"]),
      ("deep", ["<stream id=\"it's\"><rate unit=\"kbit\"> 5 </rate></stream>"]),
      ("deep/stream", ["<rate unit=\"kbit\"> 5 </rate>"]),
      ("deep/rate", []),
      ("absent", []),
      ("absent/@id", []),
    ])
  func paths(path: String, expected: [String]) throws {
    #expect(try parsed(Self.text).values(path) == expected)
  }

  @Test("The root element itself is found by its name") func root() throws {
    #expect(try parsed("<state>draining</state>").values("state") == ["draining"])
    #expect(try parsed("<a><a>1</a><b/></a>").values("a/b") == [""])
  }

  @Test("Names match in any namespace, names with a prefix as they are written") func namespaces() throws {
    let document = try parsed(
      "<r xmlns='urn:d' xmlns:p='urn:p'><rate p:u='1' u='2'>1</rate><p:rate>2</p:rate></r>")
    #expect(try document.values("rate") == ["1", "2"])
    #expect(try document.values("p:rate") == ["2"])
    #expect(try document.values("q:rate") == [])
    #expect(try document.values("rate/@u") == ["2"])
    #expect(try document.values("rate/@p:u") == ["1"])
    #expect(try document.values("rate[@p:u='1']") == ["1"])
  }

  @Test("Elements within one another come in document order") func nested() throws {
    let document = try parsed("<r><a><b>1</b><a><b>2</b></a><b>3</b></a></r>")
    #expect(try document.values("a/b") == ["1", "2", "3"])
  }

  @Test("A hostile value in a predicate stays a value") func injection() throws {
    let document = try parsed("<r><a id='x'>1</a><b>secret</b></r>")
    #expect(try document.values("a[@id=\"x' or '1'='1\"]") == [])
    #expect(try document.values("a[@id='x\"]|//b[\"']") == [])
  }

  @Test("An element is a value that outlives its document") func element() throws {
    let root = try parsed("<r a='1'>\n<b>t</b>\n<c/><b/></r>").root
    #expect(root?.name == "r")
    #expect(root?[attribute: "a"] == "1")
    #expect(root?.children.map(\.name) == ["b", "c", "b"])
    #expect(root?.children.map(\.line) == [2, 3, 3])
    #expect(root?.child(named: "b")?.text == "t")
    #expect(root?.children(named: "b").count == 2)
  }
}
