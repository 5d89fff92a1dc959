import Linux
import Model

/// A position in the log as a file's time of modification, which is what make compares.
///
/// A file that came from outside at index i is older than what rules make of it at i, pass by pass, and all of that
/// is older than what comes from outside at i+1. Each index has ``slotsPerIndex`` microseconds: the first one for
/// inputs, then one a pass, the rest in reserve; microseconds, since not every file system keeps nanoseconds.
///
/// Time begins at 2001-09-09T01:46:40Z. The 2.5·10¹³ indexes up to 2026, at 10,000 entries a second some eighty
/// years of log, all lie in the past, so that make never warns of files from the future.
public struct LogicalTime: Hashable, Comparable, Sendable, CustomStringConvertible {
  public static let passLimit = 16
  public static let slotsPerIndex: UInt64 = 32
  static let baseSeconds: Int64 = 1_000_000_000

  public let index: LogIndex
  /// 0 for an input; from 1 for what that pass of the round made.
  public let pass: Int

  /// What came from outside at that position of the log.
  public static func input(_ index: LogIndex) -> LogicalTime { LogicalTime(index: index, pass: 0) }

  /// What a pass of the round that began there made; a broken limit of passes is a fault of the program.
  public static func output(_ index: LogIndex, pass: Int) -> LogicalTime {
    precondition((1...passLimit).contains(pass), "a round has 1 to \(passLimit) passes, not \(pass)")
    return LogicalTime(index: index, pass: pass)
  }

  private init(index: LogIndex, pass: Int) {
    self.index = index
    self.pass = pass
  }

  public var fileTime: FileTime {
    let slot = index * Self.slotsPerIndex + UInt64(pass)
    return FileTime(
      seconds: Self.baseSeconds + Int64(slot / 1_000_000), nanoseconds: Int64(slot % 1_000_000) * 1000)
  }

  /// The logical time that a file carries; nil for a time of the clock or another program.
  public init?(_ time: FileTime) {
    guard time.seconds >= Self.baseSeconds, time.seconds < 1 << 40, time.nanoseconds % 1000 == 0 else {
      return nil
    }
    let slot = UInt64(time.seconds - Self.baseSeconds) * 1_000_000 + UInt64(time.nanoseconds / 1000)
    let pass = Int(slot % Self.slotsPerIndex)
    guard pass <= Self.passLimit else { return nil }
    self.init(index: slot / Self.slotsPerIndex, pass: pass)
  }

  public static func < (left: Self, right: Self) -> Bool { (left.index, left.pass) < (right.index, right.pass) }
  public var description: String { pass == 0 ? "\(index)" : "\(index)+\(pass)" }
}
