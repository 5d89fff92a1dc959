import Glibc
import GroupProtocol
import Logging
import Model

/// The actor around the ``LeaderCore``: it feeds the core one input at a time and performs the effects in order.
///
/// Nothing here waits for disk, network or make. Entries and rounds go to queues that workers of their own empty
/// (``LogWorker``, ``RoundWorker``); messages go to sessions, which have bounded queues in the transport. What
/// comes in is bounded, too: of each stream one batch waits here (``admission()``), and while the log cannot be
/// written none is taken and no tick passes, so that nobody's lease ends because a leader's disk is full.
actor LeaderDriver {
  /// Entries that the core handed over for the log.
  struct PendingAppend: Sendable {
    let first: LogIndex
    let entries: [LogEntry]
    let isDurable: Bool
  }

  /// So many entries may be on their way into the log before streams wait, since a round's result waits behind them;
  /// and so many appends, each as large as a stream's batch.
  static let entryLimit = 4096
  static let appendLimit = 128

  var core: LeaderCore
  let engine: any PolicyEngine
  let logger: Logger
  nonisolated let appends = WorkQueue<PendingAppend>()
  nonisolated let treeWork = TreeWork()

  var links: [SessionID: any AgentLink] = [:]
  var requests: [RequestID: CheckedContinuation<OperatorAnswer, Never>] = [:]
  /// Operators who wait for a part of a log; no log entry is needed for it.
  var logReaders: [RequestID: CheckedContinuation<OperatorAnswer, Never>] = [:]
  var requestCount: UInt64 = 0
  /// Why the log cannot be written now.
  private(set) var stall: String?
  private(set) var isStopping = false
  /// The position of a tick that is not in the log yet: the next one waits for it.
  private var tickUnderWay: LogIndex?
  private var atTheDoor: [CheckedContinuation<Void, Never>] = []

  init(state: LeaderState, timing: Timing, engine: any PolicyEngine, logger: Logger) {
    core = LeaderCore(state: state, timing: timing)
    self.engine = engine
    self.logger = logger
  }

  var state: LeaderState { core.state }

  /// The time of day, for people.
  static func wallTime() -> WallTime {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return WallTime(milliseconds: Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000)
  }

  func step(_ input: LeaderInput) {
    for effect in core.step(input, time: Self.wallTime()) { perform(effect) }
  }

  /// One tick, unless the last one is still on its way into the log.
  func tick() {
    guard tickUnderWay == nil, stall == nil, !isStopping else { return }
    step(.tick)
  }

  /// The log holds everything up to `index` in the way that was asked for.
  func appended(through index: LogIndex) {
    if let waiting = tickUnderWay, waiting <= index { tickUnderWay = nil }
    if stall != nil {
      stall = nil
      log(Note(.info, "the log can be written again"))
    }
    step(.appended(through: index))
    openDoor()
  }

  /// The log cannot be written now. What is not in it is acknowledged to nobody; it is tried again.
  func stalled(_ reason: String) {
    if stall == nil {
      log(
        Note(
          .error, "the log cannot be written; nothing is acknowledged until it can be", ["reason": reason]))
    }
    stall = reason
    refuseRequests(
      Rejection(
        .unavailable, "the leader cannot write its log; what was applied becomes active when it can: \(reason)")
    )
  }

  /// Nobody comes in any more, and who waits for an answer gets one.
  func stop() {
    isStopping = true
    openDoor()
    refuseRequests(Self.stopping)
    refuseLogReaders()
  }

  private func refuseRequests(_ rejection: Rejection) {
    let waiting = requests.values
    requests = [:]
    for continuation in waiting { continuation.resume(returning: .rejected(rejection)) }
  }

  static let stopping = Rejection(.unavailable, "the leader is stopping; ask again when it is back")

  /// Waits until there is room for what a stream brings.
  func admission() async {
    while !isStopping, stall != nil || isCrowded { await withCheckedContinuation { atTheDoor.append($0) } }
  }

  private var isCrowded: Bool {
    core.entriesUnderWay >= Self.entryLimit || appends.count >= Self.appendLimit
  }

  private func openDoor() {
    let waiting = atTheDoor
    atTheDoor = []
    for continuation in waiting { continuation.resume() }
  }

  private func perform(_ effect: LeaderEffect) {
    switch effect {
    case .append(let first, let entries, let isDurable):
      if entries.contains(where: \.isTick) { tickUnderWay = first + LogIndex(entries.count) - 1 }
      appends.put(PendingAppend(first: first, entries: entries, isDurable: isDurable))
    case .send(let session, let messages): links[session]?.send(messages)
    case .close(let session):
      links[session]?.close()
      links[session] = nil
    case .store: treeWork.show(core.state.tree)
    case .startRound(let request):
      treeWork.begin(request, core.state.policies.bundles[request.policy])
    case .answer(let request, let answer):
      let waiting = requests.removeValue(forKey: request) ?? logReaders.removeValue(forKey: request)
      waiting?.resume(returning: answer)
    case .note(let note): log(note)
    }
  }

  func log(_ note: Note) {
    let metadata = Logger.Metadata(uniqueKeysWithValues: note.data.map { ($0, .string($1)) })
    logger.log(level: note.level.logLevel, "\(note.message)", metadata: metadata)
  }
}

extension LogEntry {
  fileprivate var isTick: Bool { if case .tick = self { true } else { false } }
}

extension Note.Level {
  fileprivate var logLevel: Logger.Level {
    switch self {
    case .debug: .debug
    case .info: .info
    case .warning: .warning
    case .error: .error
    }
  }
}
