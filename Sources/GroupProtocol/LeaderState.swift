import Model

/// The replicated half of a leader: what follows from the log and from nothing else.
///
/// Every replica that applies the same entries has the same value, and a snapshot is this value. It decides who is
/// a member, which events wait, when a round is due and what of the tree changes; it never talks to anyone. What it
/// wants told or done comes back from ``apply(_:at:)`` as outcomes, which the leader that is in touch with the
/// agents (``LeaderCore``) turns into effects.
///
/// The paper's lock (section 4): while a round runs, entries are taken note of (reports are acknowledged, leases
/// renewed), but what they do to the tree waits in ``deferred`` until the round's result is in the log. The tree is
/// therefore still during a round, and whether an entry waits follows from the log alone.
public struct LeaderState: Equatable, Sendable {
  public package(set) var epoch: UInt64 = 0
  /// The epoch in which this log began: configurations from before it are from a log that was lost.
  public package(set) var birthEpoch: UInt64 = 0
  /// The position of the last applied entry.
  public package(set) var index: LogIndex = 0
  public package(set) var tick: Tick = 0
  /// The time of day that the last entry with one carried.
  public package(set) var time = WallTime(milliseconds: 0)
  public package(set) var timing = Timing.standard
  /// No round begins before: after a lost log the agents' reports rebuild the tree first.
  public package(set) var quietUntil: Tick = 0
  /// Until when the brake has given nodes more time; see ``expireLeases(at:)``.
  public package(set) var brakeUntil: Tick = 0

  public package(set) var tree = Tree()
  public package(set) var nodes = SortedMap<NodeName, Node>()
  /// Reports that were taken from nodes which are gone, so that none is taken twice when they come back.
  public package(set) var departed = SortedMap<NodeName, Departure>()
  /// Occurrences that no round has handled yet, by their files, oldest first.
  public package(set) var waiting = SortedMap<TreePath, [Event]>()
  /// Event files whose content in the tree lags behind what waits; see ``showEvents()``.
  public package(set) var staleEvents = SortedSet<TreePath>()

  public package(set) var policies = PolicyHistory()
  /// What the active policy reads, as its last round said; before that, what the policy before it read.
  public package(set) var interest = Interest.everything
  public package(set) var memory: WrapperMemory = [:]
  public package(set) var problems: [RuleProblem] = []
  public package(set) var provenance = ProvenanceHistory()
  /// Targets whose quarantine operators have lifted since the last round.
  public package(set) var lifted = SortedSet<String>()

  /// Outside inputs that changed since the last round began.
  public package(set) var changed = SortedSet<TreePath>()
  /// Something that a rule reads changed since the last round began.
  public package(set) var isDirty = false
  public package(set) var running: RunningRound?
  var postponed = DeferredEntries()
  public package(set) var rounds: UInt64 = 0
  public package(set) var lastRound: LogIndex = 0
  /// The last round that came to a result: one that could not begin has decided nothing.
  public package(set) var lastDecided: LogIndex = 0
  /// Files which rules of the active policy are to make that have not succeeded yet.
  public package(set) var undecided = SortedSet<TreePath>()
  /// Files that agents held when the log was lost, and that no round has seen: nobody knows yet which rule makes them.
  public package(set) var adopted = SortedSet<TreePath>()

  /// How many departed nodes are remembered.
  public static let departureLimit = 4096
  /// After this many ticks a node may come back although its loss was not handled.
  public static let lossHandlingLimitTicks: Tick = 60

  public init() {}

  /// Occurrences that no round has handled yet; those of one file oldest first.
  public package(set) var events: [Event] {
    get { waiting.values.flatMap(\.self) }
    set {
      waiting = [:]
      for event in newValue { waiting[event.path, default: []].append(event) }
    }
  }

  public package(set) var deferred: [DeferredEntry] {
    get { postponed.list }
    set { postponed = DeferredEntries(newValue) }
  }

  public var stamp: Stamp { Stamp(epoch: epoch, index: index) }
  /// The nodes that are present, in order.
  public var members: [NodeName] { nodes.filter { $1.phase == .present }.keys }

