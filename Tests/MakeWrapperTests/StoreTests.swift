import Glibc
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

  @Test(
    "what found no room on the disk is there before a recipe reads it, and no recipe is blamed for it",
    .enabled(if: geteuid() == 0, "a small file system is mounted"))
  func fullDisk() async throws {
    let world = try World("copy: n1/web/state.xml\n\tcat $< > $@\nother: n2/web/state.xml\n\tcat $< > $@\n")
    let disk = try SmallDisk(world.scratch, "root", sizeBytes: 512 << 10)
    defer { disk.unmount() }
    for path in ["n1/gone/state.xml", "n1/web/state.xml", "n2/web/state.xml"] {
      try world.set(path, "<a>1</a>")
    }
    try await world.round()
    let changes = [
      ("n1/big/state.xml", "<a>\(String(repeating: "x", count: 600 << 10))</a>"), ("n1/gone/state.xml", nil),
      ("n1/web/state.xml", "<a>2</a>"), ("n1/web/new.xml", "<a>new</a>"),
    ]
    for (path, text) in changes { try world.set(path, text) }
    await #expect(throws: WrapperError.self) { try await world.runner.show(world.tree) }
    #expect(world.scratch.text("root/n1/web/state.xml") == "<a>1</a>")

    let kept = try await world.round()
    #expect(kept.problems.map(\.kind) == [.unreadable], "\(kept.problems)")
    try world.set("n1/big/state.xml", nil)
    try world.set("n2/web/state.xml", "<a>2</a>")
    let result = try await world.round()
    #expect(result.problems.isEmpty, "\(result.problems)")
    #expect(world.text("copy") == "<a>2</a>")
    #expect(world.text("other") == "<a>2</a>")
    #expect(try world.filesOnDisk() == world.filesInTree)
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
    try await world.runner.show(world.tree)
  }
}

/// A file system of its own for a folder, small enough to fill.
private struct SmallDisk {
  private let path: String

  init(_ scratch: Scratch, _ name: String, sizeBytes: Int) throws {
    try scratch.makeFolder(name)
    path = "\(scratch.path)/\(name)"
    guard mount("none", path, "tmpfs", 0, "size=\(sizeBytes)") == 0 else { throw Scratch.Failure(errno: errno) }
  }

  func unmount() { umount2(path, Int32(MNT_DETACH)) }
}
