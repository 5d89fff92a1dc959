import Glibc
import Synchronization

/// How far a write must have gone when the call returns.
public enum Durability: Sendable {
  /// Readers see the old or the new content; after a power failure, either may be there.
  case none
  /// The content and its name are on the disk.
  case disk
}

extension Directory {
  /// Temporary files of ``write(_:_:mode:modified:durability:)`` begin so; one that a crash left may be removed.
  public static let temporaryPrefix = ".dmake-tmp-"

  private static let temporaryCount = Atomic<UInt64>(0)

  /// Replaces a file's content at once: readers see the old or the new content, never a part.
  ///
  /// The bytes go to a temporary file in the same folder, which is then renamed over the old one; a symbolic link
  /// there is replaced, not followed. When a step fails, on a full disk say, the old content stays and the
  /// temporary file is gone. Answers the status of the new file.
  @discardableResult
  public func write(
    _ relative: String, _ bytes: [UInt8], mode: UInt32 = 0o644, modified: FileTime? = nil,
    durability: Durability = .none
  ) throws(SystemError) -> FileStatus {
    let (folder, name) = try parent(of: relative)
    let (descriptor, temporary) = try folder.createTemporary(mode)
    defer { close(descriptor) }
    let status: FileStatus
    do throws(SystemError) {
      status = try Self.fill(
        descriptor, bytes, mode: mode, modified: modified, durability: durability, path: full(relative))
      guard renameat(folder.descriptor, temporary, folder.descriptor, name) == 0 else {
        throw SystemError.last("replace", full(relative))
      }
    } catch {
      unlinkat(folder.descriptor, temporary, 0)
      throw error
    }
    if durability == .disk { try folder.synchronize() }
    return status
  }

  /// Writes a file that nobody reads meanwhile: what had the name, unless it is a folder, is removed first and never
  /// written through. It takes half the time of ``write(_:_:mode:modified:durability:)``, but a crash may leave a part.
  public func writeAnew(
    _ relative: String, _ bytes: [UInt8], mode: UInt32 = 0o644, modified: FileTime
  ) throws(SystemError) -> FileStatus {
    let (folder, name) = try parent(of: relative)
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
    var descriptor = openat(folder.descriptor, name, flags, mode_t(mode))
    if descriptor < 0, errno == EEXIST {
      guard unlinkat(folder.descriptor, name, 0) == 0 || errno == ENOENT else {
        throw .last("replace", full(relative))
      }
      descriptor = openat(folder.descriptor, name, flags, mode_t(mode))
    }
    guard descriptor >= 0 else { throw .last("create", full(relative)) }
    defer { close(descriptor) }
    do throws(SystemError) {
      return try Self.fill(
        descriptor, bytes, mode: mode, modified: modified, durability: .none, path: full(relative))
    } catch {
      unlinkat(folder.descriptor, name, 0)
      throw error
    }
  }

  /// Sets a file's time of modification; its access time stays.
  public func setModificationTime(_ relative: String, _ time: FileTime) throws(SystemError) {
    let (folder, name) = try parent(of: relative)
    let times = [timespec(tv_sec: 0, tv_nsec: omittedTime), time.timespec]
    guard utimensat(folder.descriptor, name, times, AT_SYMLINK_NOFOLLOW) == 0 else {
      throw .last("set the time of", full(relative))
    }
  }

  /// Sets a regular file's permission bits.
  public func setMode(_ relative: String, _ mode: UInt32) throws(SystemError) {
    let descriptor = try openBeneath(relative, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW, "set the mode of")
    defer { close(descriptor) }
    guard fchmod(descriptor, mode) == 0 else { throw .last("set the mode of", full(relative)) }
  }

  /// Makes the folder this user's, and nobody else's to write in: of an access control list, too, these bits are the
  /// limit (acl(5)).
  ///
  /// - Parameter group: nil: a group without the right to write may be any.
  /// - Returns: whose it was before, where that was somebody else.
  @discardableResult
  public func claim(user: UInt32, group: UInt32?) throws(SystemError) -> UInt32? {
    let folder = try openBeneath(".", O_RDONLY | O_DIRECTORY, "open the folder")
    defer { close(folder) }
    var raw = stat()
    guard fstat(folder, &raw) == 0 else { throw .last("look at", path) }
    if raw.st_uid != user || group.map({ raw.st_gid != $0 }) == true {
      guard fchown(folder, user, group ?? getegid()) == 0 else {
        throw .last("give to user \(user) the folder", path)
      }
    }
    // Only behind the change of its owner, who could take this back.
    guard raw.st_mode & 0o022 == 0 || fchmod(folder, raw.st_mode & 0o7755) == 0 else {
      throw .last("set the mode of", path)
    }
    return raw.st_uid == user ? nil : UInt32(raw.st_uid)
  }

  /// Writes the folder's names to the disk.
  public func synchronize() throws(SystemError) {
    let descriptor = try openBeneath(".", O_RDONLY | O_DIRECTORY, "synchronize")
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .last("synchronize", path) }
  }

  private func createTemporary(_ mode: UInt32) throws(SystemError) -> (descriptor: CInt, name: String) {
    while true {
      let count = Self.temporaryCount.wrappingAdd(1, ordering: .relaxed).newValue
      let name = "\(Self.temporaryPrefix)\(getpid())-\(count)"
      let descriptor = openat(
        self.descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
      if descriptor >= 0 { return (descriptor, name) }
      // One that an earlier process of the same pid left behind: take the next number.
      guard errno == EEXIST || errno == EINTR else { throw .last("create a file in", path) }
    }
  }

  private static func fill(
    _ descriptor: CInt, _ bytes: [UInt8], mode: UInt32, modified: FileTime?, durability: Durability,
    path: @autoclosure () -> String
  ) throws(SystemError) -> FileStatus {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.write(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw .last("write", path())
      }
      written += count
    }
    if let modified {
      let times = [timespec(tv_sec: 0, tv_nsec: omittedTime), modified.timespec]
      guard futimens(descriptor, times) == 0 else { throw .last("set the time of", path()) }
    }
    var status = try look(at: descriptor, path())
    if status.mode != mode {
      // The process's mask took bits away when the file was created.
      guard fchmod(descriptor, mode) == 0 else { throw .last("set the mode of", path()) }
      status = try look(at: descriptor, path())
    }
    if durability == .disk {
      guard fsync(descriptor) == 0 else { throw .last("synchronize", path()) }
    }
    return status
  }

  static func look(
    at descriptor: CInt, _ path: @autoclosure () -> String
  ) throws(SystemError) -> FileStatus {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .last("look at", path()) }
    return FileStatus(status)
  }
}

/// UTIME_OMIT of utimensat(2), a macro with a cast, which Swift does not import.
private let omittedTime = (1 << 30) - 2
