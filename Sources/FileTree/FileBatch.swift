import Linux
import Model

/// Many files that are written while whoever names them goes on to the next.
///
/// For one thread, and for paths that differ. Until it ends, nothing is known of the files that were given to it.
public final class FileBatch {
  /// A file as it is to be.
  struct Wanted: Sendable {
    let path: String
    let content: Content
    let stamp: LogicalStamp
  }

  /// A file that stands.
  private struct Placed: Sendable {
    let status: FileStatus
    /// Whether its folder was made for it.
    let isFolderNew: Bool
  }

  /// Fewer are written sooner than handed over.
  private static let partSize = 64
  /// So many that the lanes are busy, and so few that the watches' queue does not run over.
  private static let limit = FileTreeStore.ownWritesLimit / 2

  private let store: FileTreeStore
  private lazy var lanes = Lanes<[Placed]>()
  private var parts: [[Wanted]] = []
  private var part: [Wanted] = []

  init(_ store: FileTreeStore) { self.store = store }

  /// What ``FileTreeStore/write(_:_:_:)`` does, sooner or later. In order of their paths files take the least time.
  public func write(_ path: String, _ content: Content, _ stamp: LogicalStamp) throws(SystemError) {
    if store.digest(of: path) == content.digest {
      // Another time is a matter of one call.
      try store.setStamp(of: path, stamp)
      return
    }
    part.append(Wanted(path: path, content: content, stamp: stamp))
    if part.count == Self.partSize { handOver() }
    if parts.count * Self.partSize >= Self.limit { try finish() }
  }

  /// Waits until all stand.
  func finish() throws(SystemError) {
    if !parts.isEmpty { handOver() }
    for file in settleLanes() + part { try store.write(file.path, file.content, file.stamp) }
    part = []
  }

  private func handOver() {
    guard !part.isEmpty else { return }
    if parts.isEmpty { store.makeRoom(for: Self.limit) }
    let (files, root, isReconciling) = (part, store.directory, store.isReconciling)
    lanes.add { Self.place(files, in: root, isReconciling: isReconciling) }
    parts.append(files)
    part = []
  }

  /// Waits for what was handed over, and answers the files that are still to be written.
  @discardableResult
  func settleLanes() -> [Wanted] {
    var rest: [Wanted] = []
    // Most batches have a few files.
    if parts.isEmpty { return rest }
    for (files, placed) in zip(parts, lanes.finish()) {
      for (file, place) in zip(files, placed) {
        if place.isFolderNew { store.watch(OpenFolders.split(file.path).folder) }
        store.note(file, place.status)
      }
      let failed = files.dropFirst(placed.count)
      if let first = failed.first {
        // Its folder may be new, and the old file may be gone.
        store.watch(OpenFolders.split(first.path).folder)
        store.forget(first.path)
      }
      rest += failed
    }
    parts = []
    return rest
  }

  /// Writes the files up to the first one that something stands in the way of: that is dealt with one by one.
  private static func place(_ files: [Wanted], in root: Directory, isReconciling: Bool) -> [Placed] {
    let folders = OpenFolders(root: root)
    var placed: [Placed] = []
    for file in files {
      let (parent, name) = OpenFolders.split(file.path)
      do {
        let (folder, isNew) = try folders.make(parent)
        let isAnew = isReconciling || FileTreeStore.isHidden(file.path)
        let status = try FileTreeStore.place(name, in: folder, file, isAnew: isAnew)
        placed.append(Placed(status: status, isFolderNew: isNew))
      } catch { return placed }
    }
    return placed
  }
}

extension FileTreeStore {
  /// Writes what `body` gives to the batch; when this returns, or throws, nothing is under way.
  public func writeBatch(_ body: (FileBatch) throws(SystemError) -> Void) throws(SystemError) {
    let batch = FileBatch(self)
    do { try body(batch) } catch {
      batch.settleLanes()
      throw error
    }
    try batch.finish()
  }
}
