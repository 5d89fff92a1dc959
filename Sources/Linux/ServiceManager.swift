import Glibc

/// The service manager that has started this process, as systemd: told by datagrams when the process is ready and that
/// it still works (sd_notify(3)).
public struct ServiceManager: Sendable {
  private let path: String
  /// How often it is to hear that the process works; nil: it does not ask.
  public let watchdogPeriod: Duration?

  /// From the variables NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID; nil if nobody asks.
  public init?(_ variable: (String) -> String?) {
    guard let path = variable("NOTIFY_SOCKET"), path.hasPrefix("/") || path.hasPrefix("@"),
      path.utf8.count < MemoryLayout<sockaddr_un>.size - MemoryLayout<sa_family_t>.size
    else { return nil }
    self.path = path
    let isForThisProcess = variable("WATCHDOG_PID").map { $0 == "\(getpid())" } ?? true
    let microseconds = variable("WATCHDOG_USEC").flatMap { Int64($0) } ?? 0
    // Half of the time that it waits, as sd_watchdog_enabled(3) advises.
    watchdogPeriod = isForThisProcess && microseconds > 0 ? .microseconds(microseconds / 2) : nil
  }

  /// `READY=1`, `STOPPING=1`, `WATCHDOG=1`. A manager that does not listen is no reason to fail.
  public func tell(_ state: String) {
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var name = Array(path.utf8)
    // An abstract name begins with a NUL, written as @, and has exactly its length.
    if path.hasPrefix("@") { name[0] = 0 }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count + (path.hasPrefix("@") ? 0 : 1))
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        let bytes = Array(state.utf8)
        _ = sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), address, length)
      }
    }
  }
}
