import FileTree
import Model

/// What time stamps and records say of the rules: which have a reason to run, and which.
struct RuleState {
  let graph: RuleGraph
  let memory: RoundMemory
  let tick: Tick
  /// Digests of what a rule reads, for deciding whether a failed rule has a new chance.
  let inputsDigest: (RuleGraph.Rule) -> Digest
  /// Whether the target is there.
  let exists: (String) -> Bool
  /// Rules that have succeeded in this round: a target that is no file is not made again and again.
  let done: Set<String>

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
    return !failure.isDue(at: tick, inputs: inputsDigest(rule))
  }

  /// The prerequisites that are newer than the rule's last run.
  func newer(_ rule: RuleGraph.Rule) -> [String] {
    let last = memory[rule: rule.target]?.stamp ?? .never
    return rule.prerequisites.filter { stamp(of: $0) > last }
  }

  /// Whether it is newer than what it was made from, as far as is known.
  func isBehind(_ target: String) -> Bool {
    guard let rule = graph.rules[target] else { return false }
    return memory[failure: target] != nil || memory[rule: target] == nil || !newer(rule).isEmpty
  }

  /// Whether the rule has a reason of its own to run.
  func isDue(_ rule: RuleGraph.Rule) -> Bool {
    if memory[failure: rule.target] != nil { return true }
    guard let record = memory[rule: rule.target] else { return !rule.isPhony }
    if record.signature != rule.signature { return true }
    if rule.prerequisites.contains(where: { stamp(of: $0) > record.stamp }) { return true }
    if done.contains(rule.target) { return false }
    return rule.output != nil && !exists(rule.target) || rule.isAlwaysDue
  }
}
