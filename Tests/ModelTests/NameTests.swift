import Model
import Testing

@Suite("Names of nodes and processes")
struct NameTests {
  @Test(
    "a node's name is a DNS name or an IP literal, case folded",
    arguments: [
      ("n1", "n1"), ("Web-01.Example.COM", "web-01.example.com"), ("10.0.0.1", "10.0.0.1"),
      ("fe80::1", "fe80::1"), ("a_b", "a_b"),
    ])
  func nodeName(raw: String, name: String) throws { #expect(try NodeName(raw).text == name) }

  @Test(
    "what could leave the node's folder, or is the tree's own name, is refused",
    arguments: [
      "-n1", "", ".", "..", ".hidden", "a/b", "../n1", "n 1", "n\n1", "n\0", "é", "DMake", "dmake", "NEW-NODE",
      "fail-node", "stop-proc", "$(id)", "n;1", "*",
    ])
  func refusedNode(raw: String) { #expect(throws: NameError.self) { try NodeName(raw) } }

  @Test(
    "a process's name has no capitals and no colon",
    arguments: ["-f", "Web", "a:b", "", ".x", "DMake", "stop-proc", "a/b", "web server", "ü"])
  func refusedProcess(raw: String) { #expect(throws: NameError.self) { try ProcessName(raw) } }

  @Test("names have limits: 253 bytes for a node, 63 for a process")
  func limits() throws {
    #expect(try NodeName(String(repeating: "a", count: 253)).text.count == 253)
    #expect(throws: NameError.self) { try NodeName(String(repeating: "a", count: 254)) }
    #expect(try ProcessName(String(repeating: "a", count: 63)).text.count == 63)
    #expect(throws: NameError.self) { try ProcessName(String(repeating: "a", count: 64)) }
  }

  @Test("an error shows a hostile name without drawing on the terminal, and says what is allowed")
  func message() {
    let error = #expect(throws: NameError.self) { try NodeName("n\u{1b}[31m") }
    #expect(
      error?.description == "the node name `n\\u{1b}[31m` has characters other than a-z 0-9 . - _ :")
  }

  @Test("whatever the text, an accepted name is one plain path component and is accepted again")
  func hostileNames() throws {
    var generator = Generator(seed: 1)
    var accepted = 0
    for _ in 0..<20_000 {
      let text = HostileText.text(&generator)
      if let name = try? NodeName(text) {
        accepted += 1
        #expect(!name.text.contains("/") && !name.text.hasPrefix(".") && name.text == name.text.lowercased())
        #expect(try NodeName(name.text) == name)
        #expect(try TreePath(name.text).components.count == 1)
      }
      if let name = try? ProcessName(text) {
        #expect(try NodeFile(name, "state.xml").process == name)
      }
    }
    #expect(accepted > 100, "the generator makes too few good names to show anything")
  }
}
