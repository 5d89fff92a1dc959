import Model

/// The life cycle of one process, as a small table of phases by inputs (after s6-supervise). What it is told and
/// what must be done are values; the driver starts, signals and looks.
///
/// | phase     | wanted: new launch | not wanted | started      | not started  | ended           | unwell     | time           |
/// | --------- | ------------------ | ---------- | ------------ | ------------ | --------------- | ---------- | -------------- |
/// | stopped   | start ⁴ → starting | –          | –            | –            | –               | –          | –              |
/// | failed    | start ⁴ → starting | → stopped  | –            | –            | –               | –          | –              |
/// | starting  | remembered         | remembered | → running ¹  | → back-off ² | → back-off ²    | –          | –              |
/// | running   | signal → stopping  | → stopping | –            | –            | → back-off ²    | → stopping | reload ³, look |
/// | ready     | signal → stopping  | → stopping | –            | –            | → back-off ²    | → stopping | reload ³, look |
/// | back-off  | start ⁴ → starting | → stopped  | –            | –            | –               | –          | start          |
/// | stopping  | remembered         | remembered | –            | –            | start ⁴ / stopped | –        | kill its group |
///
/// A running process is ready once its check of readiness says so; without one it stays running.
/// ¹ Where it is wanted no more, or otherwise, it is stopped at once. ² By the restart policy: back-off with a
/// growing delay (the first is zero, so starting follows at once), or stopped after exit code 0, or failed: after a
/// final exit code, or one end more than the start limit allows. One that was stopped for being unwell goes this way
/// too, as a failure. What the node does not permit has failed at once, and is asked for again when the launch or the
/// node's permissions change.
/// ³ What changed since the last reload, or during the start, is told once the reload interval is over.
/// ⁴ By way of back-off, where it was started anew before without having run healthily since (``Haste``).
///
/// An end that comes with the news that its keeper has started the process again (``StandingOrder``) leads to running,
/// and on to stopping where that was decided meanwhile.
public struct ProcessMachine: Equatable, Sendable {
  /// A killed process that does not go (it waits for a disk) is killed again at this interval.
  static let killInterval = Duration.seconds(5)

  public internal(set) var phase = Phase.stopped
  /// When it entered its phase.
  public internal(set) var since: Instant
  /// How often it was started.
  public internal(set) var starts: UInt64 = 0
  public internal(set) var lastEnd: ProcessEnd?
  /// Ends in a row that came before ``BackOff/healthyAfter``.
  public internal(set) var failures = 0
  /// Starts for another configuration that came before that.
  public internal(set) var haste: Haste
  /// Whether the start that is due is one of these.
  var isStartedAnew = false
  public private(set) var configuration: ProcessConfiguration?
  var launch: Launch?
  /// What was started last.
  var running: Digest?
  /// The same in full; nil: an earlier agent started it, or it is ``Input/outdated``.
  var executed: Launch?
  /// When the process may be told of new files, and what those need that it was not told of.
  var reloadableAt = Instant.zero
  var dueReload = ReloadNeed.nothing
  /// What all changes since the start needed, and when the last of them came.
  var changes = ReloadNeed.nothing
  private var changedAt = Instant.zero
  /// Whether it failed because the node does not permit it.
  private(set) var isRefused = false
  /// Whether it is to run again although it is not wanted.
  var isHeld = false

  /// When it was started again, within the window of its start limit.
  var restarts: [Instant] = []
  var chance: UInt64
  var health = HealthMonitor()
  var startedAt: Instant
  /// While it is being stopped.
  var stopReason: StopReason?
  var rest = Rest.stopped
  /// Since when it was ready when an earlier agent ended.
  var readySince: Instant?

  /// - Parameters:
  ///   - seed: for the jitter of delays.
  ///   - haste: of a process of this name that was forgotten not long ago.
  public init(at now: Instant, seed: UInt64 = 0, haste: Haste = Haste()) {
    self.haste = haste
    since = now
    startedAt = now
    chance = seed
  }

  /// When ``Input/timer`` is due.
  public var deadline: Instant? { [phaseDeadline, health.staleness.deadline].compactMap { $0 }.min() }

  private var phaseDeadline: Instant? {
    switch phase {
    case .backOff(let until): until
    case .stopping(_, let killAt): killAt
    case .running, .ready: [dueReload.isNothing ? nil : reloadableAt, health.deadline].compactMap { $0 }.min()
    case .stopped, .failed, .starting: nil
    }
  }

  /// What it should be executed from.
  public var currentLaunch: Launch? { launch }

  public var isWanted: Bool { launch != nil }

  /// Whether files have changed for which it is to be restarted.
  var needsRestart: Bool { dueReload.isRestart }

