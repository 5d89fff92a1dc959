import Glibc
import Linux

/// A new folder that no other user can look into, for what must not meet anything else.
struct PrivateFolder {
  let path: String
  private let parent: String

  /// In `parent`, with a name that begins with `prefix` and nobody has.
  init(in parent: String, prefix: String) throws(SystemError) {
    var template = Array("\(parent)/\(prefix)-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SystemError(errno, "create a private folder in", parent) }
    self.parent = parent
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Takes it away with all that is in it. What cannot be removed is left to whoever cleans the parent.
  func remove() {
    guard let folder = try? Directory(path: parent) else { return }
    try? PolicyInstallation.remove(String(path.dropFirst(parent.utf8.count + 1)), from: folder)
  }
}
