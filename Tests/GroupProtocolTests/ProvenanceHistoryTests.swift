import Model
import Testing

@testable import GroupProtocol

@Suite("Provenance is kept")
struct ProvenanceHistoryTests {
  private typealias Record = ProvenanceHistory.Record

  private static func provenance(
    _ value: ValueReference, _ text: String, inputs: [String] = []
  ) -> Provenance {
    Provenance(
      value: value, place: SourcePlace(file: "DMakefile", line: 1), index: 1, reasons: [.new],
      inputs: inputs.map { Provenance.Input(reference: $0, old: nil, new: text) }, old: nil, new: text)
  }

  private static func record(_ value: ValueReference, _ index: LogIndex, _ tick: Tick, _ text: String) -> Record
  {
    Record(index: index, tick: tick, time: WallTime(milliseconds: 0), provenance: provenance(value, text))
  }

  @Test("so that from where it is whole on every question has the answer that it had at first")
  func questions() throws {
    var generator = Seeded(state: 7)
    let paths = try ["a", "b", "n1/web/config.xml"].map { try TreePath($0) }
    for _ in 0..<50 {
      var history = ProvenanceHistory()
      var model: [(ValueReference, Record)] = []
      var (index, tick): (LogIndex, Tick) = (0, 0)
      for _ in 0..<200 {
        let step = LogIndex.random(in: 0...2, using: &generator)
        index += step
        // An entry happens at one tick.
        if step > 0 { tick += Tick.random(in: 0...1, using: &generator) }
        let path = paths.randomElement(using: &generator) ?? paths[0]
        switch Int.random(in: 0..<10, using: &generator) {
        case 0:
          for value in history.values(in: path) {
            model.append(
              (value, Record(index: index, tick: tick, time: WallTime(milliseconds: 0), provenance: nil)))
          }
          history.remove(path, at: index, tick: tick, time: WallTime(milliseconds: 0))
        case 1:
          history.forget(before: tick < 20 ? nil : tick - 20, countLimit: 60, bytesLimit: 40_000)
        default:
          let tag = ["x", "y"].randomElement(using: &generator)
          let value = ValueReference(path, tag: path == paths[2] ? tag : nil)
          let record = Self.record(value, index, tick, "\(index)")
          history.add(record, of: value)
          model.append((value, record))
        }
      }
      let isRestored = ProvenanceHistory(since: history.since, records: history.records) == history
      #expect(isRestored)
      for value in Set(model.map(\.0)) {
        for position in history.since...(index + 1) {
          let expected = model.last { $0.0 == value && $0.1.index <= position }?.1.provenance
          #expect(history.record(of: value, at: position)?.provenance == expected, "\(value) at \(position)")
        }
      }
    }
  }

  @Test("for the set time after something else took the place, and the newest always")
  func age() throws {
    let value = ValueReference(try TreePath("a"))
    var history = ProvenanceHistory()
    for step: UInt64 in 1...5 { history.add(Self.record(value, step * 10, step, "\(step)"), of: value) }
    history.forget(before: 3)
    #expect(history.records[value]?.map(\.index) == [50, 40, 30])
    #expect(history.since == 30)
    history.forget(before: 1000)
    #expect(history.records[value]?.map(\.index) == [50])
  }

  @Test("within limits of number and size, of which the newest of each value are no part")
  func limits() throws {
    var history = ProvenanceHistory()
    let values = try (0..<50).map { ValueReference(try TreePath("v\($0)")) }
    for step: UInt64 in 1...10 {
      for value in values {
        history.add(Self.record(value, step, step, String(repeating: "x", count: 200)), of: value)
      }
    }
    history.forget(before: nil, countLimit: 120)
    #expect(history.records.map { $1.count }.reduce(0, +) == 170)
    history.forget(before: nil, bytesLimit: 10_000)
    #expect((51...100).contains(history.records.map { $1.count }.reduce(0, +)))
    history.forget(before: nil, countLimit: 0)
    #expect(history.records.allSatisfy { $1.map(\.index) == [10] } && history.records.count == 50)
  }

  @Test("of what went, until that too is old")
  func removal() throws {
    let path = try TreePath("n1/web/config.xml")
    let value = ValueReference(path, tag: "x")
    var history = ProvenanceHistory()
    history.add(Self.record(value, 5, 1, "1"), of: value)
    history.remove(path, at: 9, tick: 2, time: WallTime(milliseconds: 0))
    #expect(history.record(of: value, at: 8)?.provenance != nil)
    #expect(history.record(of: value, at: 9)?.provenance == nil)
    history.forget(before: 1)
    #expect(history.records.contains(value))
    history.forget(before: 2)
    #expect(history.records.isEmpty && history == ProvenanceHistory(since: 9, records: [:]))
  }
}

