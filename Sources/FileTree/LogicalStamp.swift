import Linux
import Model

/// The time of a change, in rounds and passes instead of seconds, which make reads from a file's time of
/// modification.
///
/// In each pass of a round inputs come first, then what rules made of them, then files that were put together from the
/// values that rules assigned: what was made is newer than what it was made from, and older than the next change of
/// it. Wall-clock times would not do: an output written "now" would be newer than every input of the next years.
public struct LogicalStamp: Hashable, Comparable, Sendable, CustomStringConvertible {
  private static let stampsPerPass: UInt64 = 3
  /// Room for passes beyond a round's limit after a quarantine.
  private static let stampsPerRound: UInt64 = 256
  /// 2001-09-09T01:46:40Z: long past, so that whatever a recipe writes during a run is newer than every stamp.
  private static let baseSeconds: Int64 = 1_000_000_000

  /// Older than any input: a target with this stamp is made anew.
  public static let never = LogicalStamp(value: 0)
  /// Newer than every other stamp, and long past too (2017-07-14T02:40:00Z).
  public static let always = LogicalStamp(value: 500_000_000_000_000)

  public let value: UInt64

  public init(value: UInt64) { self.value = value }

  /// Of what changed before pass `pass` of the round at `index` began; outside inputs change before pass 1.
  public static func input(_ index: LogIndex, pass: Int) -> LogicalStamp {
    LogicalStamp(value: (index + 1) * stampsPerRound + stampsPerPass * UInt64(pass))
  }

  /// Of what was made in pass `pass` of the round at `index`.
  public static func output(_ index: LogIndex, pass: Int) -> LogicalStamp {
    LogicalStamp(value: input(index, pass: pass).value + 1)
  }

  /// Of what was put together after pass `pass`, from what its rules assigned.
  public static func assembled(_ index: LogIndex, pass: Int) -> LogicalStamp {
    LogicalStamp(value: input(index, pass: pass).value + 2)
  }

  /// The position of the round; nil for ``never``.
  public var index: LogIndex? { value == 0 ? nil : value / Self.stampsPerRound - 1 }

  /// A microsecond a stamp.
  public var fileTime: FileTime {
    FileTime(
      seconds: Self.baseSeconds + Int64(value / 1_000_000), nanoseconds: Int64(value % 1_000_000) * 1000)
  }

  public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
  public var description: String {
    "\(index ?? 0)+\(value % Self.stampsPerRound)"
  }
}
