import Linux

/// The folders in which files were written last, held open: a file beside another costs no walk from ROOT.
///
/// Each of them is in the one before. They are right as long as nobody else moves or removes folders, so whoever lets
/// others work in ROOT calls ``forget()`` first.
final class OpenFolders {
  private let root: Directory
  private var open: [(name: String, folder: Directory)] = []

  init(root: Directory) { self.root = root }

  func forget() { open.removeAll() }

  /// The folder with that path from ROOT; "" is ROOT itself.
  func folder(_ name: String) throws(SystemError) -> Directory {
    let (start, rest) = nearest(to: name)
    if rest.isEmpty { return start }
    let folder = try start.subdirectory(rest)
    open.append((name, folder))
    return folder
  }

  /// Makes what is missing of it.
  func make(_ name: String) throws(SystemError) -> Directory {
    do { return try folder(name) } catch { guard error.isAbsence, !name.isEmpty else { throw error } }
    let (parent, last) = Self.split(name)
    let made = try make(parent).makeFolders(last)
    open.append((name, made))
    return made
  }

  /// A path's folder, and its last component.
  static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", path) }
    return (String(path[..<slash]), String(path[path.utf8.index(after: slash)...]))
  }

  /// The innermost open folder that has `name` in it, and the rest of the way.
  private func nearest(to name: String) -> (folder: Directory, rest: String) {
    let bytes = name.utf8
    while let (candidate, folder) = open.last {
      let length = candidate.utf8.count
      if bytes.starts(with: candidate.utf8) {
        if bytes.count == length { return (folder, "") }
        let slash = bytes.index(bytes.startIndex, offsetBy: length)
        if bytes[slash] == UInt8(ascii: "/") { return (folder, String(name[bytes.index(after: slash)...])) }
      }
      open.removeLast()
    }
    return (root, name)
  }
}
