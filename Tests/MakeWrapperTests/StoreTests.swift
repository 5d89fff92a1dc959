import Model
import Testing

@testable import MakeWrapper

@Suite("ROOT follows the tree between rounds")
struct StoreTests {
  @Test("an outside change is on disk before the round that it begins, and runs its rule once")
  func change() async throws {
    let world = try World("copy: n1/web/state.xml\n\techo run >> ../log; cp $< $@\n")
    try world.set("n1/web/state.xml", "<a>1</a>")
    try await world.round()
    try await store("n1/web/state.xml", "<a>2</a>", in: world)
    #expect(world.scratch.text("root/n1/web/state.xml") == "<a>2</a>")
    #expect(world.text("copy") == "<a>1</a>")
    try await world.round()
    #expect(world.text("copy") == "<a>2</a>")
    try await world.round()
    #expect(world.log() == ["run", "run"])
    #expect(try world.filesOnDisk() == world.filesInTree)
  }

  @Test("a file that went is gone from disk, and its folder with it")
  func removal() async throws {
    let world = try World("copy: n1/web/state.xml\n\tcat $< > $@\n")
    try world.set("n1/web/state.xml", "<a>1</a>")
    try await world.round()
    try await store("n1/web/state.xml", nil, in: world)
    #expect(try world.filesOnDisk().keys == ["copy"])
    try await world.round()
    #expect(world.text("copy") == "")
  }

  @Test("a request for another policy is the same but for the policy")
  func otherPolicy() throws {
    let world = try World("a:\n\ttouch $@\n")
    world.lifted = ["a"]
    let request = world.request()
    let other = request.with(policy: Digest(of: []))
    #expect(other != request)
    #expect(other.with(policy: request.policy) == request)
    #expect(other.lifted == ["a"])
  }

  private func store(_ path: String, _ text: String?, in world: World) async throws {
    try world.set(path, text)
    try await world.runner.store(
      [TreeChange(try TreePath(path), text.map { Content($0) })], at: world.index)
  }
}
