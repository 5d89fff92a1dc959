/// Says what every file must hold after a round, from the policy as a value and the situation alone: slow, small, and
/// with no idea of make, time stamps, passes, slices or what changed.
///
/// What a rule makes is a function of what it reads, so all rules are evaluated in their order after each round. Only
/// this depends on the past, and dmakefile(5) says how: a rule that fails, or that needs the target of one that fails,
/// keeps what it made (Failure), and an occurrence of an event is handled once by each rule (Events).
public struct Reference {
  /// What a rule has made.
  struct Made {
    var content: String?
    /// Whether the content is a list of occurrences, as ``Evaluation/occurrences(in:)`` writes them.
    var isOfEvents = false
    var values: [Name: [String]] = [:]
  }

  /// What a rule was, and what it read, when it ran last.
  private struct Run: Equatable {
    let rule: String
    let parts: [String]
  }

  private var made: [Name: Made] = [:]
  /// Of rules whose result depends on when they ran.
  private var runs: [Name: Run] = [:]
  /// The occurrences that each event file has, and those among them that a rule has handled.
  private var standing: [String: [Int]] = [:]
  private var handled: [Name: Set<String>] = [:]
  /// Rules that failed when they ran last, and the policy that they were of: with another one all are tried anew.
  private var failing: Set<String> = []
  private var policy = ""

  public init() {}

  /// Evaluates a round.
  ///
  /// - Parameters:
  ///   - files: all files of the tree after it.
  ///   - problems: the targets of the rules that are reported to have failed.
  /// - Returns: what is wrong with them.
  public mutating func round(_ situation: Situation, files: [String: String], problems: Set<String>) -> [String]
  {
    for (file, numbers) in situation.occurrences { standing[file, default: []] += numbers }
    let instances = Instance.all(situation)
    var evaluation = Evaluation(situation: situation, instances: instances, observed: files)
    let keys = Set(instances.map(\.key))
    let lost = situation.lost.map { $0 + "/" }
    made = made.filter { name, _ in keys.contains(name) && !lost.contains(where: name.file.hasPrefix) }
    handled = handled.filter { made[$0.key] != nil }
    let policy = "\(situation.policy.text)\(situation.policy.files.sorted { $0.key < $1.key })"
    if policy != self.policy { failing = [] }
    self.policy = policy
    var failed: Set<String> = []
    // Of the leader's rules, and of those that nodes run: what the other side makes is an input.
    var heldBySide: [Bool: Set<Name>] = [:]
    var open: Set<String> = []
    for instance in instances {
      // A value is seen in the next pass, whatever becomes of the rule that makes it.
      let held = heldBySide[instance.rule.isLocal] ?? []
      let isHeld = (instance.normal + instance.orderOnly).contains { $0.tag == nil && held.contains($0) }
      let isFailing = !isHeld && evaluation.isFailing(instance)
      let key = instance.key.description
      // A rule that failed itself before what it needs failed too has not been tried since.
      if isFailing || (isHeld && failing.contains(key)) { failed.insert(key) }
      if isFailing || isHeld {
        heldBySide[instance.rule.isLocal, default: []].formUnion(instance.targets)
        open.formUnion(instance.normal.map(\.file).filter { $0.hasSuffix("/stop-proc") })
      } else {
        let isInTime = instance.rule.dependsOnTime
        made[instance.key] = isInTime ? runInTime(instance, evaluation) : run(instance, evaluation)
      }
      if let made = made[instance.key] { evaluation.add(made, of: instance) }
    }
    standing = standing.filter { open.contains($0.key) }
    handled = handled.mapValues { $0.filter { mark in standing.keys.contains { mark.hasPrefix($0 + " ") } } }
    failing = failed
    var faults = evaluation.faults(standing: Set(standing.keys))
    if failed != problems {
      faults.append("failed must be \(failed.sorted()), reported is \(problems.sorted())")
    }
    return faults
  }

  /// A rule with order-only prerequisites that it reads runs again for another reason alone, and each rule of a target
  /// with double colons for one of its own.
  private mutating func runInTime(_ instance: Instance, _ evaluation: Evaluation) -> Made {
    let names = (instance.parts + [instance.orderOnly]).map { "\($0)" }.joined(separator: " | ")
    let parts = instance.parts.map { $0.map(evaluation.content).joined() }
    // None of these recipes uses a variable, so that none is a reason.
    let run = Run(rule: "\(instance.rule.recipe) \(names)", parts: parts)
    defer { runs[instance.key] = run }
    let whole =
      instance.rule.furtherNeeds.isEmpty ? self.run(instance, evaluation) : Made(content: parts.joined())
    guard let last = runs[instance.key], last.rule == run.rule, var result = made[instance.key] else {
      return whole
    }
    if last.parts == run.parts { return result }
    if instance.rule.furtherNeeds.isEmpty { return whole }
    for (number, part) in parts.enumerated() where part != last.parts[number] {
      result.content = (number == 0 ? "" : result.content ?? "") + part
    }
    return result
  }

  private mutating func run(_ instance: Instance, _ evaluation: Evaluation) -> Made {
    let recipe = instance.rule.recipe
    var result = Made()
    if case .append? = recipe.body {
      result.content = made[instance.key]?.content ?? ""
      result.isOfEvents = true
      for file in instance.normal.map(\.file) where file.hasSuffix("/stop-proc") {
        for mark in (standing[file] ?? []).map({ "\(file) \($0)" }) {
          if handled[instance.key, default: []].insert(mark).inserted { result.content? += mark + "\n" }
        }
      }
    } else if let body = recipe.body {
      result.content = evaluation.text(body, instance)
    }
    for name in recipe.programmed {
      result.values[name.with(stem: instance.stem), default: []].append(evaluation.sum(instance.normal))
    }
    for assignment in recipe.assignments {
      result.values[assignment.name.with(stem: instance.stem), default: []] +=
        evaluation.values(assignment.value, instance.stem)
    }
    return result
  }
}

extension Rule {
  fileprivate var dependsOnTime: Bool {
    if case .allAndOrder? = recipe.body { return true }
    return !furtherNeeds.isEmpty
  }
}
