import Glibc

/// A control group of version 2 (cgroups(7)) for one process and all that comes of it: what is born in it stays in it,
/// whatever it does to its parents, its session and its variables, unless root moves it.
public final class ControlGroup: Sendable {
  public let path: String
  /// The folder, as clone3(2) takes it.
  public let descriptor: CInt
  /// `cgroup.events`, to be read again and again: a ``Poller`` tells when it has changed since it was read.
  public let events: CInt
  /// Whether the kernel kills a whole group at once, as from Linux 5.14 on.
  private let hasKill: Bool

  /// Makes the group, and those above it; one that is there already is opened.
  public convenience init(making path: String) throws(SystemError) {
    _ = try Directory.create(path: path)
    try self.init(opening: path)
  }

  /// - Parameter hasKill: nil: as the kernel has it.
  public init(opening path: String, hasKill: Bool? = nil) throws(SystemError) {
    self.path = path
    descriptor = open(path, openPathOnly | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .last("open the control group", path) }
    self.hasKill = hasKill ?? (faccessat(descriptor, "cgroup.kill", F_OK, 0) == 0)
    events = openat(descriptor, "cgroup.events", O_RDONLY | O_CLOEXEC)
    guard events >= 0 else {
      let error = SystemError.last("watch the control group", path)
      close(descriptor)
      throw error
    }
  }

  deinit {
    close(events)
    close(descriptor)
  }

  /// Whether a process is in it, or in a group below it; one that has ended and was not reaped does not count.
  public var isPopulated: Bool {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { room in
      guard let text = room.baseAddress else { return false }
      let count = pread(events, text, room.count - 1, 0)
      text[max(0, count)] = 0
      return strstr(text, "populated 1") != nil
    }
  }

  /// The processes in it and in the groups below it.
  public var members: [Int32] { Self.members(of: path) }

  private static func members(of path: String) -> [Int32] {
    let own = lines(of: "\(path)/cgroup.procs").compactMap { Int32($0) }
    return own + below(path).flatMap { members(of: $0) }
  }

  /// Sends a signal to all that is in it. What forks while this runs can escape one pass, so a few are made until none
  /// is new.
  public func signal(_ number: Int32, except known: Int32? = nil) {
    var told = known.map { [$0] } ?? []
    for _ in 0..<4 {
      let fresh = members.filter { !told.contains($0) }
      if fresh.isEmpty { return }
      for pid in fresh { Glibc.kill(pid, number) }
      told += fresh
    }
  }

  /// Kills all that is in it, what is forked meanwhile included. It is over when ``isPopulated`` says so.
  public func kill() {
    if hasKill, (try? write("1", to: "cgroup.kill")) != nil { return }
    // What is frozen forks no more, and still ends by this signal.
    try? write("1", to: "cgroup.freeze")
    signal(SIGKILL)
    try? write("0", to: "cgroup.freeze")
  }

  /// Writes a limit, as `memory.max`.
  public func write(_ value: String, to file: String) throws(SystemError) {
    try Self.write(value, to: file, in: descriptor, path)
  }

  static func write(_ value: String, to file: String, in folder: CInt, _ path: String) throws(SystemError) {
    let target = openat(folder, file, O_WRONLY | O_CLOEXEC)
    guard target >= 0 else { throw .last("write `\(value)` to", "\(path)/\(file)") }
    defer { close(target) }
    guard Glibc.write(target, value, value.utf8.count) == value.utf8.count else {
      throw .last("write `\(value)` to", "\(path)/\(file)")
    }
  }

  /// How often the kernel has killed something in it because memory ran out; nil where nobody counts.
  public var outOfMemoryKills: UInt64? {
    Self.lines(of: "\(path)/memory.events").first { $0.hasPrefix("oom_kill ") }
      .flatMap { UInt64($0.dropFirst("oom_kill ".utf8.count)) }
  }

  /// Removes it with the groups below it; answers whether it is gone: not while a process is in it.
  @discardableResult
  public func remove() -> Bool { Self.remove(path) }

  /// Of a group that nobody has open.
  @discardableResult
  public static func remove(_ path: String) -> Bool {
    if rmdir(path) == 0 || errno == ENOENT { return true }
    for inner in below(path) where !remove(inner) { return false }
    return rmdir(path) == 0 || errno == ENOENT
  }

  /// The group of a process, as its own place in the hierarchy tells (`/a/b`); nil without a hierarchy of version 2.
  public static func place(of pid: Int32) -> String? { place(in: lines(of: "/proc/\(pid)/cgroup")) }

  static func place(in lines: [Substring]) -> String? {
    lines.first { $0.hasPrefix("0::/") }.map { String($0.dropFirst("0::".utf8.count)) }
  }

  private static func below(_ path: String) -> [String] {
    let entries = (try? Directory(path: path).list()) ?? []
    return entries.filter { $0.kind == .folder }.map { "\(path)/\($0.name)" }
  }

  static func lines(of path: String) -> [Substring] {
    let bytes = (try? Directory.readFile(path: path, limitBytes: 4 << 20)) ?? []
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
  }
}
