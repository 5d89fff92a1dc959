import Glibc
import Linux
import Model

/// The tree on disk: ROOT, the copy of the tree in which make works (paper, section 4, figure 5), with the make
/// wrapper's hidden files in it. Names that begin with a dot are hidden; no path of the tree is.
///
/// Every path is resolved beneath ROOT without following links, files are replaced whole, and nothing is ever
/// written outside. Files carry logical time stamps in place of the wall clock's.
///
/// It knows what it has written where, so that what a recipe did can be told from it: anything with another
/// inode, size or time than it was left with has been written since.
public final class FileTreeStore {
  /// A file as it was left: what is on disk if nobody else wrote.
  struct Known {
    let content: Content
    let stamp: LogicalStamp
    let inode: UInt64
    let sizeBytes: Int
  }

  /// The largest file that is read back.
  public static let fileLimitBytes = 256 << 20
  private static let fileMode: UInt32 = 0o644

  public let directory: Directory
  let folders: OpenFolders
  var known: [String: Known] = [:]
  /// Tells what others touch; nil before the first reconciliation and where there are no watches to be had.
  var watches: FolderWatches?
  var isWatchable = true
  /// With fewer files everything is looked at.
  let watchedFromCount: Int
  /// Files that were written here since the watches were last read.
  var ownWrites: Set<String> = []
  static let ownWritesLimit = 2000
  /// While ROOT is brought to a tree; nobody else writes there yet.
  private(set) var isReconciling = false
  /// Folders that were made while ROOT was brought to a tree, which the watches need not tell about.
  var unwatched: [String] = []

  public init(root path: String, watchedFromCount: Int = 512) throws(SystemError) {
    self.watchedFromCount = watchedFromCount
    directory = try Directory.create(path: path)
    folders = OpenFolders(root: directory)
  }

  /// Everything that has been written here, in order.
  public var paths: [String] { paths { _ in true } }
  public func paths(where isWanted: (String) -> Bool) -> [String] { known.keys.filter(isWanted).sorted() }

  public func digest(of path: String) -> Digest? { known[path]?.content.digest }

  /// What the file was left with.
  public func content(of path: String) -> Content? { known[path]?.content }

  /// Writes a file unless it already is so. Whatever stands in its way, a folder say, is removed.
  public func write(_ path: String, _ content: Content, _ stamp: LogicalStamp) throws(SystemError) {
    if let file = known[path] {
      if file.content == content {
        if file.stamp != stamp { try setStamp(of: path, stamp) }
        return
      }
      // When the disk is full, nothing is there.
      known[path] = nil
    }
    let status: FileStatus
    let file = FileBatch.Wanted(path: path, content: content, stamp: stamp)
    let (parent, name) = OpenFolders.split(path)
    let isAnew = isReconciling || Self.isHidden(path)
    do throws(SystemError) {
      let (folder, isNew) = try folders.make(parent)
      if isNew { watch(parent) }
      status = try Self.place(name, in: folder, file, isAnew: isAnew)
    } catch {
      guard error.isAbsence || [EISDIR, ELOOP, EEXIST, ENOTEMPTY].contains(error.code) else { throw error }
      folders.forget()
      try makeFolder(for: path)
      if try directory.status(path)?.kind == .folder { try directory.removeTree(path) }
      status = try Self.place(name, in: try folders.folder(parent), file, isAnew: isAnew)
    }
    note(file, status)
  }

  /// Whoever looks at a visible file sees all of it. Hidden ones are read by nobody but make, while nothing is written
  /// here, and after a crash they are removed; before ROOT is what it must be, nobody may count on what is in it, and
  /// after a crash then all of it is compared.
  static func place(
    _ name: String, in folder: Directory, _ file: FileBatch.Wanted, isAnew: Bool
  ) throws(SystemError) -> FileStatus {
    isAnew
      ? try folder.writeAnew(name, file.content.bytes, modified: file.stamp.fileTime)
      : try folder.write(name, file.content.bytes, modified: file.stamp.fileTime)
  }

  /// The file has been written.
  func note(_ file: FileBatch.Wanted, _ status: FileStatus) {
    note(file.path)
    known[file.path] = Known(
      content: file.content, stamp: file.stamp, inode: status.inode, sizeBytes: status.sizeBytes)
  }

  /// The path is being written here, which the watches will tell too; their queue must not run over.
  private func note(_ path: String) {
    guard watches != nil, !path.hasPrefix(".") else { return }
    ownWrites.insert(path)
    makeRoom(for: 1)
  }

  /// So many files are about to be written.
  func makeRoom(for count: Int) { if ownWrites.count + count > Self.ownWritesLimit { settle() } }

  /// Gives a file that is here another time stamp.
  public func setStamp(of path: String, _ stamp: LogicalStamp) throws(SystemError) {
    guard let file = known[path], file.stamp != stamp else { return }
    note(path)
    let (parent, name) = OpenFolders.split(path)
    try folders.folder(parent).setModificationTime(name, stamp.fileTime)
    known[path] = Known(content: file.content, stamp: stamp, inode: file.inode, sizeBytes: file.sizeBytes)
  }

