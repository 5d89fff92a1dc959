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
}
