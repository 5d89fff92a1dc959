/// Something a core wants an operator to know. Drivers turn notes into log lines: the message is constant, what
/// varies is data.
public struct Note: Equatable, Sendable, CustomStringConvertible {
  public enum Level: String, Sendable { case debug, info, warning, error }

  public let level: Level
  public let message: String
  public let data: SortedMap<String, String>

  public init(_ level: Level, _ message: String, _ data: SortedMap<String, String> = [:]) {
    self.level = level
    self.message = message
    self.data = data
  }

  public var description: String {
    "\(level.rawValue): \(message)" + data.map { " \($0)=\($1)" }.joined()
  }
}
