import FileTree
import Model

/// Which rules a pass must run: what make will find out from the time stamps, known beforehand, together with what
/// time stamps cannot say (a changed rule, a back-off, a quarantine).
struct PassPlan: Equatable, Sendable {
  /// Rules with a reason of their own to run, in order.
  let due: [String]
  /// Of these, the ones whose time stamps give make no reason: they must look older than everything.
  let forced: [String]
  /// What make is asked for: the due rules and all that depends on them, without what must wait.
  let goals: [String]
  /// Rules that must not run now, for they failed or something that they need did.
  let waiting: Set<String>

  /// What the planning looks at.
  struct Situation {
    let graph: RuleGraph
    let memory: RoundMemory
    let tick: Tick
    /// Digests of what a rule reads, for deciding whether a failed rule has a new chance.
    let inputsDigest: (RuleGraph.Rule) -> Digest
    /// Whether the target is there.
    let exists: (String) -> Bool
    /// Rules that have succeeded in this round: a target that is no file is not made again and again.
    let done: Set<String>
  }

  init(_ situation: Situation) {
    let graph = situation.graph
    let stamps = StampTable(graph: graph, memory: situation.memory)
    let stopped = graph.rules.values.filter { Self.mustWait($0, situation) }.map(\.target)
    let waiting = graph.closure(of: stopped)
    var due: [String] = []
    var forced: [String] = []
    for rule in graph.rules.values where !waiting.contains(rule.target) {
      guard Self.isDue(rule, stamps, situation) else { continue }
      due.append(rule.target)
      let own = stamps[rule.target]
      // make is told not to look at targets of absent nodes, so their stamps are no reason for it.
      let isNewer = rule.prerequisites.contains { stamps[$0] > own && !graph.isAbsentTarget($0) }
      if situation.exists(rule.target) && !isNewer { forced.append(rule.target) }
    }
    self.waiting = waiting
    self.due = due
    self.forced = forced
    let reached = graph.closure(of: due)
    goals = graph.rules.keys.filter { reached.contains($0) && !waiting.contains($0) }
  }

  private static func mustWait(_ rule: RuleGraph.Rule, _ situation: Situation) -> Bool {
    guard let failure = situation.memory[failure: rule.target] else { return false }
    return !failure.isDue(at: situation.tick, inputs: situation.inputsDigest(rule))
  }

  private static func isDue(_ rule: RuleGraph.Rule, _ stamps: StampTable, _ situation: Situation) -> Bool {
    if situation.memory[failure: rule.target] != nil { return true }
    guard let record = situation.memory[rule: rule.target] else { return !rule.isPhony }
    if record.signature != rule.signature { return true }
    if rule.prerequisites.contains(where: { stamps[$0] > record.stamp }) { return true }
    if situation.done.contains(rule.target) { return false }
    return rule.output != nil && !situation.exists(rule.target)
      || rule.isAlwaysDue
  }
}

/// When everything that make compares was last changed.
struct StampTable {
  private let stamps: [String: LogicalStamp]

  init(graph: RuleGraph, memory: RoundMemory) {
    var stamps: [String: LogicalStamp] = [:]
    for (name, reference) in graph.inputs { stamps[name] = memory[input: reference]?.stamp }
    for (name, rule) in graph.rules {
      var stamp = memory[rule: name]?.stamp ?? .never
      // A file that others' assignments changed is newer than its own rule's last run.
      if let output = rule.output, let input = memory[input: output]?.stamp { stamp = max(stamp, input) }
      stamps[name] = stamp
    }
    self.stamps = stamps
  }

  subscript(name: String) -> LogicalStamp { stamps[name] ?? .never }
}

extension RuleGraph {
  /// The stamps of rules that make found up to date although something they depend on was made again, without a
  /// change, say: they are raised, so that make finds the same the next time. Failed rules and what waits for
  /// them stay old.
  func settled(_ memory: RoundMemory, except stale: Set<String>) -> [(target: String, stamp: LogicalStamp)] {
    var raised: [String: LogicalStamp] = [:]
    let stamps = StampTable(graph: self, memory: memory)
    for target in order where !stale.contains(target) {
      guard let rule = rules[target], let record = memory[rule: target] else { continue }
      let newest = rule.prerequisites.map { max(raised[$0] ?? .never, stamps[$0]) }.max() ?? .never
      if newest > max(record.stamp, stamps[target]) { raised[target] = newest }
    }
    return raised.map { (target: $0, stamp: $1) }.sorted { $0.target < $1.target }
  }
}
