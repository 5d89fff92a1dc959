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
  public func removeTree(_ entry: DirectoryEntry) throws(SystemError) {
    if entry.kind == .folder {
      let folder = try subdirectory(entry)
      for inner in try folder.list() { try folder.removeTree(inner) }
    }
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
