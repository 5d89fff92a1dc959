import Model

/// The timers that leader and agents share. The leader owns them and tells agents in its ``Welcome``.
///
/// A node is lost when its lease runs out. An agent counts from when it *sent* the last heartbeat that was
/// answered, the leader from when it logged it, which is later; so with ρ the error of clock rates
/// `(fence + stop grace)·(1+ρ) < lease·(1−ρ)` makes sure that what an isolated agent stops has stopped before
/// anyone else hears that the node is lost.
public struct Timing: Hashable, Sendable, CustomStringConvertible {
  /// ρ: clocks that drift by more than one in a thousand are broken.
  public static let clockRateErrorPerMille = 1

  /// What one tick of the log stands for.
  public let tick: Duration
  /// How many ticks a node stays alive without a renewal.
  public let leaseTicks: Tick
  /// How often an agent sends a heartbeat.
  public let heartbeat: Duration
  /// How long after the last answered heartbeat was sent an agent counts itself as isolated.
  public let fence: Duration
  /// How long what is stopped at the fence may take until it is killed.
  public let stopGrace: Duration
  /// For how many ticks the leader keeps the provenance of what was overwritten. It is logged with the timers, for
  /// what is forgotten must be the same wherever the log is applied.
  public let provenanceTicks: Tick

  public static let standardProvenance = Duration.seconds(3600)
  public static let standard = Timing(
    tick: .seconds(1), leaseTicks: 15, heartbeat: .seconds(2), fence: .seconds(8))

  public init(
    tick: Duration, leaseTicks: Tick, heartbeat: Duration, fence: Duration, stopGrace: Duration? = nil,
    provenanceTicks: Tick = 3600
  ) {
    self.tick = tick
    self.leaseTicks = leaseTicks
    self.heartbeat = heartbeat
    self.fence = fence
    self.stopGrace = stopGrace ?? tick * Int(leaseTicks) / 4
    self.provenanceTicks = provenanceTicks
  }

  /// Timers for a wanted lease: the fence at half of the lease, and a quarter of it for what is stopped then, where
  /// nothing else is said. Four heartbeats to a fence: one may be late, or get lost with its link, and more would keep
  /// idle nodes busy for nothing.
  public init(
    lease: Duration, tick: Duration = .seconds(1), fence: Duration? = nil, stopGrace: Duration? = nil,
    provenance: Duration = Self.standardProvenance
  ) {
    let ticks = max(2, (lease.milliseconds + tick.milliseconds - 1) / tick.milliseconds)
    let fence = fence ?? tick * Int(ticks) / 2
    self.init(
      tick: tick, leaseTicks: Tick(ticks), heartbeat: max(tick, fence / 4), fence: fence,
      stopGrace: stopGrace, provenanceTicks: Tick(max(1, provenance.milliseconds / tick.milliseconds)))
  }

  public var lease: Duration { tick * Int(leaseTicks) }

  /// Whether what an isolated agent stops has stopped before its lease ends, whatever the error of the clocks.
  public var isSafe: Bool { stoppedBy < leasedFor }

  /// When all has stopped at the latest, and when the lease may end at the earliest, each by the worst clock, in
  /// thousandths.
  private var stoppedBy: Duration { (fence + stopGrace) * (1000 + Self.clockRateErrorPerMille) }
  private var leasedFor: Duration { lease * (1000 - Self.clockRateErrorPerMille) }

  /// Why the timers are not safe, with the arithmetic.
  public var objection: String {
    func text(_ duration: Duration) -> String { "\(duration.milliseconds) ms" }
    let rate = Self.clockRateErrorPerMille
    return
      "(fence \(text(fence)) + stop grace \(text(stopGrace)))·\(1000 + rate)/1000 = \(text(stoppedBy / 1000)) is not below lease \(text(lease))·\(1000 - rate)/1000 = \(text(leasedFor / 1000))"
  }

  public var description: String {
    "tick \(tick) lease \(leaseTicks) ticks heartbeat \(heartbeat) fence \(fence)"
  }
}
