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
    guard status.kind == .folder else {
      try remove(relative)
      return
    }
    let folder = try subdirectory(relative)
    for entry in try folder.list() { try folder.removeTree(entry.name) }
    try unlink(relative, flags: AT_REMOVEDIR)
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
