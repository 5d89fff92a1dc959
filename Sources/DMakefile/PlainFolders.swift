import Model

/// Tells folders of intermediate results, as `build/web/list`, from folders of nodes that are not there.
struct PlainFolders {
  private var made: SortedSet<String> = []
  private var needed: SortedSet<String> = []
  private var ofNodes: SortedSet<String> = []

  /// What remains to be looked at of patterns that make needed names, with the patterns on the way to each.
  private var waiting: [(name: String, patterns: [Int])] = []
  private var seen: SortedSet<String> = []

  init(_ graph: Graph) {
    let database = graph.database
    var unknown: [String] = []
    for rule in database.rules + database.patterns {
      let needs = rule.prerequisites + rule.orderOnly
      made.formUnion(folders(of: rule.isTarget ? rule.targets : []))
      needed.formUnion(folders(of: needs))
      unknown += needs.filter(isOfUnknownFolder)
      if rule.recipe == nil, rule.isTarget { unknown += rule.targets.filter(isOfUnknownFolder) }
    }
    if database.patterns.isEmpty { return }
    // Most of what is in no node's folder leads to nothing that looks like a process's file.
    let isDeep = database.patterns.contains(where: Self.goesDeeper)
    unknown = unknown.filter { isOfUnknownFolder($0) && (isDeep || Self.depth($0) >= 2) }
    if !unknown.isEmpty { follow(unknown, RuleIndex(graph)) }
  }

  /// Goes on with what the patterns need that make these names.
  private mutating func follow(_ names: [String], _ index: RuleIndex) {
    let budget = AnalysisBudget()
    for name in names { wait(for: name, []) }
    while let (name, patterns) = waiting.popLast(), budget.spend(names: [name]) {
      if index.rules(of: name).contains(where: { $0.recipe != nil || $0.isPhony }) { continue }
      guard let found = index.pattern(of: name, unless: patterns.contains) else { continue }
      made.formUnion(folders(of: [name]))
      for need in (found.rule.prerequisites + found.rule.orderOnly).map(found.match.apply) {
        needed.formUnion(folders(of: [need]))
        wait(for: need, patterns + [found.number])
      }
    }
  }

  private mutating func wait(for name: String, _ patterns: [Int]) {
    guard !seen.contains(name), isOfUnknownFolder(name) else { return }
    seen.insert(name)
    waiting.append((name, patterns))
  }

  /// Whether a pattern needs names with more folders than those that it makes.
  private static func goesDeeper(_ rule: DatabaseRule) -> Bool {
    let depth = rule.targets.map(Self.depth).min() ?? 0
    return (rule.prerequisites + rule.orderOnly).contains { Self.depth($0) > depth }
  }

  private static func depth(_ name: String) -> Int {
    HiddenSpace.path(in: Array(name.utf8)).count { $0 == Byte.slash }
  }

  private func isOfUnknownFolder(_ name: String) -> Bool {
    guard let slash = name.utf8.firstIndex(of: Byte.slash) else { return false }
    let top = name[..<slash]
    return !top.hasPrefix(".") && !top.utf8.contains(Byte.percent) && !ofNodes.contains(String(top))
  }

  var names: SortedSet<String> { SortedSet(made.filter { needed.contains($0) && !ofNodes.contains($0) }) }

  /// The first folders of names that look like a process's files.
  private mutating func folders(of names: [String]) -> [String] {
    names.compactMap { name in
      let path = name.utf8.first == UInt8(ascii: ".") ? HiddenSpace.split(name)?.path ?? "" : name
      guard let slash = path.utf8.firstIndex(of: Byte.slash) else { return nil }
      let top = String(path[..<slash])
      // Of most names the folder is known as a node's.
      if top.isEmpty || ofNodes.contains(top) || top.utf8.contains(Byte.percent) { return nil }
      let parts = path.split(separator: "/", omittingEmptySubsequences: false)
      if Self.speaksOfNode(parts) { ofNodes.insert(top) }
      return parts.count == 3 ? top : nil
    }
  }

  private static func speaksOfNode(_ parts: [Substring]) -> Bool {
    guard let last = parts.last.map(String.init) else { return false }
    if parts.count == 2 { return [TreePath.newNodeFile, TreePath.failNodeFile].contains(last) }
    guard parts.count == 3 else { return false }
    let files = [TreePath.stateFile, TreePath.healthFile, TreePath.configFile, TreePath.stopProcFile]
    return parts[1] == TreePath.nodeFolder[...] || files.contains(last)
  }
}
