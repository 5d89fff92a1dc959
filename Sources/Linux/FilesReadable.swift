import Glibc

/// A regular file that is open for reading parts of it, whatever its name is by now.
public final class ReadableFile {
  public let path: String
  private let descriptor: CInt

  /// A FIFO, socket, device, folder or link is refused without waiting.
  public init(_ name: String, in folder: Directory) throws(SystemError) {
    path = folder.full(name)
    descriptor = try folder.openBeneath(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW, "read")
    let kind = try status().kind
    guard kind == .regular else {
      throw SystemError(EINVAL, "read", path, detail: "it is a \(kind.rawValue); expected a regular file")
    }
  }

  deinit { close(descriptor) }

  public func status() throws(SystemError) -> FileStatus {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .last("look at", path) }
    return FileStatus(status)
  }

  /// Fewer than `count` bytes only where the file ends.
  public func read(at offset: Int, count: Int) throws(SystemError) -> [UInt8] {
    if count <= 0 { return [] }
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = bytes.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress?.advanced(by: filled), count - filled, off_t(offset + filled))
      }
      if got < 0, errno == EINTR { continue }
      if got < 0 { throw .last("read", path) }
      if got == 0 { break }
      filled += got
    }
    bytes.removeLast(count - filled)
    return bytes
  }
}
