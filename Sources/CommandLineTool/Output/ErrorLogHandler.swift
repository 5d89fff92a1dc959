import Glibc
public import Logging
import Model

/// Log lines on standard error: `time level message key=value …`, or a JSON object a line for collectors.
public struct ErrorLogHandler: LogHandler {
  public enum Format: String, Sendable, CaseIterable { case text, json }

  public var logLevel: Logger.Level
  public var metadata: Logger.Metadata = [:]
  private let format: Format
  private let console: Console

  public init(level: Logger.Level, format: Format, console: Console) {
    logLevel = level
    self.format = format
    self.console = console
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
    let pairs = all.map { (key: $0, value: "\($1)") }.sorted { $0.key < $1.key }
    console.tell(Self.line(format, time: .now, event.level, "\(event.message)", pairs))
  }

  /// The line with its line feed; what came from elsewhere cannot begin a second one.
  static func line(
    _ format: Format, time: WallTime, _ level: Logger.Level, _ message: String,
    _ pairs: [(key: String, value: String)]
  ) -> String {
    switch format {
    case .text:
      let data = pairs.map { " \($0.key.visible)=\(quotedIfNeeded($0.value))" }.joined()
      return "\(time) \(level.rawValue) \(message.visible)\(data)\n"
    case .json:
      let head: [(String, JSON)] = [
        ("time", JSON(time)), ("level", .string(level.rawValue)), ("message", .string(message)),
      ]
      let members = (head + pairs.map { ($0.key, .string($0.value)) }).map(JSON.Member.init)
      return JSON.object(members).line + "\n"
    }
  }

  private static func quotedIfNeeded(_ value: String) -> String {
    let isPlain = !value.isEmpty && value.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3d }
    return isPlain ? value.visible : "\"\(value.visible.replacing("\"", with: "\\\""))\""
  }
}

extension WallTime {
  static var now: WallTime {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return WallTime(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }
}
