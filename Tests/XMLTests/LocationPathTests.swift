import Model
import Testing

@Suite("Location paths are checked before libxml2 sees them")
struct LocationPathTests {
  @Test("A bare name is one step") func bareName() throws {
    let path = try LocationPath("rate")
    #expect(path.steps == [.init(name: "rate", attributes: [], position: nil)])
    #expect(path.attribute == nil)
    #expect(path.description == "rate")
  }

  @Test("Steps, predicates, a number and a final attribute are told apart") func whole() throws {
    let path = try LocationPath(#"stream[@id='7'][@kind="a'b"][2]/s:rate/@unit"#)
    #expect(
      path.steps == [
        .init(
          name: "stream", attributes: [.init(name: "id", value: "7"), .init(name: "kind", value: "a'b")],
          position: 2),
        .init(name: "s:rate", attributes: [], position: nil),
      ])
    #expect(path.attribute == "unit")
  }

  @Test("An attribute by itself has no steps") func attributeAlone() throws {
    let path = try LocationPath("@unit")
    #expect(path.steps.isEmpty)
    #expect(path.attribute == "unit")
  }

  @Test("Names may have any letters that XML allows") func letters() throws {
    #expect(try LocationPath("größe-2.x_y").steps.first?.name == "größe-2.x_y")
  }

  static let refused: [(text: String, error: String)] = [
    ("", "column 1: expected an element's name or `@`, found the end"),
    ("/rate", "column 1: expected an element's name or `@`, found `/`"),
    ("a//b", "column 3: expected an element's name or `@` after `/`, found `/`"),
    ("a/", "column 3: expected an element's name or `@` after `/`, found the end"),
    ("a b", "column 2: expected `/`, `[` or the end of the path, found ` `"),
    ("7a", "column 1: expected an element's name or `@`, found `7`"),
    ("..", "column 1: expected an element's name or `@`, found `.`"),
    ("*", "column 1: expected an element's name or `@`, found `*`"),
    ("a::b", "column 2: a name has at most one prefix, as `prefix:name`"),
    ("a:b:c", "column 4: a name has at most one prefix, as `prefix:name`"),
    ("@", "column 2: expected an attribute's name after `@`, found the end"),
    ("@a/b", "column 3: expected the end of the path after an attribute, found `/`"),
    ("a[", "column 3: expected `@` and an attribute's name, or a number from 1, found the end"),
    ("a[0]", "column 3: expected a number from 1 to 999999999, found `0`"),
    ("a[99999999999]", "column 3: expected a number from 1 to 999999999, found `99999999999`"),
    ("a[1][@b='c']", "column 5: a number must be the last predicate of its step"),
    ("a[last()]", "column 3: expected `@` and an attribute's name, or a number from 1, found `l`"),
    ("a[@b]", "column 5: expected `=` after the attribute's name, found `]`"),
    ("a[@b=c]", "column 6: expected a value in quotes, as `[@id='7']`, found `c`"),
    ("a[@b='c]", "column 6: the quote is not closed; expected another `'`"),
    ("a[@b='c'", "column 9: expected `]` after the attribute's value, found the end"),
    ("a[@b='\u{1}']", "column 7: XML cannot carry the character U+1"),
    ("a\u{1b}[2J", "column 2: expected `/`, `[` or the end of the path, found `\\u{1b}`"),
  ]

  @Test("What is no path is refused with its column and what was expected", arguments: refused)
  func refusal(text: String, error: String) {
    let found = #expect(throws: LocationPathError.self) { try LocationPath(text) }
    #expect(found?.description == error)
  }

  @Test("Length and depth are limited") func limits() throws {
    _ = try LocationPath(Array(repeating: "a", count: 32).joined(separator: "/"))
    let deep = #expect(throws: LocationPathError.self) {
      try LocationPath(Array(repeating: "a", count: 33).joined(separator: "/"))
    }
    #expect(deep?.description == "column 65: the path has more than 32 steps")
    let long = #expect(throws: LocationPathError.self) { try LocationPath(String(repeating: "a", count: 1025)) }
    #expect(long?.description == "column 1: the path has 1025 bytes; at most 1024 are allowed")
  }
}