  /// Removes a file, and the folders that are empty without it.
  public func remove(_ path: String) throws(SystemError) {
    known[path] = nil
    note(path)
    do { try directory.remove(path) } catch {
      guard error.code == EISDIR else { throw error }
      try directory.removeTree(path)
    }
    var components = path.split(separator: "/").dropLast()
    while !components.isEmpty {
      let folder = components.joined(separator: "/")
      folders.forget()
      do { guard try directory.removeEmptyFolder(folder) else { return } } catch { return }
      watches?.forget(folder)
      components = components.dropLast()
    }
  }

  /// Makes the folder that a file will be in, so that recipes need no `mkdir`.
  public func makeFolder(for path: String) throws(SystemError) {
    let parent = OpenFolders.split(path).folder
    if parent.isEmpty { return }
    defer { watch(parent) }
    do { _ = try folders.make(parent) } catch {
      folders.forget()
      // A recipe put a file or a link where the folder must be.
      let components = parent.split(separator: "/")
      for count in 1...components.count {
        let folder = components.prefix(count).joined(separator: "/")
        if let kind = try directory.status(folder)?.kind, kind != .folder { try remove(folder) }
      }
      try directory.makeFolders(parent)
    }
  }

  public func read(_ path: String) throws(SystemError) -> Content? {
    try directory.readIfPresent(path, limitBytes: Self.fileLimitBytes).map { Content($0) }
  }

  /// Takes the file as it stands for what is here, with a stamp in place of the wall-clock time.
  ///
  /// It is not written again: a new inode costs more than all the rest. `content` is what was read from it.
  public func adopt(_ path: String, _ content: Content, _ stamp: LogicalStamp) throws(SystemError) {
    known[path] = nil
    note(path)
    let (parent, name) = OpenFolders.split(path)
    let folder = try folders.folder(parent)
    guard let status = try folder.status(name) else {
      throw SystemError(ENOENT, "write", "\(directory.path)/\(path)")
    }
    if status.mode != Self.fileMode { try folder.setMode(name, Self.fileMode) }
    try folder.setModificationTime(name, stamp.fileTime)
    known[path] = Known(
      content: content, stamp: stamp, inode: status.inode, sizeBytes: status.sizeBytes)
  }

  /// Forgets what was known of a file that has been written or removed behind our back.
  public func forget(_ path: String) { known[path] = nil }

  /// Starts with a folder of which nothing is known: hidden files go, files of the tree are kept if they hold what
  /// they must, whatever else is there goes. `stamp` says which time a file of the tree has.
  public func reconcile(
    with tree: Tree, stamp: (TreePath, TreeFile) -> LogicalStamp
  ) throws(SystemError) {
    known.removeAll()
    watches = nil
    folders.forget()
    for entry in try directory.list() where entry.isHidden { try directory.removeTree(entry.name) }
    for name in try foreignChanges(isIgnored: { _ in false }) {
      guard let path = try? TreePath(name), let file = tree[path], let content = try readPlain(name),
        content == file.content
      else {
        try remove(name)
        continue
      }
      try adopt(name, content, stamp(path, file))
    }
    try removeEmptyFolders(below: directory)
    try startWatching(count: tree.count)
    isReconciling = true
    defer {
      isReconciling = false
      unwatched.removeAll()
    }
    try synchronise(with: tree, stamp: stamp)
    isReconciling = false
    for folder in unwatched { watch(folder) }
  }

  private func removeEmptyFolders(below folder: Directory) throws(SystemError) {
    for entry in try folder.list() where entry.kind == .folder {
      try removeEmptyFolders(below: try folder.subdirectory(entry.name))
      _ = try folder.removeEmptyFolder(entry.name)
    }
  }

}

extension FileTreeStore {
  /// What has been written, changed or removed by others since, in order. Folders without files do not count.
  public func foreignChanges(below folder: String = "", isIgnored: (String) -> Bool) throws(SystemError)
    -> [String]
  {
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

extension FileTreeStore {
  /// What a recipe left at `path`, if it is a regular file; a link or FIFO in its place is no output.
  public func readPlain(_ path: String) throws(SystemError) -> Content? {
    do {
      let (parent, name) = OpenFolders.split(path)
      let folder = try folders.folder(parent)
      guard try folder.status(name)?.kind == .regular else { return nil }
      return Content(try folder.read(name, limitBytes: Self.fileLimitBytes))
    } catch {
      if error.isAbsence || error.code == ELOOP { return nil }
      throw error
    }
  }
}

extension FileTreeStore {
  /// Makes the visible files those of the tree that are shown; what is already so costs nothing.
  public func synchronise(
    with tree: Tree, stamp: (TreePath, TreeFile) -> LogicalStamp, isShown: (TreePath) -> Bool = { _ in true }
  ) throws(SystemError) {
    for path in paths where !path.hasPrefix(".") {
      let shown = (try? TreePath(path)).flatMap { isShown($0) ? tree[$0] : nil }
      if shown == nil { try remove(path) }
    }
    let missing = tree.files.filter { digest(of: $0.path.text) != $0.file.content.digest && isShown($0.path) }
    try writeBatch { (batch) throws(SystemError) in
      for (path, file) in missing { try batch.write(path.text, file.content, stamp(path, file)) }
    }
  }
}
