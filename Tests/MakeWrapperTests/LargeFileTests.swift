import Model
import Testing

@testable import MakeWrapper

@Suite("Files that are too large are their rules' problems")
struct LargeFileTests {
  /// As dmakefile(5) has it, in bytes.
  private let limit = 16 * 1024 * 1024

  @Test("of 16 MiB becomes part of the tree, and a byte more leaves the tree as it was")
  func limitOfFile() async throws {
    let world = try World("big: size ; head -c $$(cat size) /dev/zero > $@\nother: size ; cp $< $@\n")
    try world.set("size", "\(limit)")
    #expect(try await world.round().problems == [])
    #expect(world.tree[try TreePath("big")]?.content.bytes.count == limit)
    try world.set("size", "\(limit + 1)")
    let problems = try await world.round().problems
    #expect(problems.map(\.target) == ["big"])
    #expect(
      problems.first?.message
        == "the recipe's `big` has 16777217 bytes, and a file may have 16777216: have the rule make a smaller one, and keep large data on the machines that need it"
    )
    #expect(world.tree[try TreePath("big")]?.content.bytes.count == limit)
    #expect(world.text("other") == "\(limit + 1)")
    try world.set("size", "10")
    #expect(try await world.round().problems == [])
    #expect(world.tree[try TreePath("big")]?.content.bytes.count == 10)
  }

  @Test("that do not fit into one round are made in the next ones")
  func limitOfRound() async throws {
    // Twelve of 15 MiB where a round has 128 MiB.
    let size = 15 * 1024 * 1024
    let names = (1...12).map { "big\($0)" }
    let world = try World("\(names.joined(separator: " ")): ; head -c \(size) /dev/zero > $@; echo $@ >> $@\n")
    let first = try await world.round()
    let bytes = first.changes.reduce(0) { $0 + ($1.content?.bytes.count ?? 0) }
    #expect(bytes <= 128 * 1024 * 1024 && bytes > 100 * 1024 * 1024)
    #expect(first.problems.count == 4)
    #expect(first.problems.allSatisfy { $0.message.contains("does not fit into this round") })
    world.tick += 100
    #expect(try await world.round().problems == [])
    for name in names { #expect(world.tree[try TreePath(name)]?.content.bytes.count ?? 0 > size) }
  }
}
