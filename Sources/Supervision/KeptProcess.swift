public import Model

/// What a keeper knows of the last start of a process when an agent comes.
public struct KeptProcess: Equatable, Sendable {
  public enum State: Equatable, Sendable {
    case running(pid: Int32)
    /// It ended, and no agent has recorded that.
    case ended(ProcessEnd)
    /// It ended, and that was recorded.
    case settled(ProcessEnd)
  }

  public let name: ProcessName
  public let launch: Digest
  public let number: UInt64
  public let state: State
  /// It runs and has said that it is ready.
  public let isReady: Bool
  /// It was asked to stop, or ended because its keeper or the machine did: not an end of its own.
  public let wasStopped: Bool
  /// When it was started, where it runs.
  public let since: Instant?

  public init(
    name: ProcessName, launch: Digest, number: UInt64, state: State, isReady: Bool = false,
    wasStopped: Bool = false, since: Instant? = nil
  ) {
    self.name = name
    self.launch = launch
    self.number = number
    self.state = state
    self.isReady = isReady
    self.wasStopped = wasStopped
    self.since = since
  }

  /// Nil where it has ended.
  public var pid: Int32? { if case .running(let pid) = state { pid } else { nil } }

  /// Nil: it runs.
  public var end: ProcessEnd? {
    switch state {
    case .running: nil
    case .ended(let end), .settled(let end): end
    }
  }
}

/// What an agent remembers of a process through a restart of itself, beside what a keeper knows: all that decides
/// whether, when and how it is started again, and what `status` shows of its past.
public struct ProcessAccount: Equatable, Sendable {
  /// The start that it is about.
  public var start: UInt64 = 0
  /// When the process entered its phase.
  public var since = Instant.zero
  /// How it last ended, in full.
  public var lastEnd: ProcessEnd?
  /// It stays down until something else is to be executed.
  public var hasGivenUp = false
  /// Ends in a row that came too early (``BackOff``).
  public var failures = 0
  /// When it was started again, within the window of its start limit.
  public var restarts: [Instant] = []
  /// When it may be started again.
  public var dueAt: Instant?
  /// What its files need of which the start was not notified.
  public var owed = ReloadNeed.nothing
  /// Why the start was stopped although it should run.
  public var complaint: String?
  /// Since when it is ready.
  public var readySince: Instant?

  public init() {}

  /// The same by a clock that is ahead by so much.
  public func moved(by offset: Duration) -> ProcessAccount {
    var moved = self
    moved.since = since + offset
    moved.restarts = restarts.map { $0 + offset }
    moved.dueAt = dueAt.map { $0 + offset }
    moved.readySince = readySince.map { $0 + offset }
    return moved
  }

  /// Whether the next agent would act otherwise without it.
  public func decides(otherwiseThan other: ProcessAccount?) -> Bool {
    let other = other ?? ProcessAccount()
    var same = other
    same.since = since
    same.readySince = readySince
    // A start voids what was owed to the one before.
    if start != other.start, owed.isNothing {
      same.owed = .nothing
      same.complaint = complaint
      same.dueAt = dueAt
    }
    same.start = start
    return same != self
  }

  /// Whether there is nothing to remember.
  public var isPlain: Bool {
    lastEnd == nil && !hasGivenUp && failures == 0 && restarts.isEmpty && dueAt == nil && owed.isNothing
      && complaint == nil && readySince == nil
  }
}

extension ProcessAccount: CustomStringConvertible {
  public var description: String {
    var words = ["#\(start)"]
    if let lastEnd { words.append("after \(lastEnd)") }
    if hasGivenUp { words.append("gave up") }
    if failures > 0 { words.append("failures \(failures)") }
    if !restarts.isEmpty { words.append("restarts \(restarts.count)") }
    if let dueAt { words.append("due at \(dueAt)") }
    if !owed.isNothing { words.append("owed \(owed)") }
    if let complaint { words.append("stopped for `\(complaint)`") }
    return words.joined(separator: " ")
  }
}

extension ReloadNeed: CustomStringConvertible {
  public var description: String {
    isRestart ? "a restart" : signals.map(\.description).joined(separator: " ")
  }
}
