import Glibc

extension Directory {
  /// The whole content of a regular file of at most `limitBytes`.
  ///
  /// A FIFO, socket, device or folder is refused without waiting for a writer.
  public func read(_ relative: String, limitBytes: Int) throws(SystemError) -> [UInt8] {
    let descriptor = try openBeneath(relative, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW, "read")
    defer { close(descriptor) }
    return try Self.contents(of: descriptor, path: full(relative), limitBytes: limitBytes)
  }

  /// As ``read(_:limitBytes:)``, but nil where there is no such file.
  public func readIfPresent(_ relative: String, limitBytes: Int) throws(SystemError) -> [UInt8]? {
    do { return try read(relative, limitBytes: limitBytes) } catch {
      if error.isAbsence { return nil }
      throw error
    }
  }

  /// As ``readIfPresent(_:limitBytes:)``, with the status of the very file that was read.
  public func readWithStatus(
    _ relative: String, limitBytes: Int
  ) throws(SystemError) -> (status: FileStatus, bytes: [UInt8])? {
    let descriptor: CInt
    do {
      descriptor = try openBeneath(relative, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW, "read")
    } catch {
      if error.isAbsence { return nil }
      throw error
    }
    defer { close(descriptor) }
    let path = full(relative)
    return (
      try Self.look(at: descriptor, path), try Self.contents(of: descriptor, path: path, limitBytes: limitBytes)
    )
  }

  /// Reads a file of the operator, whose path may pass through symbolic links, with the same refusals.
  public static func readFile(path: String, limitBytes: Int) throws(SystemError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .last("read", path) }
    defer { close(descriptor) }
    return try contents(of: descriptor, path: path, limitBytes: limitBytes)
  }

  static func contents(
    of descriptor: CInt, path: String, limitBytes: Int
  ) throws(SystemError) -> [UInt8] {
    var raw = stat()
    guard fstat(descriptor, &raw) == 0 else { throw .last("look at", path) }
    let status = FileStatus(raw)
    guard status.kind == .regular else {
      throw SystemError(
        status.kind == .folder ? EISDIR : EINVAL, "read", path,
        detail: "it is a \(status.kind.rawValue); expected a regular file")
    }
    let tooLarge = SystemError(EFBIG, "read", path, detail: "it is larger than \(limitBytes) bytes")
    guard status.sizeBytes <= limitBytes else { throw tooLarge }

    // The file may grow while it is read, and files of /proc say 0: the size is only where to start.
    var bytes: [UInt8] = []
    bytes.reserveCapacity(status.sizeBytes)
    var chunk = [UInt8](repeating: 0, count: min(max(status.sizeBytes + 1, 4096), 1 << 20))
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw .last("read", path)
      }
      if count == 0 { return bytes }
      guard bytes.count + count <= limitBytes else { throw tooLarge }
      bytes += chunk[..<count]
    }
  }
}
