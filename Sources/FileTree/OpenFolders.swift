import Glibc
import Linux

/// The folders in which files were written last, held open: a file beside another costs no walk from ROOT.
///
/// Each of them is in the one before. They are right as long as nobody else moves or removes folders, so whoever lets
/// others work in ROOT calls ``forget()`` first.
final class OpenFolders {
  private struct Place {
    let name: String
    let folder: Directory
    /// Whether it was made here, so that what is in it was made since.
    let isNew: Bool
  }

  private let root: Directory
  private var open: [Place] = []

  init(root: Directory) { self.root = root }

  func forget() { open.removeAll() }

  /// The folder with that path from ROOT; "" is ROOT itself.
  func folder(_ name: String) throws(SystemError) -> Directory {
    let (start, rest) = nearest(to: name)
    return rest.isEmpty ? start.folder : try open(name, in: start, rest)
  }

  /// The folder, with what was missing of it made; answers whether something was.
  func make(_ name: String) throws(SystemError) -> (folder: Directory, isNew: Bool) {
    var (place, rest) = nearest(to: name)
    if rest.isEmpty { return (place.folder, false) }
    // In a new folder there hardly is what is looked for.
    if !place.isNew {
      do { return (try open(name, in: place, rest), false) } catch {
        guard error.code == ENOENT else { throw error }
      }
    }
    var isNew = false
    for component in rest.split(separator: "/") {
      let made = try place.folder.makeFolder(String(component))
      place = Place(
        name: place.name.isEmpty ? String(component) : "\(place.name)/\(component)", folder: made.folder,
        isNew: made.isNew)
      open.append(place)
      isNew = isNew || made.isNew
    }
    return (place.folder, isNew)
  }

  private func open(_ name: String, in place: Place, _ rest: String) throws(SystemError) -> Directory {
    let folder = try place.folder.subdirectory(rest)
    open.append(Place(name: name, folder: folder, isNew: false))
    return folder
  }

  /// A path's folder, and its last component.
  static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", path) }
    return (String(path[..<slash]), String(path[path.utf8.index(after: slash)...]))
  }

  /// The innermost open folder that has `name` in it, and the rest of the way.
  private func nearest(to name: String) -> (place: Place, rest: String) {
    let bytes = name.utf8
    while let candidate = open.last {
      let length = candidate.name.utf8.count
      if bytes.starts(with: candidate.name.utf8) {
        if bytes.count == length { return (candidate, "") }
        let slash = bytes.index(bytes.startIndex, offsetBy: length)
        if bytes[slash] == UInt8(ascii: "/") { return (candidate, String(name[bytes.index(after: slash)...])) }
      }
      open.removeLast()
    }
    return (Place(name: "", folder: root, isNew: false), name)
  }
}
