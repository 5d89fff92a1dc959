import Glibc

/// A user and the groups that a process gets with it.
///
/// Read from /etc/passwd and /etc/group: a static program cannot load the modules that other sources of accounts need.
/// Users who are only there can be given by number.
public struct UserAccount: Hashable, Sendable {
  public let user: UInt32
  public let group: UInt32
  public let groups: [UInt32]
  public let name: String
  public let home: String

  /// Nil user: this process's own.
  public init(user: String?, group: String?) throws(SystemError) {
    let users = try Self.lines("/etc/passwd")
    let groups = try Self.lines("/etc/group")
    let wanted = user ?? String(getuid())
    let entry = users.first { $0.count > 5 && ($0[0] == wanted || $0[2] == wanted) }
    guard let uid = entry.flatMap({ UInt32($0[2]) }) ?? UInt32(wanted) else {
      throw SystemError(ENOENT, "find the user", wanted, detail: "/etc/passwd has no such name; use a number")
    }
    let name = entry.map { String($0[0]) } ?? wanted
    var gid = entry.flatMap { UInt32($0[3]) } ?? uid
    if let group {
      let found = groups.first { $0.count > 2 && $0[0] == group }.flatMap { UInt32($0[2]) }
      guard let number = found ?? UInt32(group) else {
        throw SystemError(ENOENT, "find the group", group, detail: "/etc/group has no such name; use a number")
      }
      gid = number
    }
    self.user = uid
    self.group = gid
    self.name = name
    home = entry.map { String($0[5]) } ?? "/"
    let others = groups.filter { $0.count > 3 && $0[3].split(separator: ",").contains(Substring(name)) }
    self.groups = [gid] + others.compactMap { UInt32($0[2]) }.filter { $0 != gid }
  }

  /// Of numbers that were looked up elsewhere.
  public init(user: UInt32, group: UInt32, groups: [UInt32], name: String, home: String) {
    self.user = user
    self.group = group
    self.groups = groups
    self.name = name
    self.home = home
  }

  /// Whether a process with these is what this one's children are anyway.
  public var isOfThisProcess: Bool {
    var own = [gid_t](repeating: 0, count: Int(max(0, getgroups(0, nil))))
    if !own.isEmpty { own.removeLast(own.count - Int(max(0, getgroups(Int32(own.count), &own)))) }
    return user == geteuid() && group == getegid() && groups.allSatisfy { own.contains($0) || $0 == group }
  }

  /// As long as this is the same, so are the accounts.
  public static var sources: [FileStatus?] {
    ["/etc/passwd", "/etc/group"].map { path in
      var status = stat()
      return stat(path, &status) == 0 ? FileStatus(status) : nil
    }
  }

  private static func lines(_ path: String) throws(SystemError) -> [[Substring]] {
    let bytes = try Directory.readFile(path: path, limitBytes: 16 << 20)
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map {
      $0.split(separator: ":", omittingEmptySubsequences: false)
    }
  }
}
