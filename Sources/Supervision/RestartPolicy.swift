public import Model

/// Whether a process that ended is started again.
public enum RestartPolicy: String, Hashable, Sendable, CaseIterable {
  case always
  /// Unless it exited with code 0.
  case onFailure = "on-failure"
  case never

  public func restarts(after end: ProcessEnd, unless finalExitCodes: SortedSet<Int32>) -> Bool {
    if case .exited(let code) = end, finalExitCodes.contains(code) { return false }
    return switch self {
    case .always: true
    case .onFailure: end != .exited(code: 0)
    case .never: false
    }
  }
}

/// What becomes of a process when its agent dies or ends without stopping it.
public enum AgentExitPolicy: String, Hashable, Sendable, CaseIterable {
  /// It goes on, for the agent that comes after.
  case keep
  /// It is stopped.
  case stop
}

/// What becomes of what a process keeps in its folder when the process leaves its node's configuration.
public enum DataPolicy: String, Hashable, Sendable, CaseIterable {
  /// It stays, for a process of this name that may come.
  case keep
  /// It goes with the process.
  case remove
}

/// How often a process may be started again within a time; one more end, and it stays down until its configuration
/// changes.
public struct StartLimit: Hashable, Sendable {
  public let count: Int
  public let window: Duration
  public init(count: Int, within window: Duration) {
    self.count = count
    self.window = window
  }
}

/// How long to wait before a process is started again. The first restart is immediate, since most ends are single
/// ones; a process that dies again and again waits longer each time, so that it cannot take the machine with it.
public struct BackOff: Hashable, Sendable {
  public static let standard = BackOff(
    initial: .milliseconds(500), factor: 2, limit: .seconds(30), healthyAfter: .seconds(10), jitterPercent: 0)

  /// The second restart's delay.
  public let initial: Duration
  public let factor: Int
  public let limit: Duration
  /// A process that ran as long as this begins anew with an immediate restart.
  public let healthyAfter: Duration
  /// By how much of itself a delay is longer or shorter, at random: processes that died together, of a service that was
  /// away, do not come back together.
  public let jitterPercent: Int

  public init(
    initial: Duration, factor: Int, limit: Duration, healthyAfter: Duration, jitterPercent: Int = 0
  ) {
    self.initial = initial
    self.factor = factor
    self.limit = limit
    self.healthyAfter = healthyAfter
    self.jitterPercent = jitterPercent
  }

  /// The delay before a restart, after `failures` ends in a row that came too early. `chance` is drawn evenly from
  /// all numbers.
  public func delay(failures: Int, chance: UInt64) -> Duration {
    guard failures > 0 else { return .zero }
    var delay = initial
    for _ in 1..<failures where delay < limit { delay = delay * factor }
    delay = min(delay, limit)
    if jitterPercent == 0 { return delay }
    let thousandths = Int(chance % 2001) - 1000
    return delay + delay * (jitterPercent * thousandths) / 100_000
  }
}
