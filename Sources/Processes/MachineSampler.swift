import Glibc
import Linux
import Model
import Supervision

/// Reads the machine's load, processors, memory, paging, disk, network and clock. For one thread.
public struct MachineSampler {
  /// What the kernel counts from the boot on.
  private struct Counters {
    var pagedIn: Int64 = 0
    var pagedOut: Int64 = 0
    var received: Int64 = 0
    var sent: Int64 = 0
    /// In clock ticks of all processors.
    var busy: Int64 = 0
    var idle: Int64 = 0
  }

  private let folder: String
  private var last: (counters: Counters, at: Instant)?

  /// - Parameter folder: on the file system whose room is told.
  public init(folder: String) { self.folder = folder }

  /// What cannot be read is told as 0: a machine without swap or with a restricted /proc is no error.
  public mutating func sample(at now: Instant) -> MachineState {
    let memory = Self.table("/proc/meminfo", ["MemTotal:", "MemAvailable:"])
    let counters = Self.counters()
    let before = last ?? (counters, now)
    last = (counters, now)
    let milliseconds = max(1, (now - before.at).milliseconds)
    func rate(_ counter: KeyPath<Counters, Int64>) -> Int64 {
      max(0, counters[keyPath: counter] - before.counters[keyPath: counter]) * 1000 / milliseconds
    }
    let busy = counters.busy - before.counters.busy
    let idle = counters.idle - before.counters.idle
    var disk = statvfs()
    let hasDisk = statvfs(folder, &disk) == 0
    let block = Int64(disk.f_frsize)
    let clock = clockError()
    return MachineState(
      loadHundredths: Self.load(), processors: Int64(sysconf(Int32(_SC_NPROCESSORS_ONLN))),
      busyThousandths: busy > 0 && idle >= 0 ? busy * 1000 / (busy + idle) : 0,
      memoryTotalBytes: (memory["MemTotal:"]?.first ?? 0) * 1024,
      memoryAvailableBytes: (memory["MemAvailable:"]?.first ?? 0) * 1024,
      pagedInPerSecond: rate(\.pagedIn), pagedOutPerSecond: rate(\.pagedOut),
      diskTotalBytes: hasDisk ? Int64(disk.f_blocks) * block : 0,
      diskAvailableBytes: hasDisk ? Int64(disk.f_bavail) * block : 0,
      receivedBytesPerSecond: rate(\.received), sentBytesPerSecond: rate(\.sent),
      clockErrorMicroseconds: clock?.microseconds ?? 0, isClockSynchronised: clock?.isSynchronised ?? false)
  }

  private static func counters() -> Counters {
    var counters = Counters()
    let paging = table("/proc/vmstat", ["pswpin ", "pswpout "])
    counters.pagedIn = paging["pswpin"]?.first ?? 0
    counters.pagedOut = paging["pswpout"]?.first ?? 0
    // user nice system idle iowait irq softirq steal; proc(5) counts guests in user and nice.
    if let ticks = table("/proc/stat", ["cpu "])["cpu"], ticks.count >= 8 {
      counters.idle = ticks[3] + ticks[4]
      counters.busy = ticks[..<8].reduce(0, +) - counters.idle
    }
    // Each line `NAME: RECEIVED-BYTES …`, sent bytes in the ninth column.
    for (name, numbers) in table("/proc/net/dev")
    where name.hasSuffix(":") && name != "lo:" && numbers.count > 8 {
      counters.received += numbers[0]
      counters.sent += numbers[8]
    }
    return counters
  }

  private static func load() -> [Int64] {
    var loads = [Double](repeating: 0, count: 3)
    getloadavg(&loads, 3)
    return loads.map { Int64(($0 * 100).rounded()) }
  }

  /// Lines of one of the kernel's files: a name, and numbers behind it. Names that are wanted are compared before
  /// anything is made of a line, since some files have hundreds.
  private static func table(_ path: String, _ names: [StaticString]? = nil) -> SortedMap<String, [Int64]> {
    guard let bytes = try? Directory.readFile(path: path, limitBytes: 1 << 20) else { return [:] }
    let lines = bytes.split(separator: UInt8(ascii: "\n")).filter { line in
      guard let names else { return true }
      return names.contains { name in name.withUTF8Buffer { line.starts(with: $0) } }
    }
    return SortedMap(
      lines.map { String(decoding: $0, as: UTF8.self).split(separator: " ") }.filter { $0.count > 1 }.map {
        (String($0[0]), $0.dropFirst().prefix(16).compactMap { Int64($0) })
      })
  }
}
