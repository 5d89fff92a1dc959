public import Linux
public import Model
public import Supervision

/// Runs the commands of a node's probes and takes what they print. For one thread, which never waits for one.
public final class NodeProbeCommands {
  /// More is no state but a mistake, or an attack.
  public static let sizeLimitBytes = 64 << 10

  public enum Outcome: Equatable, Sendable {
    case printed([UInt8])
    case failed(String)
  }

  public struct Finding: Equatable, Sendable {
    public let probe: NodeProbe
    public let outcome: Outcome
  }

  private let folders: NodeFolders
  private let preparation: StartPreparation
  private let commands: BoundedCommands<NodeProbe>

  public init(folders: NodeFolders, preparation: StartPreparation, poller: Poller) throws(SystemError) {
    self.folders = folders
    self.preparation = preparation
    commands = try BoundedCommands("probe", poller: poller, outputLimitBytes: Self.sizeLimitBytes)
  }

  /// Where commands get control groups; nil: they have none.
  public var controlGroups: ControlGroupFolder? {
    get { commands.controlGroups }
    set { commands.controlGroups = newValue }
  }

  /// When ``timeout(at:)`` is due.
  public var deadline: Instant? { commands.deadline }

  public func owns(_ file: CInt) -> Bool { commands.owns(file) }

  /// Begins a run; answers what is known at once, and nil where it takes time.
  public func run(_ probe: NodeProbe, node: NodeName, now: Instant) -> Finding? {
    do {
      let executable = try preparation.permitted(probe.command.first ?? "")
      var request = SpawnRequest(
        executables: [executable], arguments: probe.command,
        environment: [
          "PATH=\(StartPreparation.standardPath)", "DMAKE_NODE=\(node)", "DMAKE_PROBE=\(probe.name)",
        ])
      request.folder = folders.path
      try commands.run(request, for: probe, within: probe.timeout, now: now)
      return nil
    } catch {
      return Finding(probe: probe, outcome: .failed("\(error)"))
    }
  }

  /// What a descriptor of ``owns(_:)`` tells now that it is ready.
  public func take(_ file: CInt) -> Finding? { commands.take(file).map(Self.finding) }

  /// Gives up runs that take too long.
  public func timeout(at now: Instant) -> [Finding] { commands.timeout(at: now).map(Self.finding) }

  private static func finding(_ found: BoundedCommands<NodeProbe>.Finding) -> Finding {
    switch found.outcome {
    case .succeeded(let output): Finding(probe: found.subject, outcome: .printed(output))
    // It becomes a part of the machine's state, which must not change with every word of a failing command.
    case .failed(let reason, _): Finding(probe: found.subject, outcome: .failed(reason))
    }
  }
}
