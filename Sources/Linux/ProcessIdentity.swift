import Glibc

/// A process for as long as the machine runs: its number and its start time, from /proc/PID/stat (proc(5)).
public struct ProcessIdentity: Hashable, Sendable {
  public let pid: Int32
  /// In clock ticks since the boot.
  public let startTime: UInt64

  public init(pid: Int32, startTime: UInt64) {
    self.pid = pid
    self.startTime = startTime
  }

  /// Nil if there is no such process, or only a zombie of it.
  public init?(running pid: Int32) {
    guard let fields = Self.stat(of: pid), fields.count > 19, fields[0] != "Z", fields[0] != "X",
      let startTime = UInt64(fields[19])
    else { return nil }
    self.init(pid: pid, startTime: startTime)
  }

  /// Opens it if it still runs. The descriptor is opened first and the identity checked after that, so a number that
  /// was taken by another process in between is noticed.
  public func open() -> ProcessDescriptor? {
    guard let descriptor = try? ProcessDescriptor(pid: pid), ProcessIdentity(running: pid) == self else {
      return nil
    }
    return descriptor
  }

  /// When the process was started, on CLOCK_MONOTONIC, to a hundredth of a second.
  public var startedAt: Duration {
    let ticks = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
    let sinceBoot =
      Duration.seconds(Int64(clamping: startTime / ticks))
      + .milliseconds(Int64(startTime % ticks * 1000 / ticks))
    return monotonicTime() - (bootTime() - sinceBoot)
  }

  /// What tells one run of the machine from another.
  public static func bootID() throws(SystemError) -> String {
    let path = "/proc/sys/kernel/random/boot_id"
    let bytes = try Directory.readFile(path: path, limitBytes: 128)
    return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }

  /// Sends a signal to what a process that has ended left in its session.
  ///
  /// A session's number is not given to a new process as long as the session has a member. So where another process
  /// has the number nothing is left, and what is found would be that one's.
  public func signalLeftovers(_ signal: Int32) {
    if let fields = Self.stat(of: pid), fields.count > 19, UInt64(fields[19]) != startTime { return }
    Self.signalMembers(ofSession: pid, signal)
  }

  /// Sends a signal to every process of a session except its leader, whether or not it left the leader's group.
  ///
  /// A process that forks while this runs can escape one pass, so a few are made until none is new.
  public static func signalMembers(ofSession session: Int32, _ signal: Int32) {
    var told: [Int32] = []
    for _ in 0..<4 {
      let fresh = members(ofSession: session).filter { !told.contains($0) }
      if fresh.isEmpty { return }
      for pid in fresh { kill(pid, signal) }
      told += fresh
    }
  }

  static func members(ofSession session: Int32) -> [Int32] {
    guard let folder = opendir("/proc") else { return [] }
    defer { closedir(folder) }
    var found: [Int32] = []
    while let entry = readdir(folder) {
      let pid = withUnsafePointer(to: entry.pointee.d_name) { name in
        name.withMemoryRebound(to: CChar.self, capacity: 256) { atoi($0) }
      }
      if pid > 0, pid != session, getsid(pid) == session { found.append(pid) }
    }
    return found
  }

  /// The fields from the third on. The second is the name, which may hold anything but ends at the last parenthesis.
  private static func stat(of pid: Int32) -> [Substring]? {
    guard let bytes = try? Directory.readFile(path: "/proc/\(pid)/stat", limitBytes: 4096) else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    guard let name = text.lastIndex(of: ")") else { return nil }
    return text[text.index(after: name)...].split(separator: " ")
  }
}
