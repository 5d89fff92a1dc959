import Model

/// A leader as a value: agents' sessions around the replicated ``LeaderState``.
///
/// What agents and operators say becomes entries of the log; nothing happens before the log has them. When it does
/// (``LeaderInput/appended(through:)``), they are applied, and what follows is told: acknowledgements, configurations,
/// answers, the next round. Sessions, what is under way to whom, and entries that the log does not have yet are
/// volatile: a leader that starts again begins without them, and agents say everything anew.
///
/// Configurations are level, not edge: an agent tells what it has on disk, and whatever differs is sent, again
/// after ``resendTicks`` without news.
public struct LeaderCore: Equatable, Sendable {
  /// After how many ticks without an agent's word a file that it should have is sent again.
  public static let resendTicks: Tick = 3
  /// Configuration messages are cut at about this size, so that one message never fills the transport's limit.
  public static let messageLimitBytes = 1 << 20

  public internal(set) var state: LeaderState
  var sessions = LeaderSessions()
  /// Entries that were handed to the log, in order, from `state.index + 1` on.
  var underWay: [EntryUnderWay] = []
  /// The last applied position that no crash can take back. Agents are told of no later one: a leader that came
  /// back with a shorter log would give the position to another entry, and agents would take the wrong one for
  /// the newer.
  var durableIndex: LogIndex
  /// Operators who wait until what they asked for has its effect.
  var pending: [PendingRequest] = []
  /// Operators who wait for a part of a log.
  var logReads = SortedMap<RequestID, LogRead>()

  let timing: Timing

  /// A leader over the state that its log gave. Its first input must be ``LeaderInput/open``.
  public init(state: LeaderState, timing: Timing) {
    self.state = state
    self.timing = timing
    durableIndex = state.index
  }

  /// An agent's stream.
  struct Session: Equatable, Sendable {
    var hello: Hello?
    var isAdmitted = false
    /// The tick at which it last said something.
    var heardAt: Tick = 0
    /// The last report that was handed to the log.
    var submitted: UInt64 = 0
    /// The last heartbeat that came, and that was answered.
    var heartbeat: UInt64 = 0
    var answered: UInt64 = 0
    /// The heartbeats that ticks under way carry, by the positions of these ticks.
    var carried = SortedMap<LogIndex, UInt64>()
    /// What the agent says it has on disk.
    var applied = SortedMap<NodeFile, AppliedFile>()
    /// What was sent and not confirmed yet, and at which tick.
    var sent = SentFiles()
    /// Files of which the agent may have another version than the tree: all others are as they should be, or sent.
    var doubtful = SortedSet<NodeFile>()
    var processes: [ProcessReport] = []
    /// What it has reported, or owned before.
    var reported = SortedSet<NodeFile>()
    var interest: TellingInterest?
    var local: TellingLocal?
    /// Whether the agent was told that a round has settled what its node runs.
    var isToldSettled = false
  }

  struct SentFile: Equatable, Sendable {
    let stamp: Stamp
    /// Nil: the file's removal was sent.
    let digest: Digest?
    let tick: Tick
    /// None once the agent has answered.
    var bytes: Int
  }

  struct EntryUnderWay: Equatable, Sendable {
    let entry: LogEntry
    let isDurable: Bool
  }

  struct PendingRequest: Equatable, Sendable {
    let request: RequestID
    let index: LogIndex
  }

  /// How many entries were handed to the log and are not applied yet.
  public var entriesUnderWay: Int { underWay.count }
  /// The position that the next entry gets.
  var nextIndex: LogIndex { state.index + LogIndex(underWay.count) + 1 }
  /// The newest version that agents may be told of.
  var stamp: Stamp { Stamp(epoch: state.epoch, index: durableIndex) }

  public mutating func step(_ input: LeaderInput, time: WallTime) -> [LeaderEffect] {
    switch input {
    case .open:
      // A round without a logged result runs again.
      let epoch = max(1, state.epoch)
      let resumed = state.request.map { [LeaderEffect.startRound($0)] } ?? []
      return append([.opened(epoch: epoch, timing: timing, time: time)], isDurable: true) + resumed
    case .connected(let session):
      sessions[session] = Session()
      return []
    case .disconnected(let session):
      sessions[session] = nil
      return abandonLogs(of: session)
    case .received(let session, let messages):
      return receive(messages, from: session, time: time)
    case .appended(let index):
      return applyEntries(through: index)
    case .finished(let result):
      return append([.finished(result)], isDurable: true)
    case .tick:
      return tick(time: time)
    case .activate(let request, let bundle, let author, let expected):
      return activate(Activation(bundle: bundle, time: time, author: author), request, expected: expected)
    case .lift(let request, let targets, let author):
      pending.append(PendingRequest(request: request, index: nextIndex))
      return append([.lifted(Lift(targets: targets, time: time, author: author))], isDurable: true)
    case .readLog(let request, let node, let query): return readLog(request, of: node, query)
    case .abandonLog(let request): return abandonLog(request)
    }
  }

  mutating func append(_ entries: [LogEntry], isDurable: Bool) -> [LeaderEffect] {
    if entries.isEmpty { return [] }
    let first = nextIndex
    underWay += entries.map { EntryUnderWay(entry: $0, isDurable: isDurable) }
    return [.append(first: first, entries: entries, isDurable: isDurable)]
  }

  private mutating func activate(
    _ activation: Activation, _ request: RequestID, expected: Digest?
  ) -> [LeaderEffect] {
    if let expected, expected != policyUnderWay {
      let active = policyUnderWay?.description ?? "none"
      let text = "the policy was planned against \(expected), but \(active) is active now; plan it again"
      return [.answer(request, .rejected(Rejection(.outdated, text)))]
    }
    pending.append(PendingRequest(request: request, index: nextIndex))
    return append([.activated(activation)], isDurable: true)
  }

  /// The policy that is active, or will be once everything that was handed to the log has its effect.
  private var policyUnderWay: Digest? {
    let entries = state.deferred.map(\.entry) + underWay.map(\.entry)
    let digests = entries.compactMap { entry -> Digest? in
      if case .activated(let activation) = entry { activation.bundle.digest } else { nil }
    }
    return digests.last ?? state.policies.active
  }

  /// One tick of logical time: renews the leases of those who were heard, and sends again what got no word.
  private mutating func tick(time: WallTime) -> [LeaderEffect] {
    let position = nextIndex
    var renewed = SortedSet<NodeName>()
    for (id, session) in sessions where session.isAdmitted {
      guard let node = session.hello?.node, session.heartbeat > session.carried.last?.value ?? session.answered
      else { continue }
      sessions[id]?.carried[position] = session.heartbeat
      renewed.insert(node)
    }
    // A lost tick costs nothing but time, so the disk need not wait for it; what hangs on one is appended later
    // and durably, and the log keeps its order.
    var effects = append([.tick(renewed: renewed.elements, time: time)], isDurable: !renewed.isEmpty)
    for (id, session) in sessions {
      let overdue = session.sent.overdue(at: state.tick)
      if !overdue.isEmpty || !session.doubtful.isEmpty { effects += configure(id, resending: overdue) }
      effects += tellInterestAgain(id)
      effects += tellLocalAgain(id)
    }
    return effects
  }
}
