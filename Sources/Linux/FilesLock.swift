import Glibc

/// A file that is locked as long as this value lives: one process at a time uses a state folder.
///
/// flock(2) ends with the process, so a crash leaves no stale lock; the process id inside is for the message only.
public final class LockFile: Sendable {
  public let path: String
  private let descriptor: CInt

  private static let attempts = 50
  private static let pauseMicroseconds: UInt32 = 20_000

  /// Takes the lock, within a second, or says who has it.
  ///
  /// It does not give up at once, because for a moment a child that is about to execute its program still has a copy
  /// of the descriptor of a process that was killed.
  public init(path: String) throws(SystemError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .last("open the lock file", path) }
    var code: CInt = EWOULDBLOCK
    for attempt in 0..<Self.attempts where code == EWOULDBLOCK {
      if attempt > 0 { usleep(Self.pauseMicroseconds) }
      code = flock(descriptor, LOCK_EX | LOCK_NB) == 0 ? 0 : errno
    }
    guard code == 0 else {
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

  deinit {
    // The lock is the open file's, of which a child that is being started may have a copy.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  private static func holder(_ descriptor: CInt) -> Int32? {
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    guard count > 0 else { return nil }
    return Int32(String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
  }
}
