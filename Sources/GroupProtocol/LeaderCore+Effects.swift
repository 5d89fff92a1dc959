import Model

/// What the leader's core is told. The driver passes the time of day beside it.
public enum LeaderInput: Equatable, Sendable {
  /// The first input.
  case open
  /// A stream opened, its peer not yet known.
  case connected(SessionID)
  case disconnected(SessionID)
  case received(SessionID, [AgentMessage])
  /// The log holds everything up to this position, durably where that was asked for.
  case appended(through: LogIndex)
  case finished(RoundResult)
  /// The driver's clock: once a ``Timing/tick``.
  case tick
  /// A checked bundle, to be activated unless another policy than `expected` is active.
  case activate(RequestID, Bundle, author: String, expected: Digest?)
  /// Quarantined targets, all where there are none, are to run again.
  case lift(RequestID, targets: [String], author: String)
  /// A part of a process's log is to be asked of its agent.
  case readLog(RequestID, NodeName, LogQuery)
  /// That has taken too long.
  case abandonLog(RequestID)
}

/// What the leader's driver must do, in this order.
public enum LeaderEffect: Equatable, Sendable {
  /// Append to the log at consecutive positions from `first` and answer with ``LeaderInput/appended(through:)``.
  /// Where `isDurable` is set, only after they would survive the machine's crash.
  case append(first: LogIndex, entries: [LogEntry], isDurable: Bool)
  case send(SessionID, [LeaderMessage])
  case close(SessionID)
  /// Bring the tree on disk in step. Never while a round runs.
  case store([TreeChange], index: LogIndex)
  case startRound(RoundRequest)
  case answer(RequestID, OperatorAnswer)
  case note(Note)
}

/// One stream of an agent, numbered by the driver, never used twice.
public struct SessionID: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let number: UInt64
  public init(_ number: UInt64) { self.number = number }
  public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
  public var description: String { "session \(number)" }
}

/// An operator's request, numbered by the driver.
public struct RequestID: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let number: UInt64
  public init(_ number: UInt64) { self.number = number }
  public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
  public var description: String { "request \(number)" }
}

extension LeaderInput: CustomStringConvertible {
  public var description: String {
    switch self {
    case .open: "open"
    case .connected(let session): "connected \(session)"
    case .disconnected(let session): "disconnected \(session)"
    case .received(let session, let messages):
      "received \(session) " + messages.map(\.description).joined(separator: "; ")
    case .appended(let index): "appended \(index)"
    case .finished(let result): "finished \(result)"
    case .tick: "tick"
    case .activate(let request, let bundle, let author, _): "activate \(request) \(bundle.digest) by \(author)"
    case .lift(let request, let targets, let author):
      "lift \(request) [\(targets.joined(separator: " "))] by \(author)"
    case .readLog(let request, let node, let query): "read log \(request) of \(node)/\(query)"
    case .abandonLog(let request): "abandon log \(request)"
    }
  }
}

extension LeaderEffect: CustomStringConvertible {
  public var description: String {
    switch self {
    case .append(let first, let entries, let isDurable):
      "append \(first)\(isDurable ? " durably" : "") " + entries.map(\.description).joined(separator: "; ")
    case .send(let session, let messages):
      "send \(session) " + messages.map(\.description).joined(separator: "; ")
    case .close(let session): "close \(session)"
    case .store(let changes, let index):
      "store \(index) " + changes.map(\.description).joined(separator: "; ")
    case .startRound(let request): "start \(request)"
    case .answer(let request, let answer): "answer \(request) \(answer.summary)"
    case .note(let note): "note \(note)"
    }
  }
}

extension OperatorAnswer {
  /// One line for traces.
  public var summary: String {
    switch self {
    case .activated(let policy, let index): "activated \(policy) at \(index)"
    case .lifted(let targets, let index): "lifted [\(targets.joined(separator: " "))] at \(index)"
    case .planned(let plan): "planned \(plan.policy) with \(plan.changes.count) changes"
    case .history(let records): "history of \(records.count)"
    case .status(let report): "status at \(report.index)"
    case .explained(let report): "explained by \(report.explanations.count)"
    case .notRun(let report): "why not by \(report.causes.count)"
    case .log(let chunk): "log of \(chunk?.bytes.count ?? 0) bytes"
    case .rejected(let rejection): "rejected \(rejection.reason.rawValue): \(rejection.text)"
    }
  }
}