  /// The running round's request, as it was when it began: nothing in it changes before its result is applied.
  public var request: RoundRequest? {
    guard let running, let policy = policies.active else { return nil }
    return RoundRequest(
      index: running.index, tick: running.tick, policy: policy, members: running.members,
      changed: running.changed, tree: tree, events: events, memory: memory, lifted: lifted,
      leftover: localFiles.union(adopted))
  }
}

extension LeaderState {
  /// A node in the leader's books.
  public struct Node: Equatable, Sendable {
    public let instance: String
    public package(set) var incarnation: UInt64
    public package(set) var phase: NodePhase
    /// The last tick at which it counts as alive without another renewal.
    public package(set) var leaseEnd: Tick
    /// The last report that is in the log; the node's component of the paper's vector clock.
    public package(set) var acknowledged: UInt64
    /// The last report that the tree has seen: behind `acknowledged` only while a round runs.
    public package(set) var seen: UInt64
    /// Files that the node owns: a policy does not write them and they are not delivered.
    public package(set) var owned: SortedSet<NodeFile>
    /// Whether its `new-node` stands or stood in the tree.
    public package(set) var isAnnounced: Bool
    /// The position at which it joined; a later start of its agent does not change it.
    public package(set) var joinedAt: LogIndex
    public package(set) var lostAt: Tick?
    /// What the node decides by itself: files of it are the node's own.
    public package(set) var local: LocalPart
    /// What its agent goes by.
    public package(set) var inForce: InForce

    public init(
      instance: String, incarnation: UInt64, phase: NodePhase, leaseEnd: Tick, acknowledged: UInt64,
      seen: UInt64, owned: SortedSet<NodeFile>, isAnnounced: Bool, joinedAt: LogIndex, lostAt: Tick?,
      local: LocalPart = .none, inForce: InForce = .nothing
    ) {
      self.instance = instance
      self.incarnation = incarnation
      self.phase = phase
      self.leaseEnd = leaseEnd
      self.acknowledged = acknowledged
      self.seen = seen
      self.owned = owned
      self.isAnnounced = isAnnounced
      self.joinedAt = joinedAt
      self.lostAt = lostAt
      self.local = local
      self.inForce = inForce
    }
  }

  /// What is remembered of a node that is gone.
  public struct Departure: Hashable, Sendable {
    public let instance: String
    public let incarnation: UInt64
    public let acknowledged: UInt64
    public let index: LogIndex
    public init(instance: String, incarnation: UInt64, acknowledged: UInt64, index: LogIndex) {
      self.instance = instance
      self.incarnation = incarnation
      self.acknowledged = acknowledged
      self.index = index
    }
  }

  /// The round whose result is not in the log yet.
  public struct RunningRound: Equatable, Sendable {
    public let index: LogIndex
    public let tick: Tick
    public let members: [NodeName]
    public let changed: SortedSet<TreePath>
    public init(index: LogIndex, tick: Tick, members: [NodeName], changed: SortedSet<TreePath>) {
      self.index = index
      self.tick = tick
      self.members = members
      self.changed = changed
    }
  }

  /// An entry whose effect on the tree waits for the running round's result; see ``DeferredEntries``.
  public struct DeferredEntry: Equatable, Sendable {
    public let index: LogIndex
    public let entry: LogEntry
    public init(index: LogIndex, entry: LogEntry) {
      self.index = index
      self.entry = entry
    }
  }

  /// What applying an entry asks of a leader that is in touch with the agents.
  public enum Outcome: Equatable, Sendable {
    /// Outside inputs of the tree changed; the copy on disk follows.
    case stored([TreeChange], index: LogIndex)
    /// A round's outputs changed the tree; the wrapper has them on disk already.
    case decided([TreeChange])
    case admitted(NodeName)
    case acknowledged(NodeName)
    case renewed([NodeName])
    /// The node was declared lost.
    case lost(NodeName)
    /// The node's loss was handled and its folder is gone: it may join again.
    case released(NodeName)
    case activated(Digest, index: LogIndex)
    /// These targets are quarantined no more.
    case lifted([String], index: LogIndex)
    case roundBegan(RoundRequest)
    /// Agents are to send other parts of their files.
    case interestChanged
    /// Nodes may have other parts to decide by themselves.
    case localChanged
    case note(Note)
  }
}
