import Model
import Testing

@Suite("Paths of the tree")
struct PathTests {
  @Test(
    "paths of single slashes and plain characters are accepted",
    arguments: ["n1/web/state.xml", "plan.xml", "a/b/c/d", "n1/web/haproxy.cfg", "A+b@c,d=e:f_g-h"])
  func accepted(text: String) throws { #expect(try TreePath(text).text == text) }

  @Test(
    "what leaves ROOT, hides, or means something to make or a shell is refused",
    arguments: [
      "", "/", "/etc/passwd", "a//b", "a/", "..", "a/../b", "a/./b", ".dmake/x", "a/.b", "a b", "a\nb", "a\0",
      "a$b", "a%b", "a`b", "a(b)", "~x", "a\\b", "a;b", "a#b", "a|b", "é", "a\u{202e}b",
    ])
  func refused(text: String) { #expect(throws: NameError.self) { try TreePath(text) } }

  @Test("a path has at most 1,024 bytes, a component at most 255")
  func limits() {
    let component = String(repeating: "a", count: 255)
    #expect(throws: Never.self) { try TreePath(component) }
    #expect(throws: NameError.self) { try TreePath(component + "a") }
    let path = Array(repeating: component, count: 4).joined(separator: "/")
    #expect(throws: Never.self) { try TreePath(path) }
    #expect(throws: NameError.self) { try TreePath(path + "/a") }
  }

  @Test("a node's files are two components deep in its folder")
  func nodeFiles() throws {
    #expect(try TreePath("n1/web/state.xml").nodeFile == NodeFile("web/state.xml"))
    #expect(try TreePath("n1/DMake/config.xml").nodeFile == .config)
    #expect(try TreePath("n1/new-node").nodeFile == nil)
    #expect(try TreePath("n1/web/sub/file").nodeFile == nil)
    #expect(try TreePath("n1/new-node/file").nodeFile == nil)
    #expect(try TreePath(NodeName("n1"), NodeFile("web/state.xml")).text == "n1/web/state.xml")
    #expect(throws: NameError.self) { try NodeFile("web") }
    #expect(throws: NameError.self) { try NodeFile("Web/state.xml") }
    #expect(NodeFile.config.process == nil && NodeFile.state.isState && !NodeFile.config.isState)
  }

  @Test("the places of figure 5")
  func figure5() throws {
    let node = try NodeName("n1")
    let process = try ProcessName("web")
    let places: [TreePath] = [
      .newNode(node), .failNode(node), .nodeConfig(node), .nodeState(node), .stopProc(node, process),
    ]
    #expect(
      places.map(\.text) == [
        "n1/new-node", "n1/fail-node", "n1/DMake/config.xml", "n1/DMake/state.xml", "n1/web/stop-proc",
      ])
    for place in places { #expect(try TreePath(place.text) == place) }
  }

  @Test("whatever the text, an accepted path stays below ROOT and is plain to make and shells")
  func hostilePaths() throws {
    var generator = Generator(seed: 2)
    var accepted = 0
    for _ in 0..<20_000 {
      let text = HostileText.text(&generator)
      guard let path = try? TreePath(text) else { continue }
      accepted += 1
      #expect(path.components.joined(separator: "/") == text, "components lose nothing")
      #expect(path.components.allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") })
      #expect(!text.contains { " \t\n\0$%`~*{}\\\"'();|&<>#".contains($0) })
      if let file = path.nodeFile { #expect(text.hasSuffix("/" + file.text)) }
    }
    #expect(accepted > 100, "the generator makes too few good paths to show anything")
  }
}
