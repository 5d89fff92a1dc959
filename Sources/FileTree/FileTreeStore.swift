import Linux
import Model

/// The folder ROOT on disk, in which make works: a copy of the leader's ``Tree``, which is the truth.
///
/// Every path is resolved beneath ROOT without following a symbolic link, so nothing outside is read or written.
/// Names with a leading dot are DMake's hidden space, and this store leaves them alone. Contents are replaced at once;
/// nothing is forced to the disk, since the log holds it and ``reconcile(_:time:)`` repairs the folder at start-up.
public struct FileTreeStore: Sendable {
  /// Larger files are refused when they are read.
  public static let fileSizeLimitBytes = 16 << 20

  public let directory: Directory

  /// Opens ROOT, or creates it.
  public init(root: String) throws(SystemError) { directory = try Directory.create(path: root) }

  /// Writes and removes files; a folder goes with the last file in it.
  ///
  /// Removals come first, so that a file may give its name to a folder. After an error some changes are done and
  /// others not; they may be applied again.
  public func apply(_ changes: [TreeChange], time: LogicalTime) throws(SystemError) {
    for change in changes where change.content == nil { try remove(change.path) }
    for change in changes {
      if let content = change.content { try write(change.path, content, time: time) }
    }
  }

  /// A file's content; nil if there is none.
  public func read(
    _ path: TreePath, limitBytes: Int = fileSizeLimitBytes
  ) throws(SystemError) -> Content? {
    try directory.readIfPresent(path.text, limitBytes: limitBytes).map { Content($0) }
  }

  /// What stands there and when it was made; nil if nothing does.
  public func status(_ path: TreePath) throws(SystemError) -> FileStatus? { try directory.status(path.text) }

  public func setTime(_ path: TreePath, _ time: LogicalTime) throws(SystemError) {
    try directory.setModificationTime(path.text, time.fileTime)
  }

  /// All regular files whose paths the tree can have, in the order of folders; hidden names, links and other kinds
  /// are left out.
  public func scan() throws(SystemError) -> [(path: TreePath, status: FileStatus)] {
    var found: [(path: TreePath, status: FileStatus)] = []
    try scan(directory, "", into: &found)
    return found
  }

  private func scan(
    _ folder: Directory, _ prefix: String, into found: inout [(path: TreePath, status: FileStatus)]
  ) throws(SystemError) {
    for entry in try folder.list() where !entry.isHidden {
      guard let path = try? TreePath(prefix + entry.name) else { continue }
      if entry.kind == .folder {
        try scan(folder.subdirectory(entry), path.text + "/", into: &found)
      } else if entry.kind == .regular, let status = try folder.status(entry.name) {
        found.append((path, status))
      }
    }
  }

  func write(_ path: TreePath, _ content: Content, time: LogicalTime) throws(SystemError) {
    let components = path.components
    if components.count > 1 { try directory.makeFolders(components.dropLast().joined(separator: "/")) }
    try directory.write(path.text, content.bytes, modified: time.fileTime)
  }

  func remove(_ path: TreePath) throws(SystemError) {
    try directory.remove(path.text)
    var folder = path.components.dropLast()
    while !folder.isEmpty, try directory.removeEmptyFolder(folder.joined(separator: "/")) {
      folder = folder.dropLast()
    }
  }
}
