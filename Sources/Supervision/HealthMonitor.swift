import Model

/// What is known of one process's health, from its start to its end, as a value: it says when to look, is told what was
/// seen, and judges.
struct HealthMonitor: Equatable, Sendable {
  enum Verdict: Equatable {
    case unchanged
    /// The process must be stopped; the text says why.
    case unhealthy(String)
  }

  /// A file's time may be so much too early: the kernel takes it from its last tick.
  private static let clockGrain = Duration.milliseconds(10)

  private(set) var checks = HealthChecks()
  /// Nil: nobody has looked since an agent took the process over.
  private(set) var isReady: Bool?
  private(set) var staleness = Staleness()
  /// When the next look is due; nil: one is under way, or there are none.
  private var readinessAt: Instant?
  private var livenessAt: Instant?
  /// When the process must be ready.
  private var readinessLimit: Instant?
  private var startedAt = Instant.zero
  /// Whether an earlier agent started it: then it may have become ready long ago.
  private var isAdopted = false
  private var hasToldReady = false
  private var failures = 0
  private var lastReason = ""
  /// Why nobody can look; nil: the last look showed something.
  private(set) var problem: String?
  private var isRunning = false

  init() {}

  /// Of another start of the same process, whose file is what it was.
  private init(_ staleness: Staleness) { self.staleness = staleness }

  /// The process has started, or was taken over.
  ///
  /// - Parameter start: when it was asked for, or taken over.
  mutating func begin(_ checks: HealthChecks, isAdopted: Bool, start: Instant, at now: Instant) {
    self = HealthMonitor(staleness)
    isRunning = true
    if !isAdopted { staleness.assumeFresh() }
    startedAt = start
    self.isAdopted = isAdopted
    follow(checks, at: now)
  }

  mutating func end() {
    let checks = checks
    self = HealthMonitor(staleness)
    self.checks = checks
    isReady = false
  }

  /// Other checks hold now.
  mutating func change(to new: HealthChecks, at now: Instant) {
    guard new != checks else { return }
    if isRunning {
      follow(new, at: now)
    } else {
      checks = new
      staleness.change(to: new.staleAfter, at: now)
    }
  }

  private mutating func follow(_ new: HealthChecks, at now: Instant) {
    let old = checks
    checks = new
    if new.readiness != old.readiness { beginReadiness(at: now) }
    if new.liveness != old.liveness {
      failures = 0
      livenessAt = nil
    }
    staleness.change(to: new.staleAfter, at: now)
    beginLiveness(at: now)
  }

  private mutating func beginReadiness(at now: Instant) {
    (readinessAt, readinessLimit) = (nil, nil)
    // Once ready it stays so until it ends.
    guard let readiness = checks.readiness, isReady != true else { return }
    if readiness.probe == .notify {
      isReady = hasToldReady
    } else {
      isReady = isAdopted ? nil : false
      readinessAt = now
    }
    // Nobody knows how long a process that was taken over had.
    if isReady != true, !isAdopted { readinessLimit = startedAt + readiness.within }
  }

  private mutating func beginLiveness(at now: Instant) {
    guard let liveness = checks.liveness, livenessAt == nil, checks.readiness == nil || isReady == true else {
      return
    }
    livenessAt = now + (liveness.probe == .notify ? liveness.silence : liveness.every)
  }

  var deadline: Instant? { [readinessAt, readinessLimit, livenessAt].compactMap { $0 }.min() }

  /// Looks that are due now, and whether the process has been unwell for too long.
  mutating func timer(at now: Instant) -> (looks: [ProbeRequest], verdict: Verdict) {
    var looks: [ProbeRequest] = []
    if let limit = readinessLimit, limit <= now, let readiness = checks.readiness {
      readinessLimit = nil
      let reason = lastReason.isEmpty ? "" : ": \(lastReason)"
      return ([], .unhealthy("not ready within \(readiness.within.milliseconds) ms\(reason)"))
    }
    if let due = readinessAt, due <= now, let readiness = checks.readiness {
      readinessAt = nil
      // A file of an earlier instance says nothing of this one.
      let age = isAdopted ? nil : now - startedAt + Self.clockGrain
      looks.append(
        ProbeRequest(.readiness, readiness.probe, timeout: readiness.timeout, maximumAge: age))
    }
    if let due = livenessAt, due <= now, let liveness = checks.liveness {
      livenessAt = nil
      if liveness.probe == .notify {
        return (looks, .unhealthy("it told nothing for \(liveness.silence.milliseconds) ms"))
      }
      looks.append(
        ProbeRequest(.liveness, liveness.probe, timeout: liveness.timeout, maximumAge: liveness.every))
    }
    return (looks, .unchanged)
  }

  mutating func take(_ answer: ProbeAnswer, to question: ProbeRequest.Question, at now: Instant) -> Verdict {
    if case .refused(let reason) = answer {
      problem = reason
      postpone(question, at: now)
      return .unchanged
    }
    problem = nil
    switch question {
    case .readiness:
      // Of checks that hold no more.
      guard let readiness = checks.readiness, readinessAt == nil, isReady != true else { return .unchanged }
      if case .unwell(let reason) = answer {
        isReady = false
        lastReason = reason
        readinessAt = now + readiness.every
      } else {
        becomeReady(at: now)
      }
    case .liveness:
      guard let liveness = checks.liveness, livenessAt == nil else { return .unchanged }
      livenessAt = now + liveness.every
      guard case .unwell(let reason) = answer else {
        failures = 0
        return .unchanged
      }
      failures += 1
      if failures >= liveness.failures {
        return .unhealthy("\(reason)\(failures > 1 ? ", \(failures) times in a row" : "")")
      }
    }
    return .unchanged
  }

  /// Nobody could look: that is no illness.
  private mutating func postpone(_ question: ProbeRequest.Question, at now: Instant) {
    switch question {
    case .readiness:
      guard let readiness = checks.readiness, readinessAt == nil, isReady != true else { return }
      readinessAt = now + readiness.every
      readinessLimit = nil
    case .liveness:
      guard let liveness = checks.liveness, livenessAt == nil else { return }
      livenessAt = now + liveness.every
    }
  }

  mutating func take(_ notice: ProcessNotice, at now: Instant) {
    if notice == .ready {
      hasToldReady = true
      if checks.readiness?.probe == .notify { becomeReady(at: now) }
    }
    if let liveness = checks.liveness, liveness.probe == .notify, livenessAt != nil {
      livenessAt = now + liveness.silence
    }
  }

  private mutating func becomeReady(at now: Instant) {
    guard isReady != true else { return }
    isReady = true
    (readinessAt, readinessLimit) = (nil, nil)
    beginLiveness(at: now)
  }

  /// The process wrote its `state.xml` so long ago.
  mutating func stateWasWritten(ago age: Duration, at now: Instant) { staleness.written(ago: age, at: now) }

  /// To be told of the time whether or not the process runs.
  mutating func passTime(to now: Instant) { staleness.passTime(to: now) }

  /// What a policy may read of it; nil where nothing is checked, or nothing known yet.
  var report: Content? {
    guard checks.areReported else { return nil }
    var text = "<health>"
    if checks.readiness != nil {
      guard let isReady else { return nil }
      text += "<ready>\(isReady ? "yes" : "no")</ready>"
    }
    if checks.staleAfter != nil {
      guard let isStale = staleness.isStale else { return nil }
      text += "<stale>\(isStale ? "yes" : "no")</stale>"
    }
    return Content(text + "</health>\n")
  }
}
