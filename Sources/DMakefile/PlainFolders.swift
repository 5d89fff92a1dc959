import Model

/// Tells folders of intermediate results, as `build/web/list`, from folders of nodes that are not there.
struct PlainFolders {
  private var made: SortedSet<String> = []
  private var needed: SortedSet<String> = []
  private var ofNodes: SortedSet<String> = []

  init(_ database: Database) {
    let folderless = database.patterns.flatMap(\.targets).filter { !$0.contains("/") }.compactMap(Pattern.init)
    for rule in database.rules + database.patterns {
      let needs = rule.prerequisites + rule.orderOnly
      made.formUnion(folders(of: rule.isTarget ? rule.targets : []))
      needed.formUnion(folders(of: needs))
      // A pattern without a folder makes files in all of them.
      let matched =
        folderless.isEmpty ? [] : needs.filter { name in folderless.contains { $0.match(name) != nil } }
      made.formUnion(folders(of: matched))
    }
  }

  var names: SortedSet<String> { SortedSet(made.filter { needed.contains($0) && !ofNodes.contains($0) }) }

  /// The first folders of names that look like a process's files.
  private mutating func folders(of names: [String]) -> [String] {
    names.compactMap { name in
      let path = HiddenSpace.split(name)?.path ?? name
      let parts = path.split(separator: "/", omittingEmptySubsequences: false)
      guard parts.count == 2 || parts.count == 3, let top = parts.first.map(String.init), !top.isEmpty,
        !top.contains("%"), !top.hasPrefix(".")
      else { return nil }
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
