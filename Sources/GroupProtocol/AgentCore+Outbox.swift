import Model

/// The reports that no leader has acknowledged, in the order of their numbers.
///
/// Of a file only the latest version waits, so the queue is bounded by the number of files, and an application that
/// writes its state a thousand times while the leader is away costs one report. Ends of processes are never merged;
/// only beyond ``stoppedLimit`` the oldest go. At most ``windowLimit`` reports, of ``windowBytes`` together, are on
/// the way at a time: while a slow leader works, later versions replace earlier ones here instead of piling up in the
/// stream.
struct Outbox: Equatable, Sendable {
  static let windowLimit = 256
  /// Room for one file of any size beside the one before it; what waits in a stream is bounded.
  static let windowBytes = 2 * Content.sizeLimitBytes
  static let stoppedLimit = 16_384
  static let resendAfter = Duration.seconds(3)
  /// Numbers are reserved on the disk in blocks of this many, so that a report costs no write.
  static let blockLimit: UInt64 = 1024
  /// By how many numbers a leader may be ahead that welcomes an agent: of numbers that were reserved and never used.
  static let lead: UInt64 = 1 << 32

  private(set) var reports = SortedMap<UInt64, Report.Body>()
  private var latest = SortedMap<NodeFile, UInt64>()
  private var latestInForce: UInt64?
  private(set) var next: UInt64
  private(set) var acknowledged: UInt64 = 0
  private struct Sent: Equatable, Sendable {
    let sequence: UInt64
    let bytes: Int
  }

  /// Sent over the present link and not acknowledged.
  private var underWay: [Sent] = []
  private var sentThrough: UInt64 = 0
  private var sentAt: Instant?
  private(set) var stoppedCount = 0

  init(next: UInt64, stopped: [AgentRecord.StoppedProcess]) {
    self.next = next
    for event in stopped { reports[event.sequence] = .stopped(event.process, event.end, event.time) }
    stoppedCount = stopped.count
  }

  var isEmpty: Bool { reports.isEmpty }
  /// When what is under way counts as lost. A second more for each MiB: sent again while it is still on its way, it
  /// would only come later.
  var resendAt: Instant? {
    underWay.isEmpty ? nil : sentAt.map { $0 + Self.resendAfter + .seconds(bytesUnderWay >> 20) }
  }
  private var bytesUnderWay: Int { underWay.reduce(0) { $0 + $1.bytes } }

  var stopped: [AgentRecord.StoppedProcess] {
    reports.compactMap { sequence, body in
      guard case .stopped(let process, let end, let time) = body else { return nil }
      return AgentRecord.StoppedProcess(sequence: sequence, process: process, end: end, time: time)
    }
  }

  /// Files whose latest version waits.
  var stateFiles: [NodeFile] { latest.keys }

  /// Answers whether the oldest end of a process had to go for it.
  mutating func add(_ body: Report.Body) -> Bool {
    var isFull = false
    switch body {
    case .state(let file, _), .held(let file, _, _):
      if let old = latest[file] { reports[old] = nil }
      latest[file] = next
    case .inForce:
      if let old = latestInForce { reports[old] = nil }
      latestInForce = next
    case .stopped:
      stoppedCount += 1
      if stoppedCount > Self.stoppedLimit, let oldest = reports.first(where: { $1.isStopped })?.0 {
        reports[oldest] = nil
        stoppedCount -= 1
        isFull = true
      }
    }
    reports[next] = body
    next += 1
    return isFull
  }

  /// A new link: nothing is under way, and the leader says what it has. Answers whether an end of a process went.
  mutating func restart(acknowledged sequence: UInt64) -> Bool {
    acknowledged = sequence
    next = max(next, sequence + 1)
    underWay = []
    sentThrough = 0
    return drop(through: sequence)
  }

  mutating func acknowledge(_ sequence: UInt64, at now: Instant) -> Bool {
    guard sequence > acknowledged else { return false }
    acknowledged = sequence
    underWay.removeAll { $0.sequence <= sequence }
    sentAt = now
    return drop(through: sequence)
  }

  private mutating func drop(through sequence: UInt64) -> Bool {
    let count = stoppedCount
    for (number, body) in reports.prefix(while: { $0.0 <= sequence }) {
      reports[number] = nil
      switch body {
      case .state(let file, _), .held(let file, _, _): if latest[file] == number { latest[file] = nil }
      case .inForce: if latestInForce == number { latestInForce = nil }
      case .stopped: stoppedCount -= 1
      }
    }
    return stoppedCount != count
  }

  /// What may be sent now; each report names the one before it.
  mutating func due(at now: Instant) -> [Report] {
    if let resendAt, resendAt <= now {
      underWay = []
      sentThrough = 0
    }
    // The time runs from the last progress, not from the last report: ever new ones must not keep one that was lost
    // from being sent again.
    if underWay.isEmpty { sentAt = now }
    var result: [Report] = []
    let start = max(sentThrough, acknowledged) + 1
    var previous = reports.lastKey(before: start) ?? acknowledged
    var room = Self.windowBytes - bytesUnderWay
    for (sequence, body) in reports.entries(from: start) {
      room -= body.contentBytes
      if underWay.count == Self.windowLimit || room < 0 { break }
      result.append(Report(sequence: sequence, previous: previous, body: body))
      underWay.append(Sent(sequence: sequence, bytes: body.contentBytes))
      sentThrough = sequence
      previous = sequence
    }
    return result
  }
}

extension Report.Body {
  fileprivate var contentBytes: Int {
    switch self {
    case .state(_, let content): content?.bytes.count ?? 0
    case .held(_, _, let content): content.bytes.count
    case .stopped, .inForce: 0
    }
  }

  fileprivate var isStopped: Bool { if case .stopped = self { true } else { false } }
}

/// The agent's own generator (SplitMix64: Steele, Lea, Flood 2014), so that its jitter follows from its seed.
struct JitterGenerator: Equatable, Sendable {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
