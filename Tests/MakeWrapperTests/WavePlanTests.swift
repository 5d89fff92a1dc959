import FileTree
import Model
import Testing

@testable import MakeWrapper

@Suite("Waves are planned from contents and records")
struct WavePlanTests {
  private let early = LogicalStamp.input(1, pass: 0)
  private let done = LogicalStamp.output(1, pass: 1)
  private let late = LogicalStamp.input(2, pass: 0)

  private func rule(
    _ target: String, _ prerequisites: [String], signature: String = "r", orderOnly: [String] = []
  ) throws
    -> RuleGraph.Rule
  {
    RuleGraph.Rule(
      target: target, place: SourcePlace(file: "DMakefile", line: 1), signature: Digest(of: signature.utf8),
      prerequisites: prerequisites, orderOnly: orderOnly, output: ValueReference(try TreePath(target)),
      isPhony: false)
  }

  /// in → a → b → c, and other → d; everything was made in round 1.
  private func settled() throws -> (graph: RuleGraph, memory: RoundMemory) {
    let rules = [
      try rule("a", ["in"]), try rule("b", ["a"]), try rule("c", ["b"]), try rule("d", ["other"]),
    ]
    let inputs: [String: ValueReference] = [
      "in": ValueReference(try TreePath("in")), "other": ValueReference(try TreePath("other")),
    ]
    var memory = RoundMemory([:])
    for reference in inputs.values {
      memory[input: reference] = InputRecord(stamp: early, content: Content("1"))
    }
    let graph = RuleGraph(rules: rules, inputs: inputs)
    let digests = digests(graph, memory)
    for vertex in graph.allRules {
      let rule = try #require(graph.rule(vertex))
      memory[rule: rule.target] = RuleRecord(
        stamp: done, changed: done, signature: rule.signature, read: digests.ofReasons(of: vertex))
    }
    return (graph, memory)
  }

  /// `outputs` are the texts of rules' files that are not what they were.
  private func digests(_ graph: RuleGraph, _ memory: RoundMemory, outputs: [String: String] = [:])
    -> ReadDigests
  {
    ReadDigests(graph: graph, ledger: Ledger(memory, graph), ofFile: { Digest(of: (outputs[$0] ?? $0).utf8) })
  }

  private func state(
    _ graph: RuleGraph, _ memory: RoundMemory, tick: Tick = 10, missing: [String] = [],
    outputs: [String: String] = [:], notified: [String] = []
  ) -> RuleState {
    RuleState(
      graph: graph, ledger: Ledger(memory, graph), tick: tick,
      digests: digests(graph, memory, outputs: outputs),
      exists: { !missing.contains(graph.name(of: $0)) }, done: [], orders: [:],
      notified: graph.vertices(of: notified))
  }

  private func due(_ state: RuleState) -> [String] {
    state.graph.allRules.filter(state.isDue).map(state.graph.name)
  }

  private func ready(_ graph: RuleGraph, due: [String], waiting: [String] = []) -> [String] {
    plan(graph, due: due, waiting: waiting).ready.map(graph.name)
  }

  private func plan(_ graph: RuleGraph, due: [String], waiting: [String] = []) -> WavePlan {
    WavePlan(graph: graph, due: graph.vertices(of: due), waiting: graph.vertices(of: waiting))
  }

  @Test("nothing is due where nothing changed")
  func quiet() throws {
    let (graph, memory) = try settled()
    #expect(due(state(graph, memory)) == [])
    #expect(ready(graph, due: []) == [])
  }

  @Test(
    "a changed input is a reason for its readers alone: who reads them has one when their output is another")
  func changed() throws {
    var (graph, memory) = try settled()
    // What it holds is the reason, not when it came.
    let input = ValueReference(try TreePath("in"))
    memory[input: input] = InputRecord(stamp: late, content: Content("1"))
    #expect(due(state(graph, memory)) == [])
    memory[input: input] = InputRecord(stamp: early, content: Content("2"))
    #expect(due(state(graph, memory)) == ["a"])
    let vertex = try #require(graph.vertex(of: "a"))
    memory[rule: "a"] = RuleRecord(
      stamp: late, changed: late, signature: try #require(graph.rule(vertex)).signature,
      read: digests(graph, memory).ofReasons(of: vertex))
    #expect(due(state(graph, memory)) == [])
    #expect(due(state(graph, memory, outputs: ["a": "another"])) == ["b"])
  }

  @Test("an occurrence of an event is a reason for the rules that have not handled it")
  func events() throws {
    let (graph, memory) = try settled()
    #expect(due(state(graph, memory, notified: ["d"])) == ["d"])
  }

