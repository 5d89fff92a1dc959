import Glibc

/// What the wrapper reads of other processes in /proc (proc(5)). Processes come and go between two looks, so
/// everything may be absent.
enum ProcessTable {
  /// The children that any of the process's threads started.
  static func children(of process: pid_t) -> [pid_t] {
    guard let tasks = opendir("/proc/\(process)/task") else { return [] }
    defer { closedir(tasks) }
    var children: [pid_t] = []
    while let entry = readdir(tasks) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let task = pid_t(name) else { continue }
      let list = text("/proc/\(process)/task/\(task)/children")
      children += list.split(separator: " ").compactMap { pid_t($0) }
    }
    return children
  }

  /// All below the process: children first, then theirs.
  static func descendants(of process: pid_t) -> [pid_t] {
    var found = children(of: process)
    var next = 0
    while next < found.count {
      found += children(of: found[next])
      next += 1
    }
    return found
  }

  /// The value of a variable in the environment that the process was started with.
  static func environmentValue(_ name: String, of process: pid_t) -> String? {
    let prefix = "\(name)="
    return text("/proc/\(process)/environ").split(separator: "\0").first { $0.hasPrefix(prefix) }
      .map { String($0.dropFirst(prefix.count)) }
  }

  /// What the processes keep in memory together; what several share counts for each.
  static func residentBytes(of processes: [pid_t]) -> UInt64 {
    let pages = processes.reduce(UInt64(0)) { sum, process in
      let fields = text("/proc/\(process)/statm").split(separator: " ")
      return sum + (fields.count > 1 ? UInt64(fields[1]) ?? 0 : 0)
    }
    return pages * UInt64(sysconf(Int32(_SC_PAGESIZE)))
  }

  /// Whether a signal has stopped the process (state `T`).
  static func isStopped(_ process: pid_t) -> Bool {
    text("/proc/\(process)/stat").split(separator: ")").last?.split(separator: " ").first == "T"
  }

  /// What the process has used of processors, without its children.
  static func processorTime(of process: pid_t) -> Duration {
    // The name stands in parentheses and may have some of its own.
    let fields = text("/proc/\(process)/stat").split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else { return .zero }
    return .seconds(user + system) / Int(sysconf(Int32(_SC_CLK_TCK)))
  }

  private static func text(_ path: String) -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return "" }
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    while case let count = read(file, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }
}
