import FileTree
import Model

/// The ``RoundMemory`` by the vertices of a graph, each record read once. Whoever changes the memory in a round does it
/// here, so that what was read stays what is there.
final class Ledger {
  private(set) var memory: RoundMemory
  private var graph: RuleGraph
  private var rules = Records<RuleRecord>()
  private var inputs = Records<InputRecord>()
  private var assignments = Records<AssignedValues>()
  /// All that there are, for there are few.
  private var failures = Records<FailureRecord>()
  private var findings = Records<FailureRecord>()
  /// The rules whose assignments were refused.
  private var refused: Set<String> = []

  init(_ memory: RoundMemory, _ graph: RuleGraph = .empty) {
    self.memory = memory
    self.graph = graph
    readAgain()
  }

  /// Takes the vertices of another graph.
  func follow(_ graph: RuleGraph) {
    self.graph = graph
    readAgain()
  }

  /// Takes the memory that the last round has come to: the same entries as a rule.
  func follow(_ memory: RoundMemory, isSame: Bool) {
    self.memory = memory
    if !isSame { readAgain() }
  }

  private func readAgain() {
    rules = Records()
    inputs = Records()
    assignments = Records()
    failures = Records()
    findings = Records()
    refused = Set(memory.refused)
    for target in memory.failures {
      if let vertex = graph.vertex(of: target) { failures.set(vertex, memory[failure: target]) }
    }
    for target in memory.findings {
      if let vertex = graph.vertex(of: target) { findings.set(vertex, memory[finding: target]) }
    }
  }

  /// Forgets what is large, and what nobody needs between rounds.
  func endRound() { assignments = Records() }

  subscript(rule rule: Vertex) -> RuleRecord? {
    get { rules.record(rule) { memory[rule: graph.name(of: rule)] } }
    set {
      rules.set(rule, newValue)
      memory[rule: graph.name(of: rule)] = newValue
    }
  }

  subscript(input input: Vertex) -> InputRecord? {
    get { inputs.record(input) { graph.input(input).flatMap { memory[input: $0] } } }
    set {
      guard let reference = graph.input(input) else { return }
      inputs.set(input, newValue)
      memory[input: reference] = newValue
    }
  }

  subscript(assignments rule: Vertex) -> AssignedValues? {
    get { assignments.record(rule) { memory[assignments: graph.name(of: rule)] } }
    set {
      assignments.set(rule, newValue)
      memory[assignments: graph.name(of: rule)] = newValue
    }
  }

  subscript(failure vertex: Vertex) -> FailureRecord? {
    get { failures.known(vertex) }
    set {
      if newValue == nil, failures.known(vertex) == nil { return }
      failures.set(vertex, newValue)
      memory[failure: graph.name(of: vertex)] = newValue
    }
  }

  subscript(finding vertex: Vertex) -> FailureRecord? {
    get { findings.known(vertex) }
    set {
      if newValue == nil, findings.known(vertex) == nil { return }
      findings.set(vertex, newValue)
      memory[finding: graph.name(of: vertex)] = newValue
    }
  }
}

/// By name, for what is no vertex too: rules that are no more.
extension Ledger {
  subscript(rule target: String) -> RuleRecord? {
    get { graph.vertex(of: target).map { self[rule: $0] } ?? memory[rule: target] }
    set {
      guard let vertex = graph.vertex(of: target) else { return memory[rule: target] = newValue }
      self[rule: vertex] = newValue
    }
  }

  subscript(assignments target: String) -> AssignedValues? {
    get { graph.vertex(of: target).map { self[assignments: $0] } ?? memory[assignments: target] }
    set {
      guard let vertex = graph.vertex(of: target) else { return memory[assignments: target] = newValue }
      self[assignments: vertex] = newValue
    }
  }

  subscript(failure target: String) -> FailureRecord? {
    get { graph.vertex(of: target).map { self[failure: $0] } ?? memory[failure: target] }
    set {
      guard let vertex = graph.vertex(of: target) else { return memory[failure: target] = newValue }
      self[failure: vertex] = newValue
    }
  }

  subscript(finding target: String) -> FailureRecord? {
    get { graph.vertex(of: target).map { self[finding: $0] } ?? memory[finding: target] }
    set {
      guard let vertex = graph.vertex(of: target) else { return memory[finding: target] = newValue }
      self[finding: vertex] = newValue
    }
  }

  subscript(handled rule: Vertex) -> HandledEvents? {
    get { memory[handled: graph.name(of: rule)] }
    set { memory[handled: graph.name(of: rule)] = newValue }
  }

  subscript(handled target: String) -> HandledEvents? {
    get { memory[handled: target] }
    set { memory[handled: target] = newValue }
  }

  subscript(refused target: String) -> AssignedValues? {
    get { refused.contains(target) ? memory[refused: target] : nil }
    set {
      if newValue == nil, !refused.contains(target) { return }
      if newValue == nil { refused.remove(target) } else { refused.insert(target) }
      memory[refused: target] = newValue
    }
  }

  subscript(refused rule: Vertex) -> AssignedValues? {
    get { refused.isEmpty ? nil : self[refused: graph.name(of: rule)] }
    set { if !refused.isEmpty || newValue != nil { self[refused: graph.name(of: rule)] = newValue } }
  }

  /// The policy that ran last.
  var policy: [UInt8]? {
    get { memory.policy }
    set { memory.policy = newValue }
  }

  func noteNodes(_ nodes: [NodeName]) { memory.noteNodes(nodes) }
  func forgetInput(_ reference: String) { memory.forgetInput(reference) }

  /// Of a file that rules' assignments change, and of which some rule is the maker: no input, so no vertex has it.
  subscript(assembled path: TreePath) -> InputRecord? {
    get { memory[input: ValueReference(path)] }
    set { memory[input: ValueReference(path)] = newValue }
  }
}

/// Records of one kind that have been read; nil of what has none.
private struct Records<Record> {
  private var records: [Vertex: Record?] = [:]

  func known(_ vertex: Vertex) -> Record? { records[vertex] ?? nil }
  mutating func set(_ vertex: Vertex, _ record: Record?) { records.updateValue(record, forKey: vertex) }

  mutating func record(_ vertex: Vertex, _ read: () -> Record?) -> Record? {
    if let known = records[vertex] { return known }
    let record = read()
    records.updateValue(record, forKey: vertex)
    return record
  }
}
