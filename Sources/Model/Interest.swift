/// What of a file a policy reads.
public enum FileInterest: Equatable, Sendable {
  case whole
  /// The values at these location paths.
  case tags(SortedSet<String>)

  /// Both.
  public func union(_ other: FileInterest) -> FileInterest {
    guard case .tags(var tags) = self, case .tags(let others) = other else { return .whole }
    tags.formUnion(others)
    return .tags(tags)
  }
}

/// What a policy reads: the core starts a round only for a change of it, and agents send nothing else.
public struct Interest: Equatable, Sendable {
  public static let everything = Interest(files: [:], isEverything: true)

  public let files: SortedMap<TreePath, FileInterest>
  /// Set where the wrapper cannot say (`$(shell …)` outside of recipes): every change counts.
  public let isEverything: Bool
  /// Set where the policy looks for files by their names (`$(wildcard …)`): of every file it counts that it comes
  /// or goes.
  public let readsNames: Bool

  public init(
    files: SortedMap<TreePath, FileInterest>, isEverything: Bool = false, readsNames: Bool = false
  ) {
    self.files = files
    self.isEverything = isEverything
    self.readsNames = readsNames
  }

  /// A reference without a tag is the whole file.
  public init(
    _ references: some Sequence<ValueReference>, isEverything: Bool = false, readsNames: Bool = false
  ) {
    var files = SortedMap<TreePath, FileInterest>()
    for reference in references {
      let new = reference.tag.map { FileInterest.tags([$0]) } ?? .whole
      files[reference.path] = files[reference.path]?.union(new) ?? new
    }
    self.init(files: files, isEverything: isEverything, readsNames: readsNames)
  }

  /// Whether a change of the file counts. Which part of it changed is not asked: agents have seen to that.
  public func contains(_ path: TreePath, comesOrGoes: Bool = false) -> Bool {
    isEverything || readsNames && comesOrGoes || files.contains(path)
  }

  /// What of it a node's agent must know: of the files that a node can own, the parts to send.
  public func part(of node: NodeName) -> NodeInterest {
    if isEverything { return .everything }
    var part = SortedMap<NodeFile, FileInterest>()
    for (path, interest) in files.entries(from: .start(of: node)).prefix(while: { $0.0 < .end(of: node) }) {
      if let file = path.nodeFile, !file.isReserved { part[file] = interest }
    }
    return NodeInterest(files: part)
  }
}

/// What of a node's files an agent sends when it changes. That a file comes or goes is always sent.
public struct NodeInterest: Equatable, Sendable, CustomStringConvertible {
  public static let everything = NodeInterest(files: [:], isEverything: true)

  public let files: SortedMap<NodeFile, FileInterest>
  public let isEverything: Bool
  /// Tells one from another.
  public let digest: Digest

  public init(files: SortedMap<NodeFile, FileInterest>, isEverything: Bool = false) {
    self.files = files
    self.isEverything = isEverything
    // Lengths before the tags, so that no two read the same.
    var text = isEverything ? "everything\n" : ""
    for (file, interest) in files {
      switch interest {
      case .whole: text += "\(file) whole\n"
      case .tags(let tags):
        text += "\(file) \(tags.count)\n" + tags.map { "\($0.utf8.count) \($0)\n" }.joined()
      }
    }
    digest = Digest(of: text.utf8)
  }

  /// Nil where nothing of the file is read.
  public subscript(file: NodeFile) -> FileInterest? { isEverything ? .whole : files[file] }

  public var description: String {
    if isEverything { return "everything" }
    let list = files.map { file, interest in
      switch interest {
      case .whole: file.text
      case .tags(let tags): "\(file){\(tags.elements.joined(separator: ", "))}"
      }
    }
    return "[\(list.joined(separator: " "))]"
  }
}
