import Glibc

extension Token {
  /// Reads the token from a file that only its owner, root or this user, can read.
  public init(file path: String) throws(TransportError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw TransportError(
        errno == ENOENT || errno == EACCES ? .notAllowed : .system(errno),
        "the token file `\(path)` cannot be read: \(String(cString: strerror(errno))); copy the leader's token file there"
      )
    }
    defer { close(descriptor) }
    try Self.check(descriptor, path)
    var buffer = [UInt8](repeating: 0, count: 1024)
    let count = read(descriptor, &buffer, buffer.count)
    let text = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    guard let token = Token(text.trimmed) else {
      throw TransportError(
        .notAllowed,
        "the token file `\(path)` does not hold one line of 16 to 512 visible ASCII characters; remove it, and the leader makes a new one at its next start"
      )
    }
    self = token
  }

  /// The token of the file; where there is no file, a new one in a new file of mode 0600.
  public static func readOrCreate(file path: String) throws(TransportError) -> Token {
    if access(path, F_OK) == 0 { return try Token(file: path) }
    // Written under another name and linked, so that no one ever reads half of it, nor a second token.
    let temporary = "\(path).\(getpid()).new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw failure(temporary) }
    defer { unlink(temporary) }
    let line = Array((random().text + "\n").utf8)
    let isWritten =
      fchmod(descriptor, 0o600) == 0 && write(descriptor, line, line.count) == line.count
      && fsync(descriptor) == 0
    let code = errno
    close(descriptor)
    guard isWritten else {
      errno = code
      throw failure(temporary)
    }
    if link(temporary, path) != 0, errno != EEXIST { throw failure(path) }
    return try Token(file: path)
  }

  private static func failure(_ path: String) -> TransportError {
    TransportError(
      .system(errno), "the token file `\(path)` cannot be written: \(String(cString: strerror(errno)))")
  }

  private static func check(_ descriptor: Int32, _ path: String) throws(TransportError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw TransportError(.notAllowed, "the token file `\(path)` is not a regular file")
    }
    guard status.st_uid == geteuid() || status.st_uid == 0 else {
      throw TransportError(
        .notAllowed,
        "the token file `\(path)` belongs to user \(status.st_uid), who could replace it; `chown` it to this user or to root"
      )
    }
    guard status.st_mode & 0o177 == 0 else {
      let mode = String(status.st_mode & 0o7777, radix: 8)
      throw TransportError(
        .notAllowed,
        "the token file `\(path)` has mode 0\(mode), so others may have read it; remove it for a new token, or run `chmod 600 \(path)`"
      )
    }
  }
}

extension String {
  /// Without white space at both ends.
  fileprivate var trimmed: String {
    let isSpace: (Character) -> Bool = { $0.isWhitespace }
    return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
  }
}
