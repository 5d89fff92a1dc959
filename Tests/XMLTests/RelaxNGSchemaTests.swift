import Testing
import XML

@Suite("Documents are checked by RELAX NG")
struct RelaxNGSchemaTests {
  static let schema = """
    <grammar xmlns="http://relaxng.org/ns/structure/1.0"
      datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">
      <start>
        <element name="node">
          <zeroOrMore>
            <element name="process">
              <attribute name="name"><data type="token"/></attribute>
              <optional><element name="grace"><data type="nonNegativeInteger"/></element></optional>
            </element>
          </zeroOrMore>
        </element>
      </start>
    </grammar>
    """

  @Test("A valid document has no problems, also for several threads at once") func valid() async throws {
    let schema = try RelaxNGSchema(Self.schema)
    try await withThrowingTaskGroup(of: [XMLProblem].self) { group in
      for _ in 0..<8 {
        group.addTask {
          try schema.validate(parsed("<node><process name='a'><grace>5</grace></process></node>"))
        }
      }
      for try await problems in group { #expect(problems == []) }
    }
  }

  @Test(
    "What breaks the schema is named with its line",
    arguments: [
      ("<node>\n<process/></node>", 2, "process"), ("<node>\n\n<other/></node>", 3, "other"),
      ("<other/>", 1, "other"),
      ("<node><process name='a'>\n<grace>soon</grace></process></node>", 2, "grace"),
    ])
  func invalid(text: String, line: Int, word: String) throws {
    let problems = try RelaxNGSchema(Self.schema).validate(parsed(text))
    #expect(problems.contains { $0.line == line && $0.message.contains(word) }, "\(problems)")
  }

  @Test(
    "A wrong schema is refused",
    arguments: [
      "", "not xml", "<a/>",
      "<element name='a' xmlns='http://relaxng.org/ns/structure/1.0'><ref name='b'/></element>",
      "<externalRef href='file:///etc/passwd' xmlns='http://relaxng.org/ns/structure/1.0'/>",
    ])
  func wrongSchema(text: String) {
    let error = #expect(throws: XMLError.self) { try RelaxNGSchema(text) }
    #expect(error?.kind == .schema)
  }
}
