import Glibc

/// A file's time, as a file system keeps it: since 1970-01-01T00:00:00Z.
public struct FileTime: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let seconds: Int64
  /// 0 to 999,999,999.
  public let nanoseconds: Int64

  public init(seconds: Int64, nanoseconds: Int64) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  init(_ time: timespec) { self.init(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec)) }

  var timespec: Glibc.timespec { Glibc.timespec(tv_sec: time_t(seconds), tv_nsec: Int(nanoseconds)) }

  public var since1970: Duration { .seconds(seconds) + .nanoseconds(nanoseconds) }

  public static func < (left: Self, right: Self) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }
  public var description: String {
    let digits = String(nanoseconds)
    return "\(seconds).\(String(repeating: "0", count: max(0, 9 - digits.count)))\(digits)"
  }
}

/// What stands under a name in a folder.
public enum FileKind: String, Hashable, Sendable {
  case regular = "regular file"
  case folder = "folder"
  case symbolicLink = "symbolic link"
  case fifo = "FIFO"
  case socket = "socket"
  case device = "device"

  init(mode: mode_t) {
    switch mode & S_IFMT {
    case S_IFREG: self = .regular
    case S_IFDIR: self = .folder
    case S_IFLNK: self = .symbolicLink
    case S_IFIFO: self = .fifo
    case S_IFSOCK: self = .socket
    default: self = .device
    }
  }
}

/// What stat(2) says of a file, as far as DMake asks.
public struct FileStatus: Hashable, Sendable {
  public let kind: FileKind
  public let sizeBytes: Int
  public let modified: FileTime
  /// The permission bits.
  public let mode: UInt32
  public let owner: UInt32
  public let inode: UInt64
  public let device: UInt64
  /// Which file it is, whatever becomes of its content.
  public struct Identity: Hashable, Sendable {
    let device: UInt64
    let inode: UInt64
  }
  public var identity: Identity { Identity(device: device, inode: inode) }

  /// How many names the file has.
  public let linkCount: UInt64

  init(_ status: stat) {
    kind = FileKind(mode: status.st_mode)
    sizeBytes = Int(status.st_size)
    modified = FileTime(status.st_mtim)
    mode = UInt32(status.st_mode & 0o7777)
    owner = UInt32(status.st_uid)
    inode = UInt64(status.st_ino)
    device = UInt64(status.st_dev)
    linkCount = UInt64(status.st_nlink)
  }
}

/// A name in a folder and what stands under it.
public struct DirectoryEntry: Hashable, Sendable {
  /// With what is not UTF-8 replaced; the bytes themselves are kept for removal.
  public let name: String
  public let kind: FileKind
  /// With the closing zero.
  let rawName: [CChar]

  /// By its first byte: for Swift, a dot with an accent is no dot.
  public var isHidden: Bool { rawName.first == CChar(UInt8(ascii: ".")) }
}
