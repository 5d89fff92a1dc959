import Model

/// The files of a process that are reported when they change.
public struct WatchedProcess: Equatable, Sendable, CustomStringConvertible {
  public let name: ProcessName
  public let files: [NodeFile]
  public let refresh: ProcessConfiguration.Refresh
  public init(name: ProcessName, files: [NodeFile], refresh: ProcessConfiguration.Refresh) {
    self.name = name
    self.files = files
    self.refresh = refresh
  }
  public var description: String {
    let names = files.map(\.name).joined(separator: " ")
    return switch refresh {
    case .event: "\(name)/{\(names)} on event"
    case .period(let period): "\(name)/{\(names)} each \(period.milliseconds)ms"
    }
  }
}
