import Glibc
import Model
import Testing

@testable import MakeWrapper

@Suite("A wave of many rules for which make starts no program is expanded by several runs of make")
struct WideWaveTests {
  private static let count = 1500

  private static func policy(_ last: String = "") -> String {
    let value = "n1/p/state.xml{v}"
    let rules = (0..<count).map { "out/r\($0).xml: \(value)\n\tout/r\($0).xml{k}=\($0) \(value)\n" }
    return rules.joined() + last
  }

  private func isEach(_ value: String, in world: World) -> Bool {
    (0..<Self.count).allSatisfy { number in
      world.text("out/r\(number).xml")?.contains("<k>\(number) \(value)</k>") == true
    }
  }

  @Test("each rule has its own value, of whatever length")
  func values() async throws {
    let world = try World(Self.policy())
    for value in ["1", String(repeating: "abcdefg ", count: 900) + "z"] {
      try world.set("n1/p/state.xml", "<s><v>\(value)</v></s>")
      #expect(try await world.round().problems == [])
      #expect(isEach(value, in: world))
    }
    let hasProcessors = sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1
    #expect((world.scratch.text("root/.dmake/slice1.mk") != nil) == hasProcessors)
  }

  @Test("a recipe that make cannot expand fails alone", arguments: ["a", "zz"])
  func refused(name: String) async throws {
    let world = try World(
      Self.policy("\(name)/bad.xml: n1/p/state.xml{v}\n\t\(name)/bad.xml{k}=$(word n1/p/state.xml{v},a b)\n"))
    try world.set("n1/p/state.xml", "<s><v>none</v></s>")
    let result = try await world.round()
    #expect(result.problems.map(\.target) == ["\(name)/bad.xml"])
    #expect(isEach("none", in: world))
    try world.set("n1/p/state.xml", "<s><v>2</v></s>")
    #expect(try await world.round().problems == [])
    #expect(world.text("\(name)/bad.xml")?.contains("<k>b</k>") == true)
  }

  @Test("rules that need each other are made by one run")
  func chains() async throws {
    let chain = (0..<Self.count).map { number in
      let need = number == 0 ? "n1/p/state.xml{v}" : "out/c\(number - 1).xml"
      return "out/c\(number).xml: \(need)\n\tout/c\(number).xml{k}=\(number)\n"
    }
    let world = try World(chain.joined())
    try world.set("n1/p/state.xml", "<s><v>1</v></s>")
    #expect(try await world.round().problems == [])
    #expect(world.scratch.text("root/.dmake/slice1.mk") == nil)
    #expect(world.text("out/c\(Self.count - 1).xml")?.contains("<k>\(Self.count - 1)</k>") == true)
  }
}
