import Linux

extension FileTreeStore {
  /// What has been written, changed or removed by others since: of visible files all, of hidden ones those of
  /// `hidden`. In order. What is not brought to order is told again.
  ///
  /// It costs what was touched, as long as inotify tells of that; when it has lost something, or there are no watches
  /// left for the user, everything visible is looked at, unless it is known that nobody else wrote there.
  public func foreignChanges(
    hidden: some Sequence<String>, isVisibleKnown: Bool = false
  ) throws(SystemError) -> [String] {
    watches?.read()
    folders.forget()
    var changed: Set<String> = []
    for name in hidden where isForeign(name, try status(of: name)) { changed.insert(name) }
    if isVisibleKnown { return changed.sorted() }
    guard let watches, watches.isComplete else {
      try lookAtAll(&changed)
      return changed.sorted()
    }
    for name in watches.touched { try look(at: name, watches, &changed) }
    watches.forgetTouched()
    for path in changed where !Self.isHidden(path) { watches.note(path) }
    return changed.sorted()
  }

  /// Takes it that whatever has been touched by now in the files that were written here was touched by us.
  ///
  /// To be called before others may write.
  public func settle() {
    folders.forget()
    guard let watches else { return }
    watches.read()
    watches.dropTouched { name in
      ownWrites.contains(name) || watches.contains(name) || Self.isTemporary(name)
    }
    ownWrites.removeAll(keepingCapacity: true)
  }

  private func look(
    at name: String, _ watches: FolderWatches, _ changed: inout Set<String>
  ) throws(SystemError) {
    let status = try directory.status(name)
    guard status?.kind == .folder else {
      // The wrapper's own folder, of which nothing is watched.
      if Self.isHidden(name) {
        changed.formUnion(try foreignChanges(isIgnored: { !Self.isHidden($0) }))
      } else if isForeign(name, status) {
        changed.insert(name)
      }
      return
    }
    if known[name] != nil { changed.insert(name) }
    guard !Self.isHidden(name), !watches.contains(name) else { return }
    try walkVisible(name, watches) { path, status in
      if isForeign(path, status) { changed.insert(path) }
    }
  }

  /// Looks at all visible files, and watches their folders from then on.
  private func lookAtAll(_ changed: inout Set<String>) throws(SystemError) {
    watches = newWatches(count: known.count)
    var seen: Set<String> = []
    try walkVisible("", watches) { path, status in
      seen.insert(path)
      if isForeign(path, status) { changed.insert(path) }
    }
    for path in known.keys where !Self.isHidden(path) && !seen.contains(path) { changed.insert(path) }
    for path in changed where !Self.isHidden(path) { watches?.note(path) }
  }

  /// Begins to watch a ROOT that is to have `count` files; what is there now is right.
  func startWatching(count: Int) throws(SystemError) {
    watches = newWatches(count: count)
    if watches != nil { try walkVisible("", watches) { _, _ in } }
  }

  /// Few files are looked at sooner than watched, and a user has few instances of inotify.
  private func newWatches(count: Int) -> FolderWatches? {
    isWatchable && count >= watchedFromCount ? try? FolderWatches(root: directory.path) : nil
  }

  /// Watches the folder and those above it.
  func watch(_ folder: String) {
    guard let watches, !Self.isHidden(folder), !watches.contains(folder) else { return }
    if isReconciling {
      unwatched.append(folder)
      return
    }
    if !folder.isEmpty { watch(OpenFolders.split(folder).folder) }
    add(folder, to: watches)
  }

  /// A folder that cannot be watched, since the user has no watches left, ends the watching for good: to try again
  /// each time would cost more than to look.
  private func add(_ folder: String, to watches: FolderWatches?) {
    do { try watches?.add(folder) } catch {
      guard !error.isAbsence else { return }
      isWatchable = false
      self.watches = nil
    }
  }

  private func walkVisible(
    _ folder: String, _ watches: FolderWatches?, _ visit: (String, FileStatus) -> Void
  ) throws(SystemError) {
    // Before it is listed, so that nothing comes in between.
    if isWatchable { add(folder, to: watches) }
    let entries: Directory = folder.isEmpty ? directory : try directory.subdirectory(folder)
    for entry in try entries.list() {
      let path = folder.isEmpty ? entry.name : "\(folder)/\(entry.name)"
      if folder.isEmpty, Self.isHidden(path), entry.kind == .folder { continue }
      if entry.kind == .folder {
        try walkVisible(path, watches, visit)
      } else if let status = try entries.status(entry.name) {
        visit(path, status)
      }
    }
  }

  /// Whether what stands there is not what was left there.
  private func isForeign(_ path: String, _ status: FileStatus?) -> Bool {
    guard let file = known[path] else { return status != nil && status?.kind != .folder }
    guard let status else { return true }
    return status.kind != .regular || file.inode != status.inode || file.sizeBytes != status.sizeBytes
      || file.stamp.fileTime != status.modified
  }

  /// Nil where the file or its folder is absent.
  private func status(of path: String) throws(SystemError) -> FileStatus? {
    let (parent, name) = OpenFolders.split(path)
    let folder: Directory
    do { folder = try folders.folder(parent) } catch {
      if error.isAbsence { return nil }
      throw error
    }
    return try folder.status(name)
  }

  static func isHidden(_ path: String) -> Bool { path.utf8.first == UInt8(ascii: ".") }

  private static func isTemporary(_ path: String) -> Bool {
    path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]
      .hasPrefix(Directory.temporaryPrefix)
  }
}