@Suite("Why a value is what it is")
struct ExplanationTests {
  /// Rounds whose results stand at these positions of the log; each value with the inputs of its rule.
  private static func state(_ rounds: [(LogIndex, [(String, [String])])], index: LogIndex) throws -> LeaderState
  {
    var state = LeaderState()
    state.index = index
    for (position, values) in rounds {
      for (name, inputs) in values {
        let value = try ValueReference(name)
        state.provenance.add(
          ProvenanceHistory.Record(
            index: position, tick: position, time: WallTime(milliseconds: 0),
            provenance: Provenance(
              value: value, place: SourcePlace(file: "DMakefile", line: 1), index: position, reasons: [.new],
              inputs: inputs.map { .init(reference: $0, old: nil, new: "1") }, old: nil, new: "\(position)")),
          of: value)
      }
    }
    return state
  }

  private static func outline(_ explanations: [Explanation]) -> String {
    explanations.map { explanation in
      let inner = explanation.causes.isEmpty ? "" : "(\(outline(explanation.causes)))"
      return "\(explanation.provenance.value)@\(explanation.index)\(inner)"
    }.joined(separator: " ")
  }

  private static func outline(_ state: LeaderState, _ value: String, at index: LogIndex? = nil) throws -> String
  {
    outline(try state.explanation(of: try ValueReference(value), at: index).explanations)
  }

  @Test("follows its inputs to what they were then, each once, whatever refers to whatever")
  func chain() throws {
    let state = try Self.state(
      [(3, [("c", ["in"])]), (5, [("a", ["b{x}", "c", "in"]), ("b", ["c", "a"])]), (9, [("c", ["in"])])],
      index: 12)
    #expect(try Self.outline(state, "a") == "a@5(b@5(c@3))")
    #expect(try Self.outline(state, "c") == "c@9")
    #expect(try Self.outline(state, "c", at: 8) == "c@3")
    #expect(try Self.outline(state, "c", at: 2) == "")
    #expect(try state.explanation(of: try ValueReference("c"), at: nil).explanations.first?.earlier == [3])
  }

  @Test("of a file that is written by tags is told for each of them")
  func tags() throws {
    let state = try Self.state([(3, [("n1/a.xml{x}", []), ("n1/a.xml{y}", ["n1/a.xml{x}"])])], index: 3)
    #expect(try Self.outline(state, "n1/a.xml") == "n1/a.xml{x}@3 n1/a.xml{y}@3")
    #expect(try Self.outline(state, "n1/a.xml{z}") == "")
  }

  @Test("is cut where the chain is too long, and says so")
  func long() throws {
    let names = (0..<20).map { "v\($0)" }
    let values = zip(names, names.dropFirst()).map { ($0, [$1]) }
    let report = try Self.state([(1, values)], index: 1).explanation(of: try ValueReference("v0"), at: nil)
    #expect(report.isCut)
    #expect(Self.outline(report.explanations).split(separator: "(").count == LeaderState.explanationDepthLimit)
  }

  @Test("is refused for a time that is forgotten or not yet come, with where the history begins")
  func bounds() throws {
    var state = try Self.state([(3, [("a", [])]), (5, [("a", [])]), (7, [("a", [])])], index: 8)
    state.provenance.forget(before: 5)
    #expect(try Self.outline(state, "a", at: 5) == "a@5")
    #expect {
      try state.explanation(of: try ValueReference("a"), at: 4)
    } throws: {
      "\($0)".hasSuffix("is not kept any more; the history is whole from log index 5 on")
    }
    #expect(throws: Rejection.self) { try state.explanation(of: try ValueReference("a"), at: 9) }
  }

  @Test("is kept for as many ticks as the log's timers say, whoever applies the log")
  func ticks() throws {
    var state = LeaderState()
    let timing = Timing(lease: .seconds(5), provenance: .seconds(3))
    let time = WallTime(milliseconds: 0)
    _ = state.apply(.opened(epoch: 1, timing: timing, time: time), at: 1)
    let value = ValueReference(try TreePath("a"))
    for index: LogIndex in [1, 2] {
      state.provenance.add(
        ProvenanceHistory.Record(
          index: index, tick: state.tick, time: time,
          provenance: Provenance(
            value: value, place: SourcePlace(file: "f", line: 1), index: 1, reasons: [], inputs: [], old: nil,
            new: nil)),
        of: value)
    }
    for index: LogIndex in 2...3 { _ = state.apply(.tick(renewed: [], time: time), at: index) }
    #expect(state.provenance.records[value]?.count == 2)
    _ = state.apply(.tick(renewed: [], time: time), at: 4)
    #expect(state.provenance.records[value]?.count == 1)
  }
}

/// xorshift64*: the same questions in every run.
private struct Seeded: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_f491_4f6c_dd1d
  }
}
