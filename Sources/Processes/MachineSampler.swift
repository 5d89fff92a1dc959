import Glibc
import Linux
import Model
import Supervision

/// Reads the machine's load, memory, paging and disk. For one thread.
public struct MachineSampler {
  private let folder: String
  private var lastPages: (in: Int64, out: Int64, at: Instant)?

  /// - Parameter folder: on the file system whose room is told.
  public init(folder: String) { self.folder = folder }

  /// What cannot be read is told as 0: a machine without swap or with a restricted /proc is no error.
  public mutating func sample(at now: Instant) -> MachineState {
    let memory = Self.table("/proc/meminfo")
    let paging = pages(at: now)
    var disk = statvfs()
    let hasDisk = statvfs(folder, &disk) == 0
    let block = Int64(disk.f_frsize)
    return MachineState(
      loadHundredths: Self.load(), processors: Int64(sysconf(Int32(_SC_NPROCESSORS_ONLN))),
      memoryTotalBytes: (memory["MemTotal:"] ?? 0) * 1024,
      memoryAvailableBytes: (memory["MemAvailable:"] ?? 0) * 1024,
      pagedInPerSecond: paging.in, pagedOutPerSecond: paging.out,
      diskTotalBytes: hasDisk ? Int64(disk.f_blocks) * block : 0,
      diskAvailableBytes: hasDisk ? Int64(disk.f_bavail) * block : 0)
  }

  private mutating func pages(at now: Instant) -> (in: Int64, out: Int64) {
    let counters = Self.table("/proc/vmstat")
    let current = (in: counters["pswpin"] ?? 0, out: counters["pswpout"] ?? 0, at: now)
    defer { lastPages = current }
    guard let lastPages else { return (0, 0) }
    let milliseconds = max(1, (now - lastPages.at).milliseconds)
    return (
      (current.in - lastPages.in) * 1000 / milliseconds, (current.out - lastPages.out) * 1000 / milliseconds
    )
  }

  private static func load() -> [Int64] {
    var loads = [Double](repeating: 0, count: 3)
    getloadavg(&loads, 3)
    return loads.map { Int64(($0 * 100).rounded()) }
  }

  /// Names and numbers, one pair a line.
  private static func table(_ path: String) -> SortedMap<String, Int64> {
    guard let bytes = try? Directory.readFile(path: path, limitBytes: 1 << 20) else { return [:] }
    var table = SortedMap<String, Int64>()
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count > 1, wanted.contains(String(words[0])) else { continue }
      table[String(words[0])] = Int64(words[1])
    }
    return table
  }

  private static let wanted: SortedSet<String> = ["MemTotal:", "MemAvailable:", "pswpin", "pswpout"]
}
