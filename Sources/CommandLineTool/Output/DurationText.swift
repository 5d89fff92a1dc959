import ArgumentParser
import Model

/// A duration as a person writes it: `500ms`, `10s`, `2m`, `1h`.
public struct DurationArgument: Equatable, Sendable, ExpressibleByArgument, CustomStringConvertible {
  public let duration: Duration
  public init(_ duration: Duration) { self.duration = duration }

  /// Nil unless it is digits and one of the units; at most a year, so that sums of durations cannot overflow.
  public init?(argument: String) {
    let digits = argument.prefix { ("0"..."9").contains($0) }
    guard digits.count <= 12, let count = Int64(digits),
      let unit = Self.units[String(argument.dropFirst(digits.count))]
    else { return nil }
    let (milliseconds, overflow) = count.multipliedReportingOverflow(by: unit)
    guard !overflow, milliseconds <= 366 * 86_400_000 else { return nil }
    duration = .milliseconds(milliseconds)
  }

  private static let units: SortedMap<String, Int64> = ["ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000]

  public var description: String {
    let milliseconds = duration.milliseconds
    if milliseconds == 0 { return "0s" }
    if milliseconds % 3_600_000 == 0 { return "\(milliseconds / 3_600_000)h" }
    if milliseconds % 60_000 == 0 { return "\(milliseconds / 60_000)m" }
    return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
  }

  public var defaultValueDescription: String { description }
}

extension Duration {
  /// An age for a table: its two greatest units, as in `3m12s` or `2d4h`.
  var age: String {
    let seconds = max(0, components.seconds)
    switch seconds {
    case ..<60: return "\(seconds)s"
    case ..<3600: return "\(seconds / 60)m\(seconds % 60)s"
    case ..<86_400: return "\(seconds / 3600)h\(seconds / 60 % 60)m"
    default: return "\(seconds / 86_400)d\(seconds / 3600 % 24)h"
    }
  }
}
