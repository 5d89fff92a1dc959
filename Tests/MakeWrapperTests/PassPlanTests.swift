import FileTree
import Model
import Testing

@testable import MakeWrapper

@Suite("A pass is planned from stamps and records")
struct PassPlanTests {
  private let early = LogicalStamp.input(1, pass: 0)
  private let done = LogicalStamp.output(1, pass: 1)
  private let late = LogicalStamp.input(2, pass: 0)

  private func rule(_ target: String, _ prerequisites: [String], signature: String = "r") throws
    -> RuleGraph.Rule
  {
    RuleGraph.Rule(
      target: target, place: SourcePlace(file: "DMakefile", line: 1), signature: Digest(of: signature.utf8),
      prerequisites: prerequisites, orderOnly: [], output: ValueReference(try TreePath(target)), isPhony: false)
  }

  /// in → a → b → c, and other → d; everything was made in round 1.
  private func settled() throws -> (graph: RuleGraph, memory: RoundMemory) {
    let rules = [
      try rule("a", ["in"]), try rule("b", ["a"]), try rule("c", ["b"]), try rule("d", ["other"]),
    ]
    let inputs: SortedMap<String, ValueReference> = [
      "in": ValueReference(try TreePath("in")), "other": ValueReference(try TreePath("other")),
    ]
    var memory = RoundMemory([:])
    for reference in inputs.values {
      memory[input: reference] = InputRecord(stamp: early, content: Content("1"))
    }
    for rule in rules { memory[rule: rule.target] = RuleRecord(stamp: done, signature: rule.signature) }
    return (RuleGraph(rules: rules, inputs: inputs), memory)
  }

  private func plan(_ graph: RuleGraph, _ memory: RoundMemory, tick: Tick = 10, missing: [String] = [])
    -> PassPlan
  {
    PassPlan(
      PassPlan.Situation(
        graph: graph, memory: memory, tick: tick, inputsDigest: { _ in Digest(of: "inputs".utf8) },
        exists: { !missing.contains($0) }, done: []))
  }

  @Test("nothing runs where nothing changed")
  func quiet() throws {
    let (graph, memory) = try settled()
    #expect(plan(graph, memory).goals == [])
  }

  @Test("a changed input leads to its readers and all that depends on them, and nowhere else")
  func changed() throws {
    var (graph, memory) = try settled()
    memory[input: ValueReference(try TreePath("in"))] = InputRecord(stamp: late, content: Content("2"))
    let plan = plan(graph, memory)
    #expect(plan.due == ["a"])
    #expect(plan.forced == [])
    #expect(plan.goals == ["a", "b", "c"])
  }

  @Test("a changed rule is forced, for no time stamp tells make of it")
  func changedRule() throws {
    let (graph, memory) = try settled()
    let rules = try graph.rules.values.map { $0.target == "b" ? try rule("b", ["a"], signature: "new") : $0 }
    let plan = plan(RuleGraph(rules: rules, inputs: graph.inputs), memory)
    #expect(plan.due == ["b"])
    #expect(plan.forced == ["b"])
    #expect(plan.goals == ["b", "c"])
  }

  @Test("a target that is gone is made again")
  func missing() throws {
    let (graph, memory) = try settled()
    #expect(plan(graph, memory, missing: ["d"]).due == ["d"])
  }

  @Test("a failed rule and what depends on it wait for the back-off or another input")
  func backOff() throws {
    var (graph, memory) = try settled()
    memory[input: ValueReference(try TreePath("in"))] = InputRecord(stamp: late, content: Content("2"))
    let inputs = Digest(of: "inputs".utf8)
    memory[failure: "b"] = FailureRecord.after(nil, (.failed, nil, ""), inputs: inputs, tick: 10)
    #expect(plan(graph, memory).goals == ["a"])
    #expect(plan(graph, memory).waiting == ["b", "c"])
    #expect(plan(graph, memory, tick: 11).due == ["a", "b"])
    memory[failure: "b"] = FailureRecord.after(
      nil, (.failed, nil, ""), inputs: Digest(of: "others".utf8), tick: 10)
    #expect(plan(graph, memory).due == ["a", "b"])
  }

  @Test("back-offs double up to their limit")
  func backOffs() {
    let inputs = Digest(of: "inputs".utf8)
    var record: FailureRecord?
    var waits: [Tick] = []
    for _ in 0..<9 {
      let next = FailureRecord.after(record, (.failed, nil, ""), inputs: inputs, tick: 100)
      waits.append((next.retryAt ?? 0) - 100)
      record = next
    }
    #expect(waits == [1, 2, 4, 8, 16, 32, 64, 64, 64])
    #expect(record?.attempts == 9)
  }

  @Test("a rule whose recipe left its target alone is up to date all the same, and so are its readers")
  func settling() throws {
    var (graph, memory) = try settled()
    let new = LogicalStamp.output(2, pass: 1)
    memory[rule: "a"] = RuleRecord(stamp: new, signature: Digest(of: "r".utf8))
    #expect(graph.settled(memory, except: []).map(\.target) == ["b", "c"])
    #expect(graph.settled(memory, except: ["b", "c"]).map(\.target) == [])
  }

  @Test("records come back from the memory as they went in")
  func memory() throws {
    let reference = ValueReference(try TreePath("n1/web/config.xml"), tag: "port")
    let failure = FailureRecord(
      kind: .conflict, place: SourcePlace(file: "DMakefile", line: 7), message: "two\nlines", attempts: 3,
      retryAt: nil, inputs: Digest(of: [1]))
    let assignments = AssignedValues(stamp: late, values: [reference: ["80", ""]])
    var memory = RoundMemory([:])
    memory[failure: "a"] = failure
    memory[assignments: "a"] = assignments
    memory[input: reference] = InputRecord(stamp: late, content: nil)
    memory.policy = [1]
    memory.policy = nil
    #expect(memory[failure: "a"] == failure)
    #expect(memory[assignments: "a"] == assignments)
    #expect(memory[input: reference]?.digest == nil)
    #expect(memory.changes.map(\.key) == ["assignments a", "failure a", "input n1/web/config.xml{port}"])
    let bytes = failure.bytes
    for count in 0..<bytes.count { #expect(FailureRecord(Array(bytes.prefix(count))) == nil) }
  }
}
