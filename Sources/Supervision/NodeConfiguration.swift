import Model

/// What a node must run: the value of its `DMake/config.xml` (paper, section 5). Module NodeSchema reads it from
/// XML; nothing here knows the notation.
public struct NodeConfiguration: Equatable, Sendable {
  /// Given to every process of the node; a process's own entries win.
  public let environment: SortedMap<String, String>
  public let processes: SortedMap<ProcessName, ProcessConfiguration>
  /// As they stand in the file: those that others need come first, and are the last to be signalled at a stop.
  public let order: [ProcessName]
  /// What is run when no leader has heard the node in time; empty: nothing.
  public let isolationCommand: [String]
  public let probes: [NodeProbe]

  public static let empty = NodeConfiguration(environment: [:], processes: [])

  /// Of two processes with one name the last wins; module NodeSchema refuses them before.
  public init(
    environment: SortedMap<String, String>, processes: [ProcessConfiguration], isolationCommand: [String] = [],
    probes: [NodeProbe] = []
  ) {
    self.environment = environment
    self.processes = SortedMap(processes.map { ($0.name, $0) })
    order = processes.map(\.name)
    self.isolationCommand = isolationCommand
    self.probes = probes
  }

  /// What is executed for the process, with the node's environment merged in; nil if the node does not run it.
  public func launch(of name: ProcessName) -> Launch? {
    guard let process = processes[name] else { return nil }
    var merged = environment
    for (key, value) in process.environment { merged[key] = value }
    return Launch(process, environment: merged)
  }
}
