import Model

/// What a node's agent decides by itself: the policy whose `[local]` rules it runs, and the files that these make.
///
/// The leader says so, level and not edge: it tells an agent its part until the agent says that it goes by it.
public struct LocalPart: Equatable, Sendable, CustomStringConvertible {
  /// A node without local rules.
  public static let none = LocalPart(policy: nil, since: .zero, files: [])

  /// Nil where the node has no local rules.
  public let policy: Digest?
  /// The version of the tree from which on it is so. A part that was taken away and given back is another one, since
  /// the leader has not kept what the agent had told it before.
  public let since: Stamp
  public let files: SortedSet<NodeFile>
  /// Tells one from another.
  public let digest: Digest

  public init(policy: Digest?, since: Stamp, files: SortedSet<NodeFile>) {
    self.policy = policy
    self.since = since
    self.files = files
    let text = "\(policy?.hex ?? "none") \(since)\n" + files.map { "\($0)\n" }.joined()
    digest = Digest(of: text.utf8)
  }

  public var description: String {
    guard let policy else { return "no local rules since \(since)" }
    return "local \(policy) since \(since) [\(files.map(\.text).joined(separator: " "))]"
  }
}

/// What an agent says of its local rules, in its hello and whenever it changes.
public struct LocalReport: Equatable, Sendable, CustomStringConvertible {
  /// Of an agent that never had any.
  public static let none = LocalReport(part: LocalPart.none.digest, policy: nil, problems: [])

  /// The digest of the part that it goes by.
  public let part: Digest
  /// The policy that it has on its disk.
  public let policy: Digest?
  /// They are tried again at ticks of the node's own, of a second each.
  public let problems: [RuleProblem]
  /// Which of these it is; nil from an agent that does not say.
  public let tick: Tick?

  public init(part: Digest, policy: Digest?, problems: [RuleProblem], tick: Tick? = nil) {
    self.part = part
    self.policy = policy
    self.problems = problems
    self.tick = tick
  }

  public var description: String {
    "goes by local \(part) of \(policy?.description ?? "no policy")"
      + problems.map { ", problem \($0)" }.joined()
  }
}

/// What an agent remembers of its local rules through a crash of itself.
public struct LocalRecord: Equatable, Sendable, CustomStringConvertible {
  public var part = LocalPart.none
  /// Of the last local round whose result counts: the agent's own log has no other entries.
  public var index: LogIndex = 0
  /// Back-offs are counted in these, on from where the last agent was.
  public var tick: Tick = 0
  /// Files that local rules make, and that are no leader's therefore.
  public var owned: SortedSet<NodeFile> = []
  /// Decided and not known to stand on the disk: they are delivered again by the agent that comes after a crash.
  public var pending: [Configuration.File] = []
  public var memory: WrapperMemory = [:]
  /// Ends of processes that no local round has handled yet.
  public var events: [Event] = []

  public init() {}

  public var description: String {
    "\(part) round \(index) owned [\(owned.map(\.text).joined(separator: " "))]"
      + (pending.isEmpty ? "" : " pending [\(pending.map(\.description).joined(separator: ", "))]")
      + (events.isEmpty ? "" : " events [\(events.map(\.description).joined(separator: ", "))]")
  }
}
