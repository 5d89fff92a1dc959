import FileTree
import Model

/// What contents and records say of the rules: which have a reason to run.
struct RuleState {
  let graph: RuleGraph
  let memory: RoundMemory
  let tick: Tick
  let digests: ReadDigests
  /// Whether the target is there.
  let exists: (String) -> Bool
  /// Rules that have succeeded in this round: a target that is no file is not made again and again.
  let done: Set<String>
  /// What the order-only prerequisites held when a rule ran in this round.
  let orders: [String: Digest]
  /// Rules that read an event of which an occurrence stands that they have not handled.
  let notified: Set<String>

  /// When what the name stands for was last changed.
  func stamp(of name: String) -> LogicalStamp {
    if let reference = graph.inputs[name] { return memory[input: reference]?.stamp ?? .never }
    guard let rule = graph.rules[name] else { return .never }
    let made = memory[rule: name]?.changed ?? .never
    // A file that others' assignments changed is newer than its own rule's last run.
    return max(made, rule.output.flatMap { memory[input: $0]?.stamp } ?? .never)
  }

  /// Whether it failed, and its next time has not come.
  func mustWait(_ rule: RuleGraph.Rule) -> Bool {
    guard let failure = memory[failure: rule.target] else { return false }
    return !failure.isDue(at: tick, inputs: digests.ofEverything(of: rule))
  }

  /// The prerequisites that are newer than the rule's last run, for people: what they hold decides.
  func newer(_ rule: RuleGraph.Rule) -> [String] {
    let last = memory[rule: rule.target]?.stamp ?? .never
    return rule.prerequisites.filter { stamp(of: $0) > last }
  }

  /// Whether the rule has a reason of its own to run.
  func isDue(_ rule: RuleGraph.Rule) -> Bool {
    if memory[failure: rule.target] != nil || notified.contains(rule.target) { return true }
    guard let record = memory[rule: rule.target] else { return !rule.isPhony }
    if record.signature != rule.signature || record.read != digests.ofReasons(of: rule) { return true }
    // It ran in this round, before an order-only prerequisite was what it is now.
    if let order = orders[rule.target], order != digests.ofOrder(of: rule) { return true }
    if done.contains(rule.target) { return false }
    return rule.output != nil && !exists(rule.target) || rule.isAlwaysDue
  }
}
