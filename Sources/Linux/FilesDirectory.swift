import CLinux
import Glibc

/// An open folder; every path given to it is resolved beneath it by openat2(2).
///
/// Absolute paths, a `..` that leaves the folder, and symbolic links in any component are refused by the kernel,
/// so no race with another process leads outside. Only the folder's own path may pass through symbolic links:
/// it is the operator's.
public final class Directory: Sendable {
  /// For messages; the folder may have been renamed since.
  public let path: String
  let descriptor: CInt

  /// Opens a folder that exists.
  public init(path: String) throws(SystemError) {
    let descriptor = open(path, openPathOnly | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .last("open the folder", path) }
    self.path = path
    self.descriptor = descriptor
  }

  init(path: String, owning descriptor: CInt) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Opens the folder, creating it and what is missing above it.
  public static func create(path: String, mode: UInt32 = 0o755) throws(SystemError) -> Directory {
    var prefix = path.hasPrefix("/") ? "/" : ""
    for component in path.split(separator: "/") {
      prefix += prefix.isEmpty || prefix.hasSuffix("/") ? component : "/" + component
      guard mkdir(prefix, mode) == 0 || errno == EEXIST || errno == EISDIR else {
        // A folder that exists on a read-only file system answers EROFS rather than EEXIST.
        let error = SystemError.last("create the folder", prefix)
        guard access(prefix, F_OK) == 0 else { throw error }
        continue
      }
    }
    return try Directory(path: path)
  }

  /// Opens a folder beneath this one.
  public func subdirectory(_ relative: String) throws(SystemError) -> Directory {
    let descriptor = try openBeneath(relative, openPathOnly | O_DIRECTORY, "open the folder")
    return Directory(path: full(relative), owning: descriptor)
  }

  /// Creates the folder beneath this one, and what is missing on the way.
  @discardableResult
  public func makeFolders(_ relative: String, mode: UInt32 = 0o755) throws(SystemError) -> Directory {
    var folder = self
    for component in relative.split(separator: "/") {
      folder = try folder.makeFolder(String(component), mode: mode).folder
    }
    return folder
  }

  /// Creates the folder with that name in this one, and opens it; answers whether there was none.
  public func makeFolder(
    _ name: String, mode: UInt32 = 0o755
  ) throws(SystemError) -> (folder: Directory, isNew: Bool) {
    guard name != ".", name != "..", !name.utf8.contains(UInt8(ascii: "/")) else {
      throw SystemError(EXDEV, "create the folder", full(name))
    }
    let isNew = mkdirat(descriptor, name, mode) == 0
    guard isNew || errno == EEXIST else { throw .last("create the folder", full(name)) }
    return (try subdirectory(name), isNew)
  }

  /// The status of what stands there, a symbolic link itself rather than its target; nil if nothing does.
  public func status(_ relative: String) throws(SystemError) -> FileStatus? {
    let place: (folder: Directory, name: String)
    do { place = try parent(of: relative) } catch {
      if error.isAbsence { return nil }
      throw error
    }
    var status = stat()
    guard fstatat(place.folder.descriptor, place.name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
      if errno == ENOENT { return nil }
      throw .last("look at", full(relative))
    }
    return FileStatus(status)
  }

  /// What is in the folder, in the order of names, without `.` and `..`.
  public func list(_ relative: String = ".") throws(SystemError) -> [DirectoryEntry] {
    try entries(relative, atMost: .max).sorted { $0.name < $1.name }
  }

  /// As ``list(_:)``, but in no order, and no more than that.
  func entries(_ relative: String = ".", atMost limit: Int) throws(SystemError) -> [DirectoryEntry] {
    let descriptor = try openBeneath(relative, O_RDONLY | O_DIRECTORY, "list")
    guard let stream = fdopendir(descriptor) else {
      let error = SystemError.last("list", full(relative))
      close(descriptor)
      throw error
    }
    defer { closedir(stream) }
    var entries: [DirectoryEntry] = []
    errno = 0
    while entries.count < limit, let entry = readdir(stream) {
      let rawName = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0]
      }
      let name = String(decoding: rawName.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
      if name != ".", name != ".." {
        var status = stat()
        if fstatat(descriptor, rawName, &status, AT_SYMLINK_NOFOLLOW) == 0 {
          entries.append(
            DirectoryEntry(name: name, kind: FileKind(mode: status.st_mode), rawName: rawName))
        } else if errno != ENOENT {
          throw .last("look at", full(relative) + "/" + name)
        }
      }
      errno = 0
    }
    guard errno == 0 else { throw .last("list", full(relative)) }
    return entries
  }

  func full(_ relative: String) -> String {
    relative == "." ? path : path.hasSuffix("/") ? path + relative : path + "/" + relative
  }

  /// Opens a path beneath this folder; what the kernel refuses is an error that says what stands in the way.
  func openBeneath(
    _ relative: String, _ flags: CInt, _ operation: String, mode: UInt32 = 0
  ) throws(SystemError) -> CInt {
    let descriptor = dmake_open_beneath(
      self.descriptor, relative, UInt64(UInt32(bitPattern: flags | O_CLOEXEC)), UInt64(mode))
    guard descriptor < 0 else { return descriptor }
    switch errno {
    case ELOOP:
      throw SystemError(
        ELOOP, operation, full(relative),
        detail: "a symbolic link stands in the path, and links are not followed here")
    case EXDEV:
      throw SystemError(EXDEV, operation, full(relative), detail: "the path leaves the folder `\(path)`")
    default: throw .last(operation, full(relative))
    }
  }

  /// The folder that a path's last component is in, and that component.
  func parent(of relative: String) throws(SystemError) -> (folder: Directory, name: String) {
    // By bytes, as the kernel does it. A slash at the end would name a folder, and means nothing here.
    let isSlash = { (byte: UInt8) in byte == UInt8(ascii: "/") }
    var rest = relative.utf8[...]
    while rest.last.map(isSlash) == true { rest.removeLast() }
    let slash = rest.lastIndex(where: isSlash)
    let name = String(Substring(slash.map { rest[rest.index(after: $0)...] } ?? rest))
    guard !name.isEmpty, name != ".", name != "..", !(relative.utf8.first.map(isSlash) ?? false) else {
      throw SystemError(
        EXDEV, "use the path", full(relative), detail: "it does not name a file beneath `\(path)`")
    }
    guard let slash else { return (self, name) }
    return (try subdirectory(String(Substring(rest[..<slash]))), name)
  }
}

/// O_PATH of open(2), which the headers show only to GNU sources; one value on all of Linux's architectures that
/// Swift has.
let openPathOnly: CInt = 0o10_000_000
