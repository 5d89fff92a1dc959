public import Model

/// How often in a row a process was started for another configuration before it had run healthily.
///
/// A policy that answers a process's end, or its state, by a change of what the process runs would restart it at
/// full speed for ever, since each restart is an end and brings a new state. So such starts wait as those after ends
/// in a row do (``BackOff``): the first one not at all, each further one longer. What has run healthily is restarted
/// at once.
public struct Haste: Equatable, Sendable {
  /// In the present row, and in the last one.
  private(set) var count = 0
  public private(set) var lastCount = 0
  /// When the process ended last, from which on it waits.
  public private(set) var endedAt: Instant?
  private var startedAt: Instant?

  public init() {}

  mutating func ended(at now: Instant) { endedAt = now }

  /// It has run healthily.
  mutating func forget() { count = 0 }

  /// Such a start.
  mutating func started(at now: Instant) {
    count += 1
    lastCount = count
    startedAt = now
  }

  /// From when on it may be started for another configuration.
  mutating func due(_ backOff: BackOff, chance: UInt64, at now: Instant) -> Instant {
    // Nothing goes round that is slower than the slowest loop.
    if let startedAt, now - startedAt > (backOff.limit + backOff.healthyAfter) * 2 { forget() }
    return endedAt.map { $0 + backOff.delay(failures: count, chance: chance) } ?? now
  }
}

extension ProcessMachine {
  /// Starts it for what it is to run now, as soon as that may be.
  mutating func startAnew(at now: Instant) -> [Effect] {
    guard let backOff = configuration?.backOff, haste.endedAt != nil else { return start(at: now) }
    let due = haste.due(backOff, chance: nextChance(), at: now)
    isStartedAnew = true
    if due <= now { return start(at: now) }
    if phase != .backOff(until: due) { enter(.backOff(until: due), at: now) }
    return []
  }

  /// The end of a process that had run as long as that is the first of its kind again.
  mutating func forgetFailures(at now: Instant) {
    guard let configuration, now - startedAt >= configuration.backOff.healthyAfter else { return }
    failures = 0
    haste.forget()
  }

  /// Before the restart after one more end.
  mutating func nextDelay(_ backOff: BackOff) -> Duration {
    defer { failures += 1 }
    return backOff.delay(failures: failures, chance: nextChance())
  }

  mutating func nextChance() -> UInt64 {
    chance = chance &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return chance >> 33
  }
}
