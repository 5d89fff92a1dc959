import Linux
import Model
import Testing

@testable import MakeWrapper

@Suite("The web tier of the examples")
struct ExampleTests {
  private func files() throws -> [String: String] {
    let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    let folder = try Directory(path: root + "/Examples/web-tier")
    var files: [String: String] = [:]
    for entry in try folder.list() where entry.kind == .regular {
      files[entry.name] = String(decoding: try folder.read(entry.name, limitBytes: 1 << 20), as: UTF8.self)
    }
    return files
  }

  private func state(_ world: World, _ node: String, _ status: String) throws {
    try world.set(
      "\(node)/web/state.xml",
      "<state><status>\(status)</status><address>127.0.0.1:8\(node.dropFirst())</address></state>")
  }

  private func backends(_ world: World) -> [String] {
    (world.text("n1/haproxy/haproxy.cfg") ?? "").split(separator: "\n").filter { $0.hasPrefix("    server ") }
      .compactMap { $0.split(separator: " ").dropFirst().first.map(String.init) }
  }

  @Test("the balancer's configuration follows the servers' states and the nodes' coming and going")
  func webTier() async throws {
    var files = try files()
    let policy = try #require(files["DMakefile"])
    files["DMakefile"] = nil
    let world = try World(policy, files, members: ["n1", "n2", "n3"])
    #expect(try await world.round().problems == [])
    #expect(world.text("n1/DMake/config.xml")?.contains("haproxy") == true)
    #expect(world.text("n2/DMake/config.xml")?.contains("haproxy") == false)
    #expect(world.text("n2/web/config.xml")?.contains("<greeting>hello from n2</greeting>") == true)
    for node in ["n1", "n2", "n3"] { try state(world, node, "ready") }
    #expect(try await world.round().problems == [])
    #expect(backends(world) == ["n1", "n2", "n3"])
    try state(world, "n2", "draining")
    let result = try await world.round()
    #expect(result.changes.map(\.path.text) == ["backends/n2", "n1/haproxy/haproxy.cfg"])
    #expect(result.interest == nil)
    #expect(backends(world) == ["n1", "n3"])
    try world.lose("n3")
    #expect(try await world.round().problems == [])
    #expect(backends(world) == ["n1"])
    #expect(try world.filesOnDisk() == world.filesInTree)
    world.members.append(try NodeName("n3"))
    try state(world, "n3", "ready")
    try await world.round()
    #expect(backends(world) == ["n1", "n3"])
  }
}
