import Linux
import Model

/// What ``FileTreeStore/reconcile(_:time:)`` had to change.
public struct Reconciliation: Equatable, Sendable {
  public fileprivate(set) var written: [TreePath] = []
  /// Paths on disk; one of a folder stands for all that was in it.
  public fileprivate(set) var removed: [String] = []
  public init() {}
}

extension FileTreeStore {
  /// Makes ROOT what the tree says: writes what differs in content, sets times that differ, and removes what the tree
  /// does not have, except for hidden names. A symbolic link, FIFO or other thing in the way is removed.
  ///
  /// `time` says when a file was made; by itself each is an input of the index at which it got its content.
  public func reconcile(
    _ tree: Tree, time: (TreePath, TreeFile) -> LogicalTime = { .input($1.index) }
  ) throws(SystemError) -> Reconciliation {
    var result = Reconciliation()
    let files = tree.files
    var expected = Expected()
    for (path, _) in files { expected.insert(path) }
    try prune(directory, "", expected, &result)
    for (path, file) in files {
      let time = time(path, file)
      if try holds(path, file.content) {
        if try status(path)?.modified != time.fileTime { try setTime(path, time) }
      } else {
        try write(path, file.content, time: time)
        result.written.append(path)
      }
    }
    return result
  }

  private struct Expected {
    var files: Set<String> = []
    var folders: Set<String> = []

    mutating func insert(_ path: TreePath) {
      files.insert(path.text)
      var folder = path.components.dropLast()
      while !folder.isEmpty, folders.insert(folder.joined(separator: "/")).inserted {
        folder = folder.dropLast()
      }
    }
  }

  /// Removes what is not expected in a folder; one that then holds hidden names only stays.
  private func prune(
    _ folder: Directory, _ prefix: String, _ expected: Expected, _ result: inout Reconciliation
  ) throws(SystemError) {
    for entry in try folder.list() {
      let path = prefix + entry.name
      // Swift's `==` takes some letters for others, which a file system does not; names of the tree have none of them.
      let isExpected = (try? TreePath(path)) != nil && expected.files.contains(path)
      if entry.name.utf8.starts(with: Directory.temporaryPrefix.utf8) {
        // A write that a crash cut off left it.
        try folder.removeTree(entry)
      } else if entry.isHidden || entry.kind == .regular && isExpected {
        continue
      } else if entry.kind == .folder, !isExpected {
        try prune(folder.subdirectory(entry), path + "/", expected, &result)
        if !expected.folders.contains(path), try folder.removeEmptyFolder(entry) { result.removed.append(path) }
      } else {
        try folder.removeTree(entry)
        result.removed.append(path)
      }
    }
  }

  private func holds(_ path: TreePath, _ content: Content) throws(SystemError) -> Bool {
    guard let status = try status(path), status.kind == .regular, status.sizeBytes == content.bytes.count,
      let present = try directory.readIfPresent(path.text, limitBytes: content.bytes.count)
    else { return false }
    return present == content.bytes
  }
}
