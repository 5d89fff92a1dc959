import DMakefile
import Model
import Testing

@testable import MakeWrapper

@Suite("Hostile text in values goes through rounds unchanged and is never run")
struct HostileRoundTests {
  private static let policy = """
    n1/web/out: n1/web/state.xml{name}
    \tcp $< $@
    n1/web/config.xml{name}: n1/web/state.xml{name}
    \tn1/web/config.xml{name}=n1/web/state.xml{name}
    n1/web/config.xml{attribute/@a}: n1/web/state.xml{name}
    \tn1/web/config.xml{attribute/@a}=<n1/web/state.xml{name}>
    n1/web/program: n1/web/state.xml{name}
    \t{ echo 'n1/web/other.xml{name}<<THE END'; cat $<; echo 'THE END'; } >> "$$DMAKE_ASSIGN"
    \techo > $@
    n1/web/copy: n1/web/config.xml{name} n1/web/other.xml{name} n1/web/config.xml{attribute/@a}
    \tcat $^ > $@

    """

  private static let shell = """
    n1/web/shell: n1/web/state.xml{name} ; printf '%s|' n1/web/state.xml{name} "n1/web/state.xml{name}" > $@

    """

  static let values = [
    "'; touch pwned; '", "\"; touch pwned; \"", "$(touch pwned)", "`touch pwned`", "$(shell touch pwned)",
    "${shell touch pwned}", "$$(touch pwned)", "$(eval $(shell touch pwned))", "x;touch pwned",
    "x | touch pwned",
    "> pwned", "{}", "{a,b}", "n1/web/state.xml{name}", ")$(shell touch pwned)(", "),x)", "\\", "\\\"", "#",
    "%",
    "$@ $< $^", "*", "~", " lead and trail ", "-n", "=", "endef", "THE  END", "</name><name>", "<![CDATA[x]]>",
    "&amp;",
    "ä€😀", "a=b c:=d", "$(DMAKE_V1)", "END\u{85}x", "]]>",
  ]

  @Test("through files, quoted variables, assignments and programs", arguments: values)
  func inert(value: String) async throws {
    let world = try World(Self.policy + Self.shell)
    try world.set("n1/web/state.xml", "<s><name>\(Self.escaped(value))</name></s>")
    let result = try await world.round()
    #expect(result.problems == [])
    try expect(value, in: world)
    #expect(world.text("n1/web/shell") == "\(value)|\(value)|")
  }

  @Test("of a megabyte, by files and assignments")
  func large() async throws {
    let world = try World(Self.policy.replacing("attribute/@a", with: "element"))
    let value = String(repeating: "$(touch pwned) ", count: 70_000)
    try world.set("n1/web/state.xml", "<s><name>\(value)</name></s>")
    let result = try await world.round()
    #expect(result.problems == [])
    try expect(value, in: world)
  }

  @Test("an attribute that makes a file too large to be read again is an error, and the file stays as it was")
  func largeAttribute() async throws {
    let world = try World(Self.policy)
    try world.set("n1/web/state.xml", "<s><name>small</name></s>")
    #expect(try await world.round().problems == [])
    try world.set("n1/web/state.xml", "<s><name>\(String(repeating: "x", count: 1 << 20))</name></s>")
    let result = try await world.round()
    #expect(
      result.problems.map(\.message).contains { $0.contains("not read the file again") }, "\(result.problems)")
    #expect(world.text("n1/web/config.xml")?.contains("<name>small</name>") == true)
    #expect(try world.filesOnDisk() == world.filesInTree)
  }

  @Test("with line breaks, which are blanks, so that one value does not look like two")
  func lines() async throws {
    let world = try World(Self.policy + Self.shell)
    try world.set("n1/web/state.xml", "<s><name>a\n\ttouch pwned&#13;\nb</name></s>")
    let result = try await world.round()
    #expect(result.problems == [])
    try expect("a \ttouch pwned  b", in: world)
  }

  @Test(
    "what XML cannot carry is the rule's failure, with its reason, and leaves what was there",
    arguments: ["a\\000b", "\\377\\376", "\\001", "\\303"])
  func noText(bytes: String) async throws {
    let world = try World(
      "p: in\n\tprintf 'a/x.xml{v}=%b\\n' \"$$(cat $<)\" >> \"$$DMAKE_ASSIGN\"; cp in $@\nother: in\n\tcp $< $@\n"
    )
    try world.set("in", "good")
    #expect(try await world.round().problems == [])
    // A backslash and digits: `printf %b` makes the byte of them.
    try world.set("in", bytes.replacing("\\", with: "\\0"))
    let result = try await world.round()
    #expect(result.problems.count == 1)
    #expect(result.problems.first?.message.contains("a/x.xml") == true, "\(result.problems)")
    #expect(world.text("a/x.xml")?.contains("<v>good</v>") == true)
    #expect(world.text("other") == bytes.replacing("\\", with: "\\0"))
    #expect(try world.filesOnDisk() == world.filesInTree)
  }

  private func expect(_ value: String, in world: World) throws {
    #expect(world.text("n1/web/out") == value + "\n")
    let copies = (world.text("n1/web/copy") ?? "").split(separator: "\n").map(String.init)
    #expect(copies.map(\.utf8.count) == [value.utf8.count, value.utf8.count, value.utf8.count + 2])
    #expect(copies == [value, value, "<\(value)>"])
    #expect(world.text("n1/pwned") == nil)
    #expect(try world.filesOnDisk() == world.filesInTree)
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
