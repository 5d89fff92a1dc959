import DMakefile
public import Model

extension RoundRunner {
  /// What is known of the rule for `target`, named as people name it: `FILE` or `FILE{tag}`. While a round runs, it is
  /// what was known when that began, and nobody waits.
  public nonisolated func account(of target: String) -> RuleFinding {
    inquiry.withLock { $0 }?.answer(target) ?? .notRead
  }

  /// Lets people ask for what the round has come to.
  func publish(_ workshop: Workshop) {
    guard let graph = workshop.graph?.graph else { return }
    let latest = RuleInquiry(graph: graph, memory: workshop.ledger.memory, members: workshop.members)
    inquiry.withLock { $0 = latest }
  }
}

/// Answers what became of a target from the rules and the records of earlier rounds.
struct RuleInquiry: Sendable {
  let graph: RuleGraph
  let memory: RoundMemory
  let members: [NodeName]

  func answer(_ text: String) -> RuleFinding {
    if let rule = rule(for: text) { return .rule(account(of: rule)) }
    let reference = try? ValueReference(text)
    if let reference, let node = absentNode(of: reference) { return .absentNode(node) }
    let targets = graph.rules.map { HiddenSpace.shown($0.target) }
    let inFile = reference.map { reference in targets.filter { $0.hasPrefix("\(reference.path){") } } ?? []
    return .noRule(nearest: inFile.isEmpty ? SimilarNames.of(text, in: targets) : Array(inFile.prefix(5)))
  }

  /// The rule of that target; for a tag, else the one that makes the whole file or that assigns the tag.
  private func rule(for text: String) -> RuleGraph.Rule? {
    if let rule = graph.rule(named: text) { return rule }
    guard let reference = try? ValueReference(text), reference.tag != nil else { return nil }
    if let rule = graph.rule(named: HiddenSpace.output(of: reference))
      ?? graph.rule(named: reference.path.text)
    {
      return rule
    }
    let assigner = memory.assigners.first { memory[assignments: $0]?.values[reference] != nil }
    return assigner.flatMap { graph.rule(named: $0) }
  }

  /// The node that is not there, where the policy would make the value if it were.
  private func absentNode(of reference: ValueReference) -> NodeName? {
    guard let node = try? NodeName(String(reference.path.top)), !members.contains(node) else { return nil }
    if graph.isAbsentTarget(reference.path.text) { return node }
    let rest = HiddenSpace.shown(HiddenSpace.output(of: reference)).dropFirst(node.text.count)
    return members.contains { graph.contains("\($0)\(rest)") || isMade("\($0)\(rest)") } ? node : nil
  }

  private func isMade(_ text: String) -> Bool {
    (try? ValueReference(text)).map { graph.contains(HiddenSpace.output(of: $0)) } ?? false
  }

  private func account(of rule: RuleGraph.Rule) -> RuleAccount {
    let record = memory[rule: rule.target]
    let inputs = rule.prerequisites.map(input).sorted { ($0.changedAt ?? 0) > ($1.changedAt ?? 0) }
    return RuleAccount(
      target: HiddenSpace.shown(rule.target), place: rule.place, ranAt: record?.stamp.index,
      changedAt: record?.changed.index, inputs: Array(inputs.prefix(RuleAccount.inputLimit)),
      failedNeeds: failedNeeds(of: rule))
  }

  private func input(_ name: String) -> RuleAccount.Input {
    if let reference = graph.input(named: name) {
      return RuleAccount.Input(
        reference: reference.description, changedAt: memory[input: reference]?.stamp.index, madeAt: nil)
    }
    let record = memory[rule: name]
    return RuleAccount.Input(
      reference: HiddenSpace.shown(name), changedAt: record?.changed.index, madeAt: record?.stamp.index)
  }

  /// The shortest way to something that the rule needs and that has failed.
  private func failedNeeds(of rule: RuleGraph.Rule) -> [String] {
    guard !memory.failures.isEmpty else { return [] }
    var came: [String: String] = [:]
    var next = [rule.target]
    while !next.isEmpty {
      var further: [String] = []
      for target in next {
        guard let rule = graph.rule(named: target) else { continue }
        for name in rule.prerequisites + rule.orderOnly where came[name] == nil && graph.contains(name) {
          came[name] = target
          if memory[failure: name] != nil { return way(to: name, from: came) }
          further.append(name)
        }
      }
      next = further
    }
    return []
  }

  private func way(to last: String, from came: [String: String]) -> [String] {
    var way = [last]
    // The target that was asked for leads to itself in a circle only, and its own failure is told apart.
    while let before = came[way[0]], !way.contains(before) { way.insert(before, at: 0) }
    return way.dropFirst().map(HiddenSpace.shown)
  }
}
