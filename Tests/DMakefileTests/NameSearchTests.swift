import Testing

@testable import DMakefile

@Suite("Names in the text of a program")
struct NameSearchTests {
  @Test(
    "are found as words, and at a word's end after a slash",
    arguments: [
      ("cat lib/list", true), ("cat \"$ROOT/lib/list\"", true), ("cat ${ROOT}lib/list;", true),
      ("\t@lib/list --all", true), ("It writes lib/list.", true), ("list=lib/list", true), ("a,b=c", true),
      ("cat xlib/list", false), ("cat lib/lists", false), ("cat lib/list/one", false), ("cat list", false),
      ("", false),
    ])
  func words(text: String, isThere: Bool) {
    let search = NameSearch(["lib/list", "b=c"])
    #expect(search.hasName(in: text) == isThere)
    #expect(search.names(in: [Array("first".utf8), Array(text.utf8)]).isEmpty == !isThere)
  }
}
