import FoundationEssentials
public import Model

extension SourcePlace: WireValue {
  public var wire: WireSourcePlace {
    var wire = WireSourcePlace()
    wire.file = file
    wire.line = Int64(line)
    return wire
  }

  public init(wire: WireSourcePlace) throws(WireError) {
    self.init(file: wire.file, line: try Field.count(wire.line, "line"))
  }
}

extension Interest: WireValue {
  public var wire: WireInterest {
    var wire = WireInterest()
    for (path, interest) in files {
      switch interest {
      case .whole: wire.paths.append(path.text)
      case .tags(let tags): wire.tagged.append(WireFileTags(path.text, tags))
      }
    }
    wire.isEverything = isEverything
    wire.readsNames = readsNames
    return wire
  }

  public init(wire: WireInterest) throws(WireError) {
    var files = SortedMap<TreePath, FileInterest>()
    for path in try TreePath.readList(wire.paths, "paths") { files[path] = .whole }
    for (position, tagged) in wire.tagged.enumerated() {
      files[try .read(tagged.path, "tagged[\(position)].path")] = tagged.interest
    }
    self.init(files: files, isEverything: wire.isEverything, readsNames: wire.readsNames)
  }
}

extension NodeInterest: WireValue {
  public var wire: WireNodeInterest {
    var wire = WireNodeInterest()
    for (file, interest) in files {
      switch interest {
      case .whole: wire.files.append(file.text)
      case .tags(let tags): wire.tagged.append(WireFileTags(file.text, tags))
      }
    }
    wire.isEverything = isEverything
    return wire
  }

  public init(wire: WireNodeInterest) throws(WireError) {
    var files = SortedMap<NodeFile, FileInterest>()
    for file in try NodeFile.readList(wire.files, "files", limit: WireLimit.filesOfNode) {
      files[file] = .whole
    }
    try Field.checkCount(wire.tagged.count, "tagged", limit: WireLimit.filesOfNode)
    for (position, tagged) in wire.tagged.enumerated() {
      files[try .read(tagged.path, "tagged[\(position)].path")] = tagged.interest
    }
    self.init(files: files, isEverything: wire.isEverything)
  }
}

extension WireFileTags {
  fileprivate init(_ path: String, _ tags: SortedSet<String>) {
    self.init()
    self.path = path
    self.tags = tags.elements
  }

  fileprivate var interest: FileInterest { .tags(SortedSet(tags)) }
}

extension MemoryChange: WireValue {
  public var wire: WireMemoryChange {
    var wire = WireMemoryChange()
    wire.key = key
    if let value { wire.value = Data(value) }
    return wire
  }

  public init(wire: WireMemoryChange) {
    self.init(key: wire.key, value: wire.hasValue ? Array(wire.value) : nil)
  }
}

extension RoundResult: WireValue {
  public var wire: WireRoundResult {
    var wire = WireRoundResult()
    wire.index = index
    wire.changes = changes.map(\.wire)
    wire.handled = handled.map(\.wire)
    wire.problems = problems.map(\.wire)
    wire.provenance = provenance.map(\.wire)
    wire.memory = memory.map(\.wire)
    if let interest { wire.interest = interest.wire }
    wire.passes = Int64(passes)
    if let local { wire.local = Self.wire(local) }
    wire.undecided = undecided.map(\.text)
    return wire
  }

  private static func wire(_ local: SortedMap<NodeName, SortedSet<NodeFile>>) -> WireLocalFiles {
    var wire = WireLocalFiles()
    wire.nodes = local.map { name, files in
      var wire = WireLocalFiles.Node()
      wire.name = name.text
      wire.files = files.map(\.text)
      return wire
    }
    return wire
  }

  private static func local(
    _ wire: WireLocalFiles
  ) throws(WireError) -> SortedMap<NodeName, SortedSet<NodeFile>> {
    var local = SortedMap<NodeName, SortedSet<NodeFile>>()
    for (position, node) in wire.nodes.enumerated() {
      let field = "local.nodes[\(position)]"
      local[try .read(node.name, "\(field).name")] = SortedSet(
        try NodeFile.readList(node.files, "\(field).files"))
    }
    return local
  }

  public init(wire: WireRoundResult) throws(WireError) {
    self.init(
      index: try Field.number(wire.index, "index"), changes: try TreeChange.readList(wire.changes, "changes"),
      handled: try EventIdentity.readList(wire.handled, "handled"),
      problems: try RuleProblem.readList(wire.problems, "problems"),
      provenance: try Provenance.readList(wire.provenance, "provenance"),
      memory: try MemoryChange.readList(wire.memory, "memory"),
      interest: try .readOptional(wire.interest, "interest", if: wire.hasInterest),
      passes: try Field.count(wire.passes, "passes"),
      local: wire.hasLocal ? try Self.local(wire.local) : nil,
      undecided: SortedSet(try TreePath.readList(wire.undecided, "undecided")))
  }
}
