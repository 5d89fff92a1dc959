import Model
import Testing

@testable import MakeWrapper

@Suite("A round tells")
struct ProvenanceTests {
  @Test("why a file is what it is: rule, reason, inputs, changed ones first")
  func inputs() async throws {
    let world = try World("sum: a b\n\tcat $^ > $@\n")
    try world.set("a", "1")
    try world.set("b", "2")
    let first = try await world.round()
    try world.set("b", "3")
    let second = try await world.round()
    let provenance = second.provenance
    #expect(provenance.map(\.value.description) == ["sum"])
    #expect(provenance.first?.place == SourcePlace(file: "DMakefile", line: 2))
    #expect(provenance.first?.reasons == [.changed("b")])
    #expect(
      provenance.first?.inputs == [
        .init(reference: "b", old: "2", new: "3", changedAt: second.index),
        .init(reference: "a", old: "1", new: "1", changedAt: first.index),
      ])
    #expect(provenance.first?.old == "12")
    #expect(provenance.first?.new == "13")
  }

  @Test("every reason why a rule ran is told, not only the first")
  func reasons() async throws {
    let world = try World("sum: a b\n\tcat $^ > $@\n")
    try world.set("a", "1")
    try world.set("b", "2")
    #expect(try await world.round().provenance.first?.reasons == [.new])
    try world.set("a", "3")
    try world.set("b", "4")
    let both = try await world.round()
    #expect(both.provenance.first?.reasons == [.changed("a"), .changed("b")])
    #expect(both.provenance.first?.index == both.index)
    #expect(both.provenance.first?.inputs.map(\.changedAt) == [both.index, both.index])
  }

  @Test("values whole where they are short text, and else that only the beginning is told")
  func hostileValues() async throws {
    let hostile = "\"'`$(touch pwned)`\\ {}\u{1b}[2J\u{7}\u{202e}\n"
    let world = try World(
      """
      copy: in
      \tcp in copy
      bytes:
      \tprintf '\\377\\000x' > $@
      big:
      \thead -c 1048576 /dev/zero | tr '\\0' x > $@
      read: bytes big copy
      \tcat copy > $@

      """)
    try world.set("in", hostile)
    let values = SortedMap(try await world.round().provenance.map { ($0.value.description, $0) })
    #expect(values["copy"]?.new == hostile && values["copy"]?.isCut == false)
    #expect(values["copy"]?.inputs.first?.new == hostile && values["copy"]?.inputs.first?.isCut == false)
    #expect(values["bytes"]?.new == "\u{fffd}\0x" && values["bytes"]?.isCut == true)
    #expect(values["big"]?.new?.utf8.count == Provenance.textLimitBytes && values["big"]?.isCut == true)
    let inputs = values["read"]?.inputs.map { "\($0.reference) \($0.isCut)" }
    #expect(inputs?.sorted() == ["big true", "bytes true", "copy false"])
    #expect(try world.filesOnDisk()["pwned"] == nil)
    try world.set("in", String(repeating: "é", count: 200))
    let long = try await world.round().provenance.first { $0.value.description == "copy" }
    #expect(long?.inputs.first?.isCut == true && long?.reasons == [.changed("in")])
  }
}
