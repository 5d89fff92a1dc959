import GroupProtocol
import Model

/// `dmake apply --dry-run`: what a policy would change, node by node, as differences of the files.
public struct PlanView: View {
  let plan: Plan
  let processes: [ProcessChange]

  /// A process that a plan stops or starts again.
  public struct ProcessChange: Equatable, Sendable {
    public enum Kind: String, Sendable { case start, stop, restart }
    public let node: String
    public let process: ProcessName
    public let kind: Kind
    /// Whether what it keeps in its folder goes with it.
    public let removesData: Bool
    public init(node: String, process: ProcessName, kind: Kind, removesData: Bool = false) {
      self.removesData = removesData
      self.node = node
      self.process = process
      self.kind = kind
    }
  }

  public init(_ plan: Plan, processes: [ProcessChange]) {
    self.plan = plan
    self.processes = processes
  }

  /// Whether the policy would change nothing.
  public var isEmpty: Bool { plan.changes.isEmpty }

  public func text(_ style: Style) -> String {
    var parts: [String] = []
    for folder in folders {
      parts.append(style.paint(folder.name, .bold) + "\n" + folder.changes.map { text(of: $0, style) }.joined())
    }
    if !processes.isEmpty { parts.append(processText(style)) }
    let problems = ProblemList(rules: plan.problems).text(style)
    if !problems.isEmpty { parts.append(problems) }
    parts.append(summary)
    return parts.joined(separator: "\n")
  }

  /// Changes grouped by the first component of their paths, the nodes' names as a rule.
  private var folders: [(name: String, changes: [Plan.Change])] {
    var groups = SortedMap<String, [Plan.Change]>()
    for change in plan.changes { groups[String(change.path.top), default: []].append(change) }
    return groups.map { (name: $0, changes: $1) }
  }

  private func text(of change: Plan.Change, _ style: Style) -> String {
    let old = change.old.map { _ in "a/\(change.path)" } ?? "/dev/null"
    let new = change.new.map { _ in "b/\(change.path)" } ?? "/dev/null"
    let head = style.paint("--- \(old)", .bold) + "\n" + style.paint("+++ \(new)", .bold) + "\n"
    guard change.old?.isText != false, change.new?.isText != false else {
      return head + "files that are not text differ\n"
    }
    return head + UnifiedDiff(old: change.old?.text ?? "", new: change.new?.text ?? "").text(style)
  }

  private func processText(_ style: Style) -> String {
    processes.map { change in
      let name = "\(change.node)/\(change.process)\n"
      let removal =
        style.paint("will delete  ", .red) + "\(change.node)/\(change.process)/ with all that is in it\n"
      switch change.kind {
      case .start: return style.paint("will start   ", .green) + name
      case .stop: return style.paint("will stop    ", .red) + name + (change.removesData ? removal : "")
      case .restart: return style.paint("will restart ", .yellow) + name
      }
    }.joined()
  }

  private var summary: String {
    let new = plan.changes.filter { $0.old == nil }.count
    let removed = plan.changes.filter { $0.new == nil }.count
    let changed = plan.changes.count - new - removed
    let against = plan.active.map { "over \($0)" } ?? "as the first one"
    if plan.changes.isEmpty { return "policy \(plan.policy) \(against): no file changes\n" }
    return
      "policy \(plan.policy) \(against): \(counted(new, "file")) new, \(changed) changed, \(removed) removed\n"
  }

  public var json: JSON {
    .document(
      kind: "plan",
      [
        "policy": .string(plan.policy.hex), "active": JSON(plan.active?.hex),
        "changes": .array(
          plan.changes.map { ["path": JSON($0.path), "old": JSON($0.old?.text), "new": JSON($0.new?.text)] }),
        "processes": .array(
          processes.map {
            [
              "node": .string($0.node), "process": JSON($0.process), "change": .string($0.kind.rawValue),
              "removesData": .bool($0.removesData),
            ]
          }),
        "problems": .array(plan.problems.map(\.json)),
      ])
  }
}
