import Glibc

/// Who applies a policy, for the history: `user@host`. It is a note for people and proves nothing.
enum Author {
  static func name(_ environment: Environment) -> String {
    let user = environment["USER"] ?? environment["LOGNAME"] ?? ""
    var host = [CChar](repeating: 0, count: 256)
    let hasHost = gethostname(&host, host.count - 1) == 0
    let name = user.isEmpty ? "uid \(geteuid())" : user
    return hasHost
      ? "\(name)@\(String(decoding: host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))"
      : name
  }
}