  @Test("who wants a file to be there waits for the pass in which its assigned values are")
  func assigned() throws {
    // What `values.xml` gets from `first.xml{s}` comes in the pass after.
    let inputs = [
      "in": ValueReference(try TreePath("in")), "s": ValueReference(try TreePath("first.xml"), tag: "s"),
    ]
    func rule(
      _ target: String, _ needs: [String], _ orders: [String] = [], _ assigned: [String] = []
    ) throws -> RuleGraph.Rule {
      RuleGraph.Rule(
        target: target, place: SourcePlace(file: "DMakefile", line: 1), signature: Digest(of: []),
        prerequisites: needs, orderOnly: orders, output: ValueReference(try TreePath(target)), isPhony: false,
        assigned: Set(try assigned.map { try TreePath($0) }))
    }
    let graph = RuleGraph(
      rules: [
        try rule("after", ["in"], ["values.xml"]), try rule("last", ["after"]),
        try rule("reader", ["values.xml"]), try rule("values.xml", ["s"], [], ["values.xml"]),
        try rule("first.xml", ["in"]),
      ], inputs: inputs)
    func ready(_ due: [String], ran: [String] = []) -> [String] {
      WavePlan(graph: graph, due: graph.vertices(of: due), waiting: [], ran: graph.vertices(of: ran))
        .ready.map(graph.name)
    }
    #expect(ready(["values.xml", "after", "reader", "last"]) == ["reader", "values.xml"])
    // The pass has its values only at its end.
    #expect(ready(["after", "last"], ran: ["reader", "values.xml"]) == [])
    #expect(ready(["after", "last"]) == ["after", "last"])
    #expect(ready(["after", "first.xml"]) == ["first.xml"])
    #expect(ready(["after"], ran: ["first.xml"]) == [])
  }

  @Test("a rule with a reason is held until what it needs can change no more")
  func held() throws {
    let (graph, _) = try settled()
    #expect(ready(graph, due: ["a", "b", "c", "d"]) == ["a", "b", "c", "d"])
    #expect(ready(graph, due: ["a", "c", "d"]) == ["a", "d"])
    #expect(plan(graph, due: ["a", "c", "d"]).held.map(graph.name) == ["c"])
    #expect(ready(graph, due: ["a", "c"], waiting: ["b", "c"]) == ["a"])
  }

  @Test("who wants a file only to be there before waits for it too")
  func orderOnly() throws {
    let rules = [try rule("a", ["in"]), try rule("b", ["a"]), try rule("c", ["other"], orderOnly: ["b"])]
    let graph = RuleGraph(rules: rules, inputs: [:])
    #expect(ready(graph, due: ["a", "c"]) == ["a"])
    #expect(ready(graph, due: ["b", "c"]) == ["b", "c"])
  }

  @Test("a circle is not held for ever")
  func circle() throws {
    let rules = [try rule("a", ["b"]), try rule("b", ["c"]), try rule("c", ["a"])]
    #expect(ready(RuleGraph(rules: rules, inputs: [:]), due: ["a"]) == ["a"])
  }

  @Test("a changed rule is due, and so is one whose target is gone")
  func changedRule() throws {
    let (graph, memory) = try settled()
    let rules = try graph.rules.map { $0.target == "b" ? try rule("b", ["a"], signature: "new") : $0 }
    let inputs = Dictionary(uniqueKeysWithValues: graph.inputs.map { ($0.path.text, $0) })
    #expect(due(state(RuleGraph(rules: rules, inputs: inputs), memory)) == ["b"])
    #expect(due(state(graph, memory, missing: ["d"])) == ["d"])
  }

  @Test("a failed rule waits for its back-off or another input")
  func backOff() throws {
    var (graph, memory) = try settled()
    let rule = try #require(graph.vertex(of: "b"))
    memory[failure: "b"] = FailureRecord.after(
      nil, RuleFault(.failed, ""), inputs: digests(graph, memory).ofEverything(of: rule), tick: 10)
    #expect(state(graph, memory).mustWait(rule))
    #expect(!state(graph, memory, tick: 11).mustWait(rule))
    #expect(due(state(graph, memory, tick: 11)) == ["b"])
    memory[failure: "b"] = FailureRecord.after(
      nil, RuleFault(.failed, ""), inputs: Digest(of: "others".utf8), tick: 10)
    #expect(!state(graph, memory).mustWait(rule))
  }

  @Test("back-offs double up to their limit")
  func backOffs() {
    let inputs = Digest(of: "inputs".utf8)
    var record: FailureRecord?
    var waits: [Tick] = []
    for _ in 0..<9 {
      let next = FailureRecord.after(record, RuleFault(.failed, ""), inputs: inputs, tick: 100)
      waits.append((next.retryAt ?? 0) - 100)
      record = next
    }
    #expect(waits == [1, 2, 4, 8, 16, 32, 64, 64, 64])
    #expect(record?.attempts == 9)
  }

  @Test("records come back from the memory as they went in")
  func memory() throws {
    let reference = ValueReference(try TreePath("n1/web/config.xml"), tag: "port")
    let fault = RuleFault(
      .conflict, place: SourcePlace(file: "DMakefile", line: 7), "two\nlines",
      details: [RuleProblem.Detail(reference: "a{b}", texts: ["", nil])])
    let failure = FailureRecord(fault, attempts: 3, retryAt: nil, inputs: Digest(of: [1]))
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
