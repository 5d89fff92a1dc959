import Linux
import Model
import Testing

@testable import MakeWrapper

@Suite("The examples")
struct ExampleTests {
  /// The bundle in a folder of the examples.
  private func files(_ name: String) throws -> [String: String] {
    let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    return try files(in: Directory(path: "\(root)/Examples/\(name)"), below: "")
  }

  private func files(in folder: Directory, below path: String) throws -> [String: String] {
    var files: [String: String] = [:]
    for entry in try folder.list() {
      if entry.kind == .regular {
        let text = String(decoding: try folder.read(entry.name, limitBytes: 1 << 20), as: UTF8.self)
        files[path + entry.name] = text
      } else {
        let inner = try Directory(path: folder.path + "/" + entry.name)
        files.merge(try self.files(in: inner, below: path + entry.name + "/")) { $1 }
      }
    }
    return files
  }

  private func world(_ name: String, members: [String], side: RuleSide = .leader) throws -> World {
    var files = try files(name)
    let policy = try #require(files["DMakefile"])
    files["DMakefile"] = nil
    return try World(policy, files, members: members, side: side)
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
    let world = try world("web-tier", members: ["n1", "n2", "n3"])
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

  @Test("the plan of the power grid follows what collectors can take, and a node has its own part of it")
  func powerGrid() async throws {
    let world = try world("power-grid", members: ["n1", "n2", "n3"])
    func units(_ node: String) -> Int {
      (world.text("\(node)/collector/config.xml") ?? "").split(separator: "\n").count { $0.contains("<unit>") }
    }
    func take(_ node: String, _ capacity: Int) throws {
      try world.set("\(node)/collector/state.xml", "<state><capacity>\(capacity)</capacity></state>")
    }
    #expect(try await world.round().problems == [])
    #expect(world.text("n1/collector/report")?.split(separator: "\n").count == 5)
    for node in ["n1", "n2", "n3"] { try take(node, 2) }
    #expect(try await world.round().problems == [])
    #expect(["n1", "n2", "n3"].map(units) == [2, 2, 1])
    #expect(world.text("n1/collector/report") == "")
    // A collector that is not needed takes nothing from the others, and no rule of theirs runs.
    world.members.append(try NodeName("n4"))
    try take("n4", 0)
    #expect(try await world.round().problems == [])
    #expect(["n1", "n2", "n3", "n4"].map(units) == [2, 2, 1, 0])
    #expect(try world.filesOnDisk() == world.filesInTree)
    try world.occur("n3", 1, .stopProc(try ProcessName("collector"), .exited(code: 1)))
    #expect(try await world.round().problems == [])
    #expect(world.text("n1/collector/report")?.contains("1") == true)
    try world.lose("n3")
    #expect(try await world.round().problems == [])
    #expect(["n1", "n2"].map(units) == [2, 2])
    #expect(world.text("n1/collector/report")?.hasPrefix("pmu-5\n") == true)
  }

  @Test("the rolling restart goes to the next node when the one before is up")
  func rollingRestart() async throws {
    let world = try world("rolling-restart", members: ["n1", "n2", "n3"])
    func numbers() -> [String] {
      ["n1", "n2", "n3"].map { node in
        let text = world.text("\(node)/DMake/config.xml") ?? ""
        return text.firstMatch(of: /generation="([^"]*)"/).map { String($0.output.1) } ?? ""
      }
    }
    func say(_ node: String, _ number: Int, _ status: String) throws {
      try world.set(
        "\(node)/app/state.xml",
        "<state><generation>\(number)</generation><status>\(status)</status></state>")
    }
    for node in ["n1", "n2", "n3"] { try say(node, 2, "up") }
    #expect(try await world.round().problems == [])
    #expect(numbers() == ["3", "2", "2"])
    try say("n1", 3, "starting")
    #expect(try await world.round().problems == [])
    #expect(numbers() == ["3", "2", "2"])
    try say("n1", 3, "up")
    #expect(try await world.round().problems == [])
    #expect(numbers() == ["3", "3", "2"])
    // Lost in the middle: its turn is over.
    try world.lose("n2")
    #expect(try await world.round().problems == [])
    #expect(numbers() == ["3", "", "3"])
    #expect(world.text("n3/app/config.xml")?.contains("<generation>3</generation>") == true)
  }

  @Test("a node starts its collector again by itself, and the leader has nothing to do")
  func localRestart() async throws {
    let node = try world("local-restart", members: ["n1"], side: .node)
    let leader = try world("local-restart", members: ["n1", "n2"])
    #expect(try await node.round().problems == [])
    let first = try #require(node.text("n1/DMake/config.xml"))
    #expect(first.contains("generation=\"0\"") && first.contains("restart=\"never\""))
    try leader.set("n1/DMake/config.xml", first)
    try leader.set("n2/DMake/config.xml", first)
    #expect(try await leader.round().problems == [])
    #expect(leader.text("n1/collector/config.xml")?.contains("<unit>u2</unit>") == true)
    let end = Event.Kind.stopProc(try ProcessName("collector"), .signalled(9))
    try node.occur("n1", 1, end)
    try leader.occur("n1", 1, end)
    #expect(try await node.round().changes.map(\.path.text) == ["n1/DMake/config.xml", "n1/collector/ends"])
    try leader.set("n1/DMake/config.xml", node.text("n1/DMake/config.xml"))
    let round = try await leader.round()
    #expect(round.changes == [] && round.handled.count == 1 && round.problems == [])
    #expect(node.text("n1/DMake/config.xml") == first.replacing("generation=\"0\"", with: "generation=\"1\""))
  }
}
