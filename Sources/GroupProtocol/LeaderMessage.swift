import Model

/// What a leader says to an agent.
public enum LeaderMessage: Equatable, Sendable {
  case welcome(Welcome)
  /// The leader will not have this agent; the text is a sentence for its operator. The agent tries again with
  /// back-off where `isFinal` is not set (the node's loss is still being handled), else it ends.
  case refused(String, isFinal: Bool)
  /// Every report up to this number is on the leader's disk.
  case acknowledged(sequence: UInt64)
  /// The heartbeat's renewal is in the log. `isSettled` as in ``Welcome``; said anew as soon as it becomes true.
  case answered(heartbeat: UInt64, isSettled: Bool = true)
  case configure(Configuration)
  /// What of the node's own files the policy reads. Told again until the agent has said that it goes by it.
  case interest(NodeInterest)
  /// An operator wants to see what a process printed. Answered once, by ``AgentMessage/log(number:_:)``.
  case readLog(number: UInt64, LogQuery)
  /// What the node decides by itself, with the policy unless the agent has it. Told again like the interest.
  case local(LocalPart, Bundle?)
}

/// The answer to a ``Hello``.
public struct Welcome: Hashable, Sendable, CustomStringConvertible {
  public let epoch: UInt64
  /// The last report of this agent that the leader has on disk, of whatever incarnation; 0 where it has none.
  public let acknowledged: UInt64
  /// The leader has no state of this node: the agent reports every state file that it has, and also the
  /// configurations that it holds where `holdings` is set (the leader has lost its log).
  public let resend: Bool
  public let holdings: Bool
  public let timing: Timing
  /// A round has seen the node since it joined, and the agent has the configuration that follows. Until then an agent
  /// that was isolated starts nothing of what runs only under a lease: other nodes may run it.
  public let isSettled: Bool

  public init(
    epoch: UInt64, acknowledged: UInt64, resend: Bool, holdings: Bool, timing: Timing, isSettled: Bool = true
  ) {
    self.isSettled = isSettled
    self.epoch = epoch
    self.acknowledged = acknowledged
    self.resend = resend
    self.holdings = holdings
    self.timing = timing
  }

  public var description: String {
    "epoch \(epoch) acknowledged \(acknowledged)" + (resend ? " resend" : "") + (holdings ? " holdings" : "")
      + (isSettled ? "" : " unsettled")
  }
}

/// Files for a node. Each carries its own stamp and is a register in which the greater stamp wins: messages may be
/// lost, doubled or reordered, and every agent still ends with exactly the leader's files.
public struct Configuration: Equatable, Sendable, CustomStringConvertible {
  public struct File: Equatable, Sendable, CustomStringConvertible {
    public let file: NodeFile
    public let stamp: Stamp
    /// Nil removes the file.
    public let content: Content?
    public init(file: NodeFile, stamp: Stamp, content: Content?) {
      self.file = file
      self.stamp = stamp
      self.content = content
    }
    public var description: String { "\(file)@\(stamp) = \(content.map(\.description) ?? "removed")" }
  }

  /// The leader's position when it sent this.
  public let stamp: Stamp
  /// The last report of the node that this configuration has seen (the node's component of the paper's vector
  /// clock): response times and `--wait` are measured by it.
  public let seen: UInt64
  public let files: [File]

  public init(stamp: Stamp, seen: UInt64, files: [File]) {
    self.stamp = stamp
    self.seen = seen
    self.files = files
  }

  public var description: String {
    "\(stamp) seen \(seen) [\(files.map(\.description).joined(separator: ", "))]"
  }
}

extension LeaderMessage: CustomStringConvertible {
  public var description: String {
    switch self {
    case .welcome(let welcome): "welcome \(welcome)"
    case .refused(let reason, let isFinal): "refused\(isFinal ? " for good" : ""): \(reason)"
    case .acknowledged(let sequence): "acknowledged \(sequence)"
    case .answered(let heartbeat, let isSettled): "answered \(heartbeat)\(isSettled ? "" : " unsettled")"
    case .configure(let configuration): "configure \(configuration)"
    case .interest(let interest): "interest \(interest)"
    case .readLog(let number, let query): "read log #\(number) of \(query)"
    case .local(let part, let bundle): "\(part)" + (bundle == nil ? "" : " with the policy")
    }
  }
}
