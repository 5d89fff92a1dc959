import Model

/// What the leader's core is told.
public enum LeaderInput: Equatable, Sendable {
  /// A stream opened, its peer not yet known.
  case connected(SessionID)
  case disconnected(SessionID)
  case received(SessionID, [AgentMessage])
  /// The log holds everything up to this position, durably where that was asked for.
  case appended(through: LogIndex)
  case finished(RoundResult)
  /// The driver's clock: once a ``Timing/tick``.
  case tick
  /// Numbered by the driver. Only requests that go through the log reach the core.
  case activate(RequestID, Activation, expected: Digest?)
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
