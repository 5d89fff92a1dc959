import Linux
import Model

/// An installed policy with what make is given of it.
struct MakePolicy {
  let installation: PolicyInstallation
  init(_ installation: PolicyInstallation) { self.installation = installation }

  var readsEverything: Bool { text.contains("$(shell") || text.contains("$(wildcard") }
  private var text: String { installation.bundle.policy?.text ?? "" }

  /// Goals of patterns for the nodes and processes that are there.
  func goals(_ database: MakeDatabase, _ members: [NodeName], _ processes: [NodeName: [ProcessName]]) -> [String]
  {
    var goals: [String] = []
    for pattern in database.patterns {
      for target in pattern.targets {
        let parts = target.split(separator: "/", omittingEmptySubsequences: false)
        for member in members {
          let names = processes[member] ?? []
          switch parts.count {
          case 3 where parts[0] == "%": goals.append("\(member)/\(parts[1])/\(parts[2])")
          case 2 where parts[0] == "%": goals += names.map { "\(member)/\($0)/\(parts[1])" }
          case 3 where parts[0] == member.text && parts[1] == "%":
            goals += names.map { "\(member)/\($0)/\(parts[2])" }
          default: break
          }
        }
      }
    }
    goals += database.files.filter { $0.isTarget && $0.file != nil && !$0.isPhony }.flatMap(\.targets)
    return Array(SortedSet(goals))
  }

  /// Prerequisites that a goal would have by the patterns.
  func prerequisites(of goal: String, _ database: MakeDatabase) -> [String] {
    for pattern in database.patterns {
      for target in pattern.targets {
        guard let percent = target.firstIndex(of: "%") else { continue }
        let (head, tail) = (target[..<percent], target[target.index(after: percent)...])
        guard goal.hasPrefix(head), goal.hasSuffix(tail), goal.count > head.count + tail.count else { continue }
        let stem = goal.dropFirst(head.count).dropLast(tail.count)
        return (pattern.prerequisites + pattern.orderOnly).map { $0.replacing("%", with: stem, maxReplacements: 1) }
      }
    }
    return []
  }

  func graph(_ database: MakeDatabase, goals: [String], members: [NodeName], presence: Presence) -> RuleGraph {
    var rules: [RuleGraph.Rule] = []
    var inputs = SortedMap<String, ValueReference>()
    var absent: [String] = []
    let targets = Set(database.files.filter { $0.isTarget && $0.file != nil }.flatMap(\.targets))
    func name(_ name: String) -> String {
      name.hasPrefix(HiddenFiles.standIns + "/") ? String(name.dropFirst(HiddenFiles.standIns.count + 1)) : name
    }
    for entry in database.files where entry.isTarget && entry.file != nil {
      for target in entry.targets {
        let path = try? TreePath(target)
        if let path, presence.isNodeAbsent(path) {
          absent.append(target)
          continue
        }
        let prerequisites = entry.prerequisites.map(name)
        let orderOnly = entry.orderOnly.map(name)
        var signature = Array(entry.recipe.utf8)
        signature += Array((prerequisites + ["|"] + orderOnly).joined(separator: " ").utf8)
        rules.append(
          RuleGraph.Rule(
            target: target,
            place: SourcePlace(file: place(entry.file ?? ""), line: max(entry.line - 1, 1)),
            signature: Digest(of: signature), prerequisites: prerequisites, orderOnly: orderOnly,
            output: entry.isPhony ? nil : path.map { ValueReference($0) }, isPhony: entry.isPhony))
        for name in prerequisites + orderOnly where !targets.contains(name) {
          if let path = try? TreePath(name) { inputs[name] = ValueReference(path) }
        }
      }
    }
    for name in absent {
      if let path = try? TreePath(name) { inputs[name] = ValueReference(path) }
    }
    return RuleGraph(rules: rules, inputs: inputs, absentTargets: absent)
  }

  func place(_ file: String) -> String {
    file.hasPrefix(installation.path + "/") ? String(file.dropFirst(installation.path.count + 1)) : file
  }
}
