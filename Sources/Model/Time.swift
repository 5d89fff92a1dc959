/// A point of monotonic time, counted from a start that only differences make sense of. Cores are handed one with
/// each input; none reads a clock.
public struct Instant: Hashable, Comparable, Sendable, CustomStringConvertible {
  public static let zero = Instant(sinceStart: .zero)

  public let sinceStart: Duration
  public init(sinceStart: Duration) { self.sinceStart = sinceStart }

  public static func + (instant: Instant, duration: Duration) -> Instant {
    Instant(sinceStart: instant.sinceStart + duration)
  }
  public static func - (left: Instant, right: Instant) -> Duration { left.sinceStart - right.sinceStart }
  public static func < (left: Instant, right: Instant) -> Bool { left.sinceStart < right.sinceStart }

  public var description: String { "\(sinceStart.milliseconds)ms" }
}

extension Duration {
  /// Whole milliseconds, rounded down.
  public var milliseconds: Int64 {
    components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
  }
}

/// Time of day in milliseconds since 1970 (UTC), for people and event files. No decision hangs on it.
public struct WallTime: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let milliseconds: Int64
  public init(milliseconds: Int64) { self.milliseconds = milliseconds }
  public static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

  /// RFC 3339 in UTC with milliseconds, from the proleptic Gregorian calendar's arithmetic: formatting must not
  /// pull a calendar library into the cores.
  public var description: String {
    let day = Int64(86_400_000)
    let days = milliseconds >= 0 ? milliseconds / day : (milliseconds - day + 1) / day
    let rest = milliseconds - days * day
    // Days are counted from 0000-03-01, so that the leap day is the last one of its year.
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let dayOfMonth = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    func padded(_ value: Int64, _ width: Int) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(dayOfMonth, 2) + "T"
      + padded(rest / 3_600_000, 2) + ":"
      + padded(rest / 60_000 % 60, 2) + ":" + padded(rest / 1000 % 60, 2) + "." + padded(rest % 1000, 3) + "Z"
  }
}

/// A count of the leader's ticks, one a second by default: the only time that replicas agree on.
public typealias Tick = UInt64

/// A position in the log; the first entry has 1.
public typealias LogIndex = UInt64

/// Which version of the tree a file belongs to: the leader's epoch, then the position in its log.
///
/// A leader that starts without its log takes an epoch above every one it hears of, so that its configurations
/// win over older ones although its log begins at 1 again.
public struct Stamp: Hashable, Comparable, Sendable, CustomStringConvertible {
  public static let zero = Stamp(epoch: 0, index: 0)

  public let epoch: UInt64
  public let index: LogIndex
  public init(epoch: UInt64, index: LogIndex) {
    self.epoch = epoch
    self.index = index
  }

  public static func < (left: Self, right: Self) -> Bool {
    (left.epoch, left.index) < (right.epoch, right.index)
  }
  public var description: String { "\(epoch).\(index)" }
}
