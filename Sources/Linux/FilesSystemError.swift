import Glibc

/// A system call that failed: which one, on what, and why.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The number from errno(3).
  public let code: CInt
  /// The call or what was tried, as `open` or `rename`.
  public let operation: String
  public let path: String
  /// Said in place of the text of ``code`` where the number alone says too little.
  public let detail: String?

  public init(_ code: CInt, _ operation: String, _ path: String, detail: String? = nil) {
    self.code = code
    self.operation = operation
    self.path = path
    self.detail = detail
  }

  /// The error of the call that has just failed.
  static func last(_ operation: String, _ path: String) -> SystemError { SystemError(errno, operation, path) }

  public var description: String { "cannot \(operation) `\(path)`: \(detail ?? Self.text(of: code))" }

  /// strerror(3) without its shared buffer.
  public static func text(of code: CInt) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      guard let start = buffer.baseAddress, strerror_r(code, start, buffer.count) == 0 else {
        return "error \(code)"
      }
      return String(cString: start)
    }
  }

  /// Whether the machine, or this process, had too little of something: the same call may succeed later, although
  /// nothing happens to the file.
  public var isShortage: Bool { [EMFILE, ENFILE, ENOMEM, ENOBUFS, ENOSPC, EDQUOT, EAGAIN].contains(code) }

  /// Whether the file or a folder on the way to it is not there.
  public var isAbsence: Bool { code == ENOENT || code == ENOTDIR }
}
