import Model

/// Tells folders of intermediate results, as `build/web/list`, from folders of nodes that are not there.
struct PlainFolders {
  private var made: SortedSet<String> = []
  private var needed: SortedSet<String> = []
  private var ofNodes: SortedSet<String> = []

  init(_ database: Database) {
    let folderless = PatternIndex([database.patterns.flatMap(\.targets).filter { !$0.contains("/") }])
    for rule in database.rules + database.patterns {
      let needs = rule.prerequisites + rule.orderOnly
      made.formUnion(folders(of: rule.isTarget ? rule.targets : []))
      needed.formUnion(folders(of: needs))
      // A pattern without a folder makes files in all of them.
      let matched =
        folderless.isEmpty ? [] : needs.filter { !folderless.matches($0).isEmpty }
      made.formUnion(folders(of: matched))
    }
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
