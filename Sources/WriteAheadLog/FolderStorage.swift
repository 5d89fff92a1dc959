import Glibc
import Linux

/// A folder of the file system as a log's storage.
public struct FolderStorage: LogStorage {
  private let folder: Directory
  public var path: String { folder.path }

  /// Opens the folder, creating it if need be.
  public init(path: String) throws(SystemError) {
    folder = try Directory.create(path: path, mode: 0o700)
    // What a crash left of a file that never got its name.
    for name in try names() where name.hasPrefix(Directory.temporaryPrefix) { try folder.remove(name) }
  }

  public func names() throws(SystemError) -> [String] { try folder.list().map(\.name) }

  public func read(_ name: String) throws(SystemError) -> [UInt8] {
    try folder.read(name, limitBytes: .max)
  }

  public func write(_ name: String, _ bytes: [UInt8]) throws(SystemError) {
    try folder.write(name, bytes, mode: 0o600, durability: .disk)
  }

  public func open(_ name: String) throws(SystemError) -> any LogFile {
    try SegmentFile(path: "\(path)/\(name)")
  }

  public func remove(_ name: String) throws(SystemError) { try folder.remove(name) }

  /// By the path and not by the open folder, which may have been renamed or removed.
  public func identity(of name: String) throws(SystemError) -> LogFileIdentity? {
    var status = stat()
    guard lstat("\(path)/\(name)", &status) == 0 else {
      let error = SystemError(errno, "look at", "\(path)/\(name)")
      if error.isAbsence { return nil }
      throw error
    }
    return LogFileIdentity(status)
  }

  public func reopened() throws(SystemError) -> any LogStorage { try FolderStorage(path: path) }
}

extension LogFileIdentity {
  fileprivate init(_ status: stat) {
    self.init(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }
}

/// A segment of the file system, open as long as the value lives.
private final class SegmentFile: LogFile {
  private let path: String
  private let descriptor: CInt
  let identity: LogFileIdentity

  init(path: String) throws(SystemError) {
    descriptor = Glibc.open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC)
    self.path = path
    var status = stat()
    let isKnown = descriptor >= 0 && fstat(descriptor, &status) == 0
    identity = LogFileIdentity(status)
    guard isKnown else { throw SystemError(errno, "open", path) }
  }

  deinit { close(descriptor) }

  func write(_ bytes: [UInt8], at offset: Int) throws(SystemError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        pwrite(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written, offset + written)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw SystemError(errno, "write", path)
      }
      written += count
    }
  }

  func synchronize() throws(SystemError) {
    guard fdatasync(descriptor) == 0 else { throw SystemError(errno, "synchronize", path) }
  }

  func truncate(to lengthBytes: Int) throws(SystemError) {
    guard ftruncate(descriptor, lengthBytes) == 0 else { throw SystemError(errno, "truncate", path) }
  }
}
