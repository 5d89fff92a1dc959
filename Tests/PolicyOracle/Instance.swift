/// A rule with its stem.
struct Instance {
  let rule: Rule
  let stem: String
  let targets: [Name]
  /// Without repetitions, in order.
  let normal: [Name]
  /// Those that are no normal ones as well: the normal prerequisite wins (GNU make manual, 4.3).
  let orderOnly: [Name]
  /// What each rule of a target with double colons needs; else all normal prerequisites.
  let parts: [[Name]]

  /// What identifies it from round to round.
  var key: Name { targets[0] }

  init(_ rule: Rule, _ stem: String, nodes: [String]) {
    self.rule = rule
    self.stem = stem
    targets = rule.targets.map { $0.with(stem: stem) }
    var after: [Name] = []
    func names(_ needs: [Rule.Need]) -> [Name] {
      var normal: [Name] = []
      for need in needs {
        switch need {
        case .one(let name): normal.append(name.with(stem: stem))
        case .everyNode(let name): normal += nodes.map { name.with(stem: $0) }
        case .orderOnly(let name): after.append(name.with(stem: stem))
        }
      }
      return Self.unique(normal)
    }
    parts = ([rule.needs] + rule.furtherNeeds).map(names)
    let normal = Self.unique(parts.flatMap { $0 })
    self.normal = normal
    orderOnly = Self.unique(after).filter { !normal.contains($0) }
  }

  private static func unique(_ names: [Name]) -> [Name] {
    var seen: Set<Name> = []
    return names.filter { seen.insert($0).inserted }
  }

  /// All instances of all rules, in the order of the rules.
  static func all(_ situation: Situation) -> [Instance] {
    let nodes = situation.nodes.sorted()
    let rules = situation.policy.rules
    var instances: [[Instance]] = rules.map { rule in
      let stems: [String] =
        switch rule.shape {
        case .explicit: [""]
        case .pattern(let process): nodes.filter { situation.processes(of: $0).contains(process) }
        case .staticPattern, .evaluated: nodes
        case .onDemand: []
        }
      return stems.map { Instance(rule, $0, nodes: nodes) }
        .filter { !$0.targets.contains { situation.isOfAbsentNode($0.file) } }
    }
    // Patterns are made as well where another target needs them. A rule needs earlier ones only, so one walk from the
    // end finds them all.
    for index in rules.indices.reversed() {
      for name in instances[index].flatMap({ $0.normal + $0.orderOnly })
      where !situation.isOfAbsentNode(name.file) {
        for other in rules[..<index].indices where rules[other].isPattern {
          guard let stem = rules[other].targets.lazy.compactMap({ $0.stem(of: name) }).first,
            !instances[other].contains(where: { $0.stem == stem })
          else { continue }
          instances[other].append(Instance(rules[other], stem, nodes: nodes))
        }
      }
    }
    return instances.flatMap { $0 }
  }
}

extension Name {
  func with(stem: String) -> Name { Name(file.filling(stem), tag?.filling(stem)) }

  /// What `%` stands for in this pattern if it is to be `name`.
  func stem(of name: Name) -> String? {
    guard tag == nil, name.tag == nil, let percent = file.firstIndex(of: "%") else { return nil }
    let head = file[..<percent]
    let tail = file[file.index(after: percent)...]
    let isMatch =
      name.file.hasPrefix(head) && name.file.hasSuffix(tail) && name.file.count > head.count + tail.count
    return isMatch ? String(name.file.dropFirst(head.count).dropLast(tail.count)) : nil
  }
}

extension String {
  fileprivate func filling(_ stem: String) -> String {
    split(separator: "%", omittingEmptySubsequences: false).joined(separator: stem)
  }
}

extension Rule {
  fileprivate var isPattern: Bool {
    switch shape {
    case .pattern, .onDemand: true
    case .explicit, .staticPattern, .evaluated: false
    }
  }
}
