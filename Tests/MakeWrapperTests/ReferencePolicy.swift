import Model

/// A random policy, and what it means: an interpreter that knows values and nothing of time stamps, slices, make or
/// the wrapper. A rule runs if something that it reads has another value than at its last run; what it sets by tag is
/// seen in the next pass. Rules count their runs only where none has order-only prerequisites: how long a rule waits
/// for these is not said.
struct ReferencePolicy {
  enum Function: CaseIterable {
    /// The first lines of all inputs, added up.
    case sum
    /// The sum without its lowest bit, so that often nothing changes.
    case halved
    /// How often the rule has run: its own earlier output.
    case count
  }

  struct Rule {
    let target: String
    let reads: [String]
    /// Only wanted to be there before.
    let after: [String]
    let function: Function
    /// An event file; only ``Function/count`` reads one.
    let event: String?
  }

  let inputs: [String]
  let rules: [Rule]

  init(using generator: inout SeededGenerator) {
    let inputs = ["a", "b", "c", "d"].map { "n1/web/state.xml{\($0)}" } + ["n1/app/state.xml{x}"]
    var names = inputs
    var rules: [Rule] = []
    let hasOrders = Bool.random(using: &generator)
    let functions = Function.allCases.filter { !hasOrders || $0 != .count }
    for number in 0..<Int.random(in: 3...14, using: &generator) {
      let reads = Array(names.shuffled(using: &generator).prefix(Int.random(in: 1...4, using: &generator)))
      let made = rules.map(\.target).filter { !$0.contains("{") && !reads.contains($0) }
      let isAfter = hasOrders && Bool.random(using: &generator)
      let after = isAfter ? Array(made.shuffled(using: &generator).prefix(1)) : []
      let function = functions.randomElement(using: &generator) ?? .sum
      let isTag = function != .count && Int.random(in: 0..<4, using: &generator) == 0
      let target = isTag ? "out/t.xml{t\(number)}" : "out/f\(number)"
      let event = function == .count && Bool.random(using: &generator) ? "n1/web/stop-proc" : nil
      rules.append(Rule(target: target, reads: reads, after: after, function: function, event: event))
      names.append(target)
    }
    self.inputs = inputs
    self.rules = rules.shuffled(using: &generator)
  }

  var text: String {
    rules.map { rule in
      let event = rule.event.map { " " + $0 } ?? ""
      let after = rule.after.isEmpty ? "" : " | " + rule.after.joined(separator: " ")
      let sum =
        "cat /dev/null \(event.isEmpty ? "$^" : "$(filter-out %stop-proc,$^)") | awk '{ s += $$1 } END { print"
      let recipe =
        switch rule.function {
        case .sum: "\(sum) s + 0 }' >$@"
        case .halved: "\(sum) int(s / 2) }' >$@"
        case .count: "echo $$(($$(cat $@ 2>/dev/null || echo 0) + 1)) >$@.new && mv $@.new $@"
        }
      return "\(rule.target): \(rule.reads.joined(separator: " "))\(event)\(after)\n\t\(recipe)\n"
    }.joined()
  }
}

/// A ``ReferencePolicy`` that runs.
struct ReferenceRun {
  let policy: ReferencePolicy
  private(set) var values: [String: Int] = [:]
  private var seen: [String: [String: Int?]] = [:]
  private var runs: [String: Int] = [:]

  init(_ policy: ReferencePolicy) { self.policy = policy }

  /// A round: `changes` of inputs, and how often the event has occurred since the one before.
  mutating func round(_ changes: [String: Int], events: Int) {
    values.merge(changes) { $1 }
    var news = events > 0
    while true {
      let visible = values
      var made: [String: Int] = [:]
      var order: [ReferencePolicy.Rule] = []
      var entered: Set<String> = []
      for rule in policy.rules { visit(rule, &entered, &order) }
      var hasRun = false
      for rule in order {
        let inputs = Dictionary(
          uniqueKeysWithValues: rule.reads.map { name in
            (name, name.contains("{") ? visible[name] : made[name] ?? visible[name])
          })
        let isNew = seen[rule.target].map { $0 != inputs } ?? true
        guard isNew || (news && rule.event != nil) else { continue }
        seen[rule.target] = inputs
        hasRun = true
        made[rule.target] = result(of: rule, inputs)
      }
      news = false
      values.merge(made) { $1 }
      if !hasRun { return }
    }
  }

  private mutating func result(of rule: ReferencePolicy.Rule, _ inputs: [String: Int?]) -> Int {
    let sum = inputs.values.reduce(0) { $0 + ($1 ?? 0) }
    switch rule.function {
    case .sum: return sum
    case .halved: return sum / 2
    case .count:
      runs[rule.target, default: 0] += 1
      return runs[rule.target] ?? 0
    }
  }

  /// Files first that others are made from; tags are seen in the next pass and order nothing.
  private func visit(
    _ rule: ReferencePolicy.Rule, _ entered: inout Set<String>, _ order: inout [ReferencePolicy.Rule]
  ) {
    guard entered.insert(rule.target).inserted else { return }
    for name in rule.reads + rule.after where !name.contains("{") {
      if let other = policy.rules.first(where: { $0.target == name }) { visit(other, &entered, &order) }
    }
    order.append(rule)
  }
}