  public mutating func step(_ input: Input, at now: Instant) -> [Effect] {
    switch input {
    case .wanted(let configuration, let launch): want(configuration, launch, at: now)
    case .unwanted: unwant(at: now)
    case .held(let grace): hold(grace, at: now)
    case .started(let pid): started(pid, at: now)
    case .notStarted(let reason): ended(.notStarted(reason), at: now)
    case .refused(let reason): refused(reason, at: now)
    case .permissionsChanged: permissionsChanged(at: now)
    case .ended(let end, let wasStopped): ended(end, wasStopped, at: now)
    case .restarted(let end, let pid, let time): restarted(end, pid, at: time, now)
    case .outdated: outdate()
    case .kept(let process, let account): take(process, account, at: now)
    case .reconfigured(let need): reconfigured(need, at: now)
    case .seen(let answer, let question, let start): seen(answer, question, start: start, at: now)
    case .notice(let notice, let start): heard(notice, start: start, at: now)
    case .stateWritten(let age): stateWritten(ago: age, at: now)
    case .timer: timer(at: now)
    }
  }

  private mutating func want(_ new: ProcessConfiguration, _ newLaunch: Launch, at now: Instant) -> [Effect] {
    // A command that looks at it is no part of what is executed, but needs permission as well.
    let isAskedAgain = isRefused && launch != newLaunch
    configuration = new
    launch = newLaunch
    isHeld = false
    health.change(to: new.health, at: now)
    showReadiness(at: now)
    let isNew = running != newLaunch.digest
    switch phase {
    case .stopped where !isNew && !isAskedAgain: return resume(at: now)
    case .failed where !isNew && !isAskedAgain: return []
    case .stopped, .failed:
      failures = 0
      restarts = []
      return startAnew(at: now)
    case .backOff:
      guard isNew else { return [] }
      failures = 0
      restarts = []
      return startAnew(at: now)
    case .running(let pid), .ready(let pid): return isNew ? stop(pid, .renewed, at: now) : []
    case .starting, .stopping: return []
    }
  }

  private mutating func unwant(at now: Instant) -> [Effect] {
    launch = nil
    isHeld = false
    switch phase {
    case .running(let pid), .ready(let pid): return stop(pid, .unwanted, at: now)
    case .stopping: if stopReason?.isFailure == false { stopReason = .unwanted }
    case .backOff, .failed: enter(.stopped, at: now)
    case .stopped, .starting: break
    }
    return []
  }

  private mutating func started(_ pid: Int32, at now: Instant) -> [Effect] {
    guard phase == .starting else { return [] }
    enter(.running(pid: pid), at: now)
    reloadableAt = now + reloadInterval
    guard launch?.digest == running else {
      return stop(pid, launch != nil ? .renewed : isHeld ? .held : .unwanted, at: now)
    }
    health.begin(configuration?.health ?? HealthChecks(), isAdopted: false, start: startedAt, at: now)
    return look(at: now)
  }

  /// Files changed. A process that is being started may have read the old ones already.
  private mutating func reconfigured(_ need: ReloadNeed, at now: Instant) -> [Effect] {
    guard isAlive else { return [] }
    changes.add(need)
    changedAt = now
    guard phase == .starting || phase.runningPID != nil else { return [] }
    dueReload.add(need)
    return reload(at: now)
  }

  mutating func reload(at now: Instant) -> [Effect] {
    guard let pid = phase.runningPID, !dueReload.isNothing, reloadableAt <= now else { return [] }
    let need = dueReload
    dueReload = .nothing
    reloadableAt = now + reloadInterval
    return need.isRestart ? stop(pid, .renewed, at: now) : need.signals.map { .signal($0) }
  }

  private var reloadInterval: Duration { configuration?.reloadInterval ?? .zero }

  private mutating func timer(at now: Instant) -> [Effect] {
    health.passTime(to: now)
    guard let due = phaseDeadline, due <= now else { return [] }
    if phase.runningPID != nil {
      let effects = reload(at: now)
      return phase.runningPID == nil ? effects : effects + look(at: now)
    }
    guard case .stopping(let pid, _) = phase else { return start(at: now) }
    // The phase goes on, so `since` stays.
    phase = .stopping(pid: pid, killAt: now + Self.killInterval)
    return [.signalSession(.kill)]
  }

