import CLinux
import Glibc

extension Directory {
  /// Removes a file, link, socket or FIFO; answers false if nothing is there.
  @discardableResult
  public func remove(_ relative: String) throws(SystemError) -> Bool { try unlink(relative, flags: 0) }

  /// Removes an empty folder; answers false if none is there or something is in it.
  @discardableResult
  public func removeEmptyFolder(_ relative: String) throws(SystemError) -> Bool {
    do { return try unlink(relative, flags: AT_REMOVEDIR) } catch {
      if error.code == ENOTEMPTY || error.code == EEXIST { return false }
      throw error
    }
  }

  /// Removes whatever is there, a folder with all that is in it; symbolic links are removed, never followed.
  public func removeTree(_ relative: String) throws(SystemError) {
    guard let status = try status(relative) else { return }
    let place = try parent(of: relative)
    let entry = DirectoryEntry(name: place.name, kind: status.kind, rawName: Array(place.name.utf8CString))
    try place.folder.removeTree(entry)
  }

  /// Removes an entry of this folder, whatever its name is made of, with all that is in it.
  ///
  /// However deep and wide that is, it takes a few descriptors and little memory: what is in a folder's folders is
  /// moved into the folder itself until there is no more of it, each of them once.
  public func removeTree(_ entry: DirectoryEntry) throws(SystemError) {
    if entry.kind == .folder { try subdirectory(entry).removeContents() }
    try remove(entry)
  }

  /// So many entries are looked at at a time.
  private static let batchCount = 256
  /// Whoever goes on making files is not to keep this process busy for ever.
  private static let removalLimit = 10_000_000

  private func removeContents() throws(SystemError) {
    var count = 0
    while true {
      let entries = try entries(atMost: Self.batchCount)
      if entries.isEmpty { return }
      for entry in entries {
        if entry.kind == .folder, !(try removeEmptyFolder(entry)) { try flatten(entry, &count) }
        try remove(entry)
        count += 1
      }
      try checkLimit(count)
    }
  }

  /// Leaves nothing in a folder of this one: its files go, and its folders come here.
  private func flatten(_ entry: DirectoryEntry, _ count: inout Int) throws(SystemError) {
    let folder = try subdirectory(entry)
    while true {
      let entries = try folder.entries(atMost: Self.batchCount)
      if entries.isEmpty { return }
      for inner in entries {
        count += 1
        if inner.kind != .folder {
          try folder.remove(inner)
        } else if !(try folder.removeEmptyFolder(inner)) {
          try take(inner, from: folder, &count)
        }
      }
      try checkLimit(count)
    }
  }

  private func take(_ entry: DirectoryEntry, from folder: Directory, _ count: inout Int) throws(SystemError) {
    while renameat(folder.descriptor, entry.rawName, descriptor, "\(Self.temporaryPrefix)gone-\(count)") != 0 {
      guard errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR else {
        if errno == ENOENT { return }
        throw .last("remove", folder.full(entry.name))
      }
      count += 1
      try checkLimit(count)
    }
  }

  private func checkLimit(_ count: Int) throws(SystemError) {
    guard count > Self.removalLimit else { return }
    throw SystemError(
      ENOTEMPTY, "remove", path, detail: "more than \(Self.removalLimit) files are or come to be in it")
  }

  private func remove(_ entry: DirectoryEntry) throws(SystemError) {
    let flags = entry.kind == .folder ? AT_REMOVEDIR : 0
    guard unlinkat(descriptor, entry.rawName, flags) == 0 || errno == ENOENT else {
      throw .last("remove", full(entry.name))
    }
  }

  /// Removes an entry of this folder if it is an empty folder; answers whether it did.
  public func removeEmptyFolder(_ entry: DirectoryEntry) throws(SystemError) -> Bool {
    if unlinkat(descriptor, entry.rawName, AT_REMOVEDIR) == 0 { return true }
    if [ENOENT, ENOTEMPTY, EEXIST].contains(errno) { return false }
    throw .last("remove", full(entry.name))
  }

  /// Opens the folder that an entry of this one is.
  public func subdirectory(_ entry: DirectoryEntry) throws(SystemError) -> Directory {
    let descriptor = dmake_open_beneath(
      self.descriptor, entry.rawName, UInt64(openPathOnly | O_DIRECTORY | O_CLOEXEC), 0)
    guard descriptor >= 0 else { throw .last("open the folder", full(entry.name)) }
    return Directory(path: full(entry.name), owning: descriptor)
  }

  @discardableResult
  private func unlink(_ relative: String, flags: CInt) throws(SystemError) -> Bool {
    let place: (folder: Directory, name: String)
    do { place = try parent(of: relative) } catch {
      if error.isAbsence { return false }
      throw error
    }
    if unlinkat(place.folder.descriptor, place.name, flags) == 0 { return true }
    if errno == ENOENT { return false }
    throw .last("remove", full(relative))
  }
}
