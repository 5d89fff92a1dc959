import CLinux
import Glibc

/// A datagram socket to which a process writes about itself (the protocol of sd_notify(3)). For one thread.
///
/// Only its user may write: the kernel asks for the right to write to the socket's file, which is that user's.
public final class NoticeSocket {
  /// A socket's address has room for so many bytes (unix(7)).
  static let pathLimitBytes = 107
  private static let sizeLimitBytes = 4096
  /// What one process may say at a time: the rest waits until the others were heard.
  private static let batchLimit = 64

  public let descriptor: CInt
  /// The absolute path, for `NOTIFY_SOCKET`.
  public let path: String
  private let name: String
  private let folder: Directory

  /// Takes the place of whatever has the name.
  ///
  /// - Parameters:
  ///   - workshop: a folder of the same file system that no other user may enter: there it is made, so that nobody
  ///     connects before it is its user's.
  ///   - user: whose socket it is; nil: that of the file before it, or this process's.
  public init(_ name: String, in folder: Directory, workshop: Directory, user: UInt32?) throws(SystemError) {
    self.name = name
    self.folder = folder
    let parent = try Self.absolutePath(folder)
    path = "\(parent)/\(name)"
    var status = stat()
    let isThere = fstatat(folder.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0
    let owner = user ?? (isThere ? status.st_uid : getuid())
    descriptor = socket(
      AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { throw .last("make a socket for", path) }
    guard path.utf8.count <= Self.pathLimitBytes else {
      throw SystemError(
        ENAMETOOLONG, "make the socket", path, detail: "choose a state folder with a shorter path")
    }
    let draft = "\(name)~notify"
    unlinkat(workshop.descriptor, draft, 0)
    guard LocalSocket.withAddress(draft, workshop, { bind(descriptor, $0, $1) }) == 0,
      fchownat(workshop.descriptor, draft, owner, UInt32.max, AT_SYMLINK_NOFOLLOW) == 0,
      fchmodat(workshop.descriptor, draft, 0o600, 0) == 0,
      renameat(workshop.descriptor, draft, folder.descriptor, name) == 0
    else { throw .last("make the socket", path) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  private static func absolutePath(_ folder: Directory) throws(SystemError) -> String {
    var room = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let length = readlink("/proc/self/fd/\(folder.descriptor)", &room, Int(PATH_MAX))
    guard length > 0 else { throw .last("find the path of", folder.path) }
    return String(decoding: room[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// What was told since the last time: the lines of each datagram.
  public func receive() -> [[Substring]] {
    var notices: [[Substring]] = []
    var room = [CChar](repeating: 0, count: Self.sizeLimitBytes)
    while notices.count < Self.batchLimit {
      let length = dmake_receive_notice(descriptor, &room, room.count)
      guard length >= 0 else { break }
      let text = String(decoding: room[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
      notices.append(text.split(separator: "\n"))
    }
    return notices
  }

  public func remove() { unlinkat(folder.descriptor, name, 0) }
}
