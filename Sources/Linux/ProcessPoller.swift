import CLinux
import Glibc

/// epoll(7): waits for many descriptors at once. For one thread.
public final class Poller {
  private let descriptor: CInt
  private var events = [epoll_event](repeating: epoll_event(), count: 256)

  public init() throws(SystemError) {
    descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard descriptor >= 0 else { throw .last("create", "epoll") }
  }

  deinit { close(descriptor) }

  /// Answers whenever the descriptor is readable.
  public func add(_ file: CInt) throws(SystemError) {
    var event = epoll_event()
    event.events = EPOLLIN.rawValue
    event.data.fd = file
    guard epoll_ctl(descriptor, EPOLL_CTL_ADD, file, &event) == 0 else {
      throw .last("watch", "descriptor \(file)")
    }
  }

  /// Answers whenever a file of the kernel's, as `cgroup.events`, has changed since it was read.
  public func addChanges(of file: CInt) throws(SystemError) {
    var event = epoll_event()
    // Such files are readable at all times.
    event.events = EPOLLPRI.rawValue
    event.data.fd = file
    guard epoll_ctl(descriptor, EPOLL_CTL_ADD, file, &event) == 0 else {
      throw .last("watch", "descriptor \(file)")
    }
  }

  /// Whether to answer also when the descriptor is writable.
  public func setWritable(_ file: CInt, _ isWanted: Bool) {
    var event = epoll_event()
    event.events = EPOLLIN.rawValue | (isWanted ? EPOLLOUT.rawValue : 0)
    event.data.fd = file
    epoll_ctl(descriptor, EPOLL_CTL_MOD, file, &event)
  }

  public func remove(_ file: CInt) {
    var event = epoll_event()
    epoll_ctl(descriptor, EPOLL_CTL_DEL, file, &event)
  }

  /// The descriptors that are readable; none when the time is over. Nil waits without a limit.
  public func wait(atMost limit: Duration?) -> [CInt] {
    let count = epoll_wait(descriptor, &events, Int32(events.count), Self.milliseconds(limit))
    return count > 0 ? events[..<Int(count)].map(\.data.fd) : []
  }

  /// Rounded up, so that a deadline has passed when the wait is over.
  private static func milliseconds(_ limit: Duration?) -> Int32 {
    guard let limit else { return -1 }
    let (seconds, attoseconds) = limit.components
    if seconds < 0 || attoseconds < 0 { return 0 }
    if seconds > 3600 { return 3_600_000 }
    return Int32(seconds) * 1000 + Int32((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}

/// eventfd(2): wakes a thread that waits in a ``Poller`` from any other.
public final class Wakeup: Sendable {
  public let descriptor: CInt

  public init() throws(SystemError) {
    descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    guard descriptor >= 0 else { throw .last("create", "eventfd") }
  }

  deinit { close(descriptor) }

  public func signal() { eventfd_write(descriptor, 1) }

  public func clear() {
    var count: eventfd_t = 0
    eventfd_read(descriptor, &count)
  }
}

/// signalfd(2): ends of children as something to read. For one thread, whose process handles SIGCHLD no other way.
public final class ChildSignal {
  public let descriptor: CInt

  public init() throws(SystemError) {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGCHLD)
    sigprocmask(SIG_BLOCK, &signals, nil)
    descriptor = signalfd(-1, &signals, Int32(SFD_CLOEXEC | SFD_NONBLOCK))
    guard descriptor >= 0 else { throw .last("create", "signalfd") }
  }

  deinit { close(descriptor) }

  public func clear() {
    var room = [UInt8](repeating: 0, count: 1024)
    while Glibc.read(descriptor, &room, room.count) > 0 {}
  }
}

/// timerfd(2) by CLOCK_BOOTTIME: becomes readable at a time, also when the machine slept over it. For one thread.
public final class BootTimer {
  public let descriptor: CInt

  public init() throws(SystemError) {
    descriptor = dmake_boot_timer()
    guard descriptor >= 0 else { throw .last("create", "timerfd") }
  }

  deinit { close(descriptor) }

  public func set(_ time: Duration) {
    let (seconds, attoseconds) = time.components
    // Zero would mean never.
    dmake_boot_timer_set(descriptor, max(1, seconds * 1_000_000_000 + attoseconds / 1_000_000_000))
  }

  public func clear() {
    var count: UInt64 = 0
    _ = read(descriptor, &count, 8)
  }
}

/// CLOCK_BOOTTIME, which also counts while the machine sleeps (clock_gettime(2)).
public func bootTime() -> Duration { time(CLOCK_BOOTTIME) }

/// CLOCK_MONOTONIC, which counts from the boot and is never set (clock_gettime(2)).
public func monotonicTime() -> Duration { time(CLOCK_MONOTONIC) }

/// By how much CLOCK_REALTIME may be wrong at most, and whether another clock holds it (adjtimex(2)); nil where the
/// kernel does not tell.
public func clockError() -> (microseconds: Int64, isSynchronised: Bool)? {
  var isSynchronised: CInt = 0
  let error = dmake_clock_error(&isSynchronised)
  return error < 0 ? nil : (error, isSynchronised != 0)
}

/// CLOCK_REALTIME since 1970.
public func wallTime() -> Duration { time(CLOCK_REALTIME) }

private func time(_ clock: clockid_t) -> Duration {
  var time = timespec()
  clock_gettime(clock, &time)
  return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}
