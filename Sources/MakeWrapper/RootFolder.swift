import Glibc
import Linux
import Model

/// ROOT on disk, the copy of the tree in which make works, with the wrapper's hidden files in it.
///
/// It knows what it has written where, so that what a recipe did can be told from it: anything with another
/// inode, size or time than it was left with has been written since.
final class RootFolder {
  /// A file as it was left: what is on disk if nobody else wrote.
  private struct Known {
    let digest: Digest
    let stamp: LogicalStamp
    let inode: UInt64
    let sizeBytes: Int
  }

  /// The largest file that is read back.
  static let fileLimitBytes = 256 << 20
  private static let fileMode: UInt32 = 0o644

  let directory: Directory
  private var known: [String: Known] = [:]

  init(path: String) throws(SystemError) { directory = try Directory.create(path: path) }

  /// Everything that has been written here, in order.
  var paths: [String] { known.keys.sorted() }

  func digest(of path: String) -> Digest? { known[path]?.digest }

  /// Writes a file unless it already is so. Whatever stands in its way, a folder say, is removed.
  func write(_ path: String, _ content: Content, _ stamp: LogicalStamp) throws(SystemError) {
    if let file = known[path], file.digest == content.digest {
      if file.stamp != stamp { try setStamp(of: path, stamp) }
      return
    }
    try makeFolder(for: path)
    if try directory.status(path)?.kind == .folder { try directory.removeTree(path) }
    try directory.write(path, content.bytes, modified: stamp.fileTime)
    try remember(path, content.digest, stamp)
  }

  /// Gives a file that is here another time stamp.
  func setStamp(of path: String, _ stamp: LogicalStamp) throws(SystemError) {
    guard let file = known[path], file.stamp != stamp else { return }
    try directory.setModificationTime(path, stamp.fileTime)
    known[path] = Known(digest: file.digest, stamp: stamp, inode: file.inode, sizeBytes: file.sizeBytes)
  }

  /// Removes a file, and the folders that are empty without it.
  func remove(_ path: String) throws(SystemError) {
    known[path] = nil
    do { try directory.remove(path) } catch {
      guard error.code == EISDIR else { throw error }
      try directory.removeTree(path)
    }
    var components = path.split(separator: "/").dropLast()
    while !components.isEmpty {
      let folder = components.joined(separator: "/")
      do { guard try directory.removeEmptyFolder(folder) else { return } } catch { return }
      components = components.dropLast()
    }
  }

  /// Makes the folder that a file will be in, so that recipes need no `mkdir`.
  func makeFolder(for path: String) throws(SystemError) {
    let components = path.split(separator: "/").dropLast()
    guard !components.isEmpty else { return }
    do { try directory.makeFolders(components.joined(separator: "/")) } catch {
      // A recipe put a file or a link where the folder must be.
      for count in 1...components.count {
        let folder = components.prefix(count).joined(separator: "/")
        if let kind = try directory.status(folder)?.kind, kind != .folder { try remove(folder) }
      }
      try directory.makeFolders(components.joined(separator: "/"))
    }
  }

  func read(_ path: String) throws(SystemError) -> Content? {
    try directory.readIfPresent(path, limitBytes: Self.fileLimitBytes).map { Content($0) }
  }

  /// Takes the file as it stands for what is here, with a stamp in place of the wall-clock time.
  ///
  /// It is not written again: a new inode costs more than all the rest. `content` is what was read from it.
  func adopt(_ path: String, _ content: Content, _ stamp: LogicalStamp) throws(SystemError) {
    known[path] = nil
    if try directory.status(path)?.mode != Self.fileMode { try directory.setMode(path, Self.fileMode) }
    try directory.setModificationTime(path, stamp.fileTime)
    try remember(path, content.digest, stamp)
  }

  /// Forgets what was known of a file that has been written or removed behind our back.
  func forget(_ path: String) { known[path] = nil }

  /// Starts with a folder of which nothing is known: hidden files go, files of the tree are kept if they hold what
  /// they must, whatever else is there goes.
  func reconcile(with tree: Tree, _ memory: RoundMemory) throws(SystemError) {
    known.removeAll()
    for entry in try directory.list() where entry.isHidden { try directory.removeTree(entry.name) }
    for path in try foreignChanges(isIgnored: { _ in false }) {
      guard let file = (try? TreePath(path)).flatMap({ tree[$0] }), let content = try readPlain(path),
        content == file.content
      else {
        try remove(path)
        continue
      }
      try adopt(path, content, Self.stamp(of: path, file, memory))
    }
    try synchronise(with: tree, memory)
  }

  private func remember(_ path: String, _ digest: Digest, _ stamp: LogicalStamp) throws(SystemError) {
    guard let status = try directory.status(path) else {
      throw SystemError(ENOENT, "write", "\(directory.path)/\(path)")
    }
    known[path] = Known(digest: digest, stamp: stamp, inode: status.inode, sizeBytes: status.sizeBytes)
  }
}

extension RootFolder {
  /// What has been written, changed or removed by others since, in order. Folders without files do not count, and
  /// are removed, except those that `isKept` names.
  func foreignChanges(below folder: String = "", isIgnored: (String) -> Bool) throws(SystemError) -> [String] {
    var seen: Set<String> = []
    var changed: [String] = []
    try walk(folder) { (path, status) in
      guard !isIgnored(path) else { return }
      seen.insert(path)
      if let file = known[path], status.kind == .regular, file.inode == status.inode,
        file.sizeBytes == status.sizeBytes, file.stamp.fileTime == status.modified
      {
        return
      }
      changed.append(path)
    }
    changed += known.keys.filter { !seen.contains($0) && !isIgnored($0) }
    return changed.sorted()
  }

  private func walk(_ prefix: String, _ visit: (String, FileStatus) -> Void) throws(SystemError) {
    let folder = prefix.isEmpty ? directory : try directory.subdirectory(prefix)
    for entry in try folder.list() {
      let path = prefix.isEmpty ? entry.name : "\(prefix)/\(entry.name)"
      if entry.kind == .folder {
        try walk(path, visit)
      } else if let status = try folder.status(entry.name) {
        visit(path, status)
      }
    }
  }
}

extension RootFolder {
  /// What a recipe left at `path`, if it is a regular file; a link or FIFO in its place is no output.
  func readPlain(_ path: String) throws(SystemError) -> Content? {
    do {
      guard try directory.status(path)?.kind == .regular else { return nil }
      return try read(path)
    } catch {
      if error.isAbsence || error.code == ELOOP { return nil }
      throw error
    }
  }
}

extension RootFolder {
  /// Makes the visible files those of the tree that are shown, with the time stamps that the memory knows; what is
  /// already so costs nothing.
  func synchronise(
    with tree: Tree, _ memory: RoundMemory, isShown: (TreePath) -> Bool = { _ in true }
  ) throws(SystemError) {
    for path in paths where !HiddenFiles.isHidden(path) {
      let shown = (try? TreePath(path)).flatMap { isShown($0) ? tree[$0] : nil }
      if shown == nil { try remove(path) }
    }
    for (path, file) in tree.files where digest(of: path.text) != file.content.digest && isShown(path) {
      try write(path.text, file.content, Self.stamp(of: path.text, file, memory))
    }
  }

  private static func stamp(of path: String, _ file: TreeFile, _ memory: RoundMemory) -> LogicalStamp {
    let known = [memory[rule: path]?.stamp, memory.inputStamp(of: path)]
    return known.compactMap { $0 }.max() ?? .input(file.index, pass: 0)
  }
}
