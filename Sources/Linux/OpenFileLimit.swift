import Glibc

/// How many files this process may have open (RLIMIT_NOFILE, getrlimit(2)).
public enum OpenFileLimit {
  /// Beyond this the kernel's table alone costs memory.
  private static let most: rlim_t = 1 << 20

  /// More the kernel gives no process, root's included (proc(5), fs.nr_open); nil: it does not say.
  public static var kernelLimit: UInt64? {
    guard let bytes = try? Directory.readFile(path: "/proc/sys/fs/nr_open", limitBytes: 64) else { return nil }
    return UInt64(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
  }

  /// Raises it as far as this process may, and answers what it was, whoever raised it first: children expect that,
  /// since some programs (select(2)) cannot deal with more.
  @discardableResult
  public static func raise() throws(SystemError) -> UInt64 { try before.get() }

  /// How many it may have now.
  public static var current: Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
    return Int(clamping: min(limit.rlim_cur, most))
  }

  private static let before: Result<UInt64, SystemError> = {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
      return .failure(.last("ask for the limit of", "open files"))
    }
    let before = UInt64(limit.rlim_cur)
    limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, most))
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return .success(before)
  }()
}