  private mutating func ended(
    _ end: ProcessEnd, _ wasStoppedByKeeper: Bool = false, at now: Instant
  ) -> [Effect] {
    switch phase {
    case .stopped, .failed, .backOff: return []
    case .starting, .running, .ready, .stopping: break
    }
    let reason = stopReason ?? (wasStoppedByKeeper ? .held : nil)
    stopReason = nil
    let wasStopped = reason?.isFailure == false
    // What it takes to stop is no time in which it was healthy.
    if phase != .starting { forgetFailures(at: wasStopped ? since : now) }
    haste.ended(at: now)
    var end = end
    if case .unwell(let complaint) = reason { end = .unhealthy(complaint) }
    health.end()
    // A file that is missing is missing at each attempt; one report of it is enough.
    let isRepeated = lastEnd == end && end.isNotStarted
    lastEnd = end
    let isAnswered = reason == .held || reason == .renewed
    let report: [Effect] = isRepeated ? [] : [isAnswered ? .stopped(end) : .ended(end)]
    guard let launch, configuration != nil else {
      enter(.stopped, at: now)
      rest = wasStopped ? .stopped : .ended(end)
      return report
    }
    if reason == .held, launch.digest == running { return report + start(at: now) }
    if wasStopped || launch.digest != running {
      failures = 0
      if launch.digest != running { restarts = [] }
      return report + startAnew(at: now)
    }
    return report + settle(end, at: now)
  }

  /// Decides by the restart policy.
  mutating func settle(_ end: ProcessEnd, at now: Instant) -> [Effect] {
    guard let configuration else { return [] }
    guard isRestarted(end), isWithinStartLimit(at: now) else {
      enter(end == .exited(code: 0) && !isRestarted(end) ? .stopped : .failed, at: now)
      rest = .finished
      return []
    }
    let delay = nextDelay(configuration.backOff)
    if delay == .zero { return start(at: now) }
    enter(.backOff(until: now + delay), at: now)
    return []
  }

  /// Its keeper started it before it knew what was decided since, so that holds for the new process.
  private mutating func restarted(
    _ end: ProcessEnd, _ pid: Int32, at time: Instant, _ now: Instant
  ) -> [Effect] {
    var limit: Duration?
    switch phase {
    case .running, .ready: break
    case .stopping(_, let killAt): limit = max(.zero, killAt - now)
    case .stopped, .failed, .starting, .backOff: return []
    }
    // Both were nothing to wait for, or there would have been no order.
    forgetFailures(at: time)
    haste.ended(at: time)
    _ = isWithinStartLimit(at: time)
    _ = configuration.map { nextDelay($0.backOff) }
    let reason = stopReason
    stopReason = nil
    lastEnd = end
    starts += 1
    startedAt = time
    reloadableAt = time + reloadInterval
    // A change from before it was started has been read.
    if changedAt < time { changes = .nothing }
    dueReload = changes
    health.end()
    enter(.running(pid: pid), at: now)
    guard launch?.digest == running else {
      return [.ended(end)] + stop(pid, reason ?? .renewed, limit, at: now)
    }
    health.begin(configuration?.health ?? HealthChecks(), isAdopted: false, start: startedAt, at: now)
    return [.ended(end)] + look(at: now)
  }

  private mutating func outdate() -> [Effect] {
    executed = nil
    return []
  }

  private mutating func permissionsChanged(at now: Instant) -> [Effect] {
    executed = nil
    return phase == .failed && isRefused ? start(at: now) : []
  }

  /// To try again before something changes would bring the same answer.
  private mutating func refused(_ reason: String, at now: Instant) -> [Effect] {
    guard phase == .starting else { return [] }
    let end = ProcessEnd.notStarted(reason)
    let report: [Effect] = lastEnd == end ? [] : [.ended(end)]
    lastEnd = end
    guard let launch else {
      enter(.stopped, at: now)
      rest = .stopped
      return report
    }
    if launch.digest != running { return report + start(at: now) }
    isRefused = true
    enter(.failed, at: now)
    return report
  }

  mutating func isWithinStartLimit(at now: Instant) -> Bool {
    guard let limit = configuration?.startLimit else { return true }
    restarts.removeAll { now - $0 >= limit.window }
    guard restarts.count < limit.count else { return false }
    restarts.append(now)
    return true
  }

  func isRestarted(_ end: ProcessEnd) -> Bool {
    configuration?.restart.restarts(after: end, unless: configuration?.finalExitCodes ?? []) ?? false
  }

  mutating func start(at now: Instant) -> [Effect] {
    guard let launch else { return [] }
    if isStartedAnew { haste.started(at: now) }
    isStartedAnew = false
    starts += 1
    running = launch.digest
    executed = launch
    dueReload = .nothing
    changes = .nothing
    startedAt = now
    isRefused = false
    isHeld = false
    enter(.starting, at: now)
    return [.start(launch, number: starts)]
  }

  mutating func stop(
    _ pid: Int32, _ reason: StopReason, _ limit: Duration? = nil, at now: Instant
  ) -> [Effect] {
    stopReason = reason
    let signal = configuration?.stopSignal ?? .terminate
    let grace = configuration?.stopGrace ?? .seconds(10)
    enter(.stopping(pid: pid, killAt: now + min(grace, limit ?? grace)), at: now)
    return [.signalSession(signal)]
  }

  mutating func enter(_ next: Phase, at now: Instant) {
    phase = next
    since = now
  }
}
