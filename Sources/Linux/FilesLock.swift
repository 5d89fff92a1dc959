import Glibc

/// A file that is locked as long as this value lives: one process at a time uses a state folder.
///
/// flock(2) ends with the process, so a crash leaves no stale lock; the process id inside is for the message only.
public final class LockFile: Sendable {
  public let path: String
  private let descriptor: CInt

  /// Takes the lock at once or says who has it.
  public init(path: String) throws(SystemError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .last("open the lock file", path) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      let holder = code == EWOULDBLOCK ? Self.holder(descriptor) : nil
      close(descriptor)
      guard code == EWOULDBLOCK else { throw SystemError(code, "lock", path) }
      let who = holder.map { "process \($0)" } ?? "another process"
      throw SystemError(code, "lock", path, detail: "\(who) holds it; stop that process or use another folder")
    }
    let text = Array("\(getpid())\n".utf8)
    guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else {
      let error = SystemError.last("write the lock file", path)
      close(descriptor)
      throw error
    }
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  private static func holder(_ descriptor: CInt) -> Int32? {
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    guard count > 0 else { return nil }
    return Int32(String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
  }
}
