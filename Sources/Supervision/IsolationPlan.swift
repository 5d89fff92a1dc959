public import Model

/// What becomes of a process whose node no leader hears any more: by then the leader may count the node as lost, and
/// let another node do its work.
public enum IsolationPolicy: String, Hashable, Sendable, CaseIterable {
  /// It goes on.
  case keep
  /// It is stopped at the fence, and runs only while a leader surely counts its node as present.
  case stop
  /// It goes on, and a command of its own is run at the fence, say to let it take no more work.
  case command
}

/// What is to be done at the fence, for the keeper, which does it also where the agent is dead or stands still.
public struct IsolationPlan: Equatable, Sendable {
  /// The processes that are to be stopped.
  public var stopped: [ProcessName] = []
  /// How long they may take at most until they are killed.
  public var grace = Duration.zero
  /// What is run then, say to power the machine off; empty: nothing.
  public var command: [String] = []
  /// What is run for processes then, each with the rights, variables and folder of its process.
  public var processCommands: [ProcessCommand] = []

  public struct ProcessCommand: Equatable, Sendable {
    public let launch: Launch
    /// The program and its arguments.
    public let command: [String]
    public init(_ launch: Launch, _ command: [String]) {
      self.launch = launch
      self.command = command
    }
  }

  public init() {}

  /// Whether the fence means anything to this node.
  public var isNeeded: Bool { !stopped.isEmpty || !command.isEmpty || !processCommands.isEmpty }
}
