public import Model

/// What follows from looks at a process, and from what it says of itself.
extension ProcessMachine {
  /// What policies may read of its health (`health.xml`); nil where nothing is checked, or nothing known yet.
  public var healthReport: Content? { health.report }

  /// Why nobody can look at it; nil: somebody can, or nobody is to.
  public var lookProblem: String? { health.problem }

  /// Takes the looks that are due.
  mutating func look(at now: Instant) -> [Effect] {
    let (looks, verdict) = health.timer(at: now)
    return looks.map { .look($0) } + judge(verdict, at: now)
  }

  mutating func seen(
    _ answer: ProbeAnswer, _ question: ProbeRequest.Question, start: UInt64, at now: Instant
  ) -> [Effect] {
    guard start == starts, phase.runningPID != nil else { return [] }
    return judge(health.take(answer, to: question, at: now), at: now)
  }

  mutating func heard(_ notice: ProcessNotice, start: UInt64, at now: Instant) -> [Effect] {
    guard start == starts, phase.runningPID != nil else { return [] }
    health.take(notice, at: now)
    return judge(.unchanged, at: now)
  }

  mutating func stateWritten(ago age: Duration, at now: Instant) -> [Effect] {
    health.stateWasWritten(ago: age, at: now)
    return []
  }

  mutating func judge(_ verdict: HealthMonitor.Verdict, at now: Instant) -> [Effect] {
    showReadiness(at: now)
    guard case .unhealthy(let reason) = verdict, let pid = phase.runningPID else { return [] }
    return stop(pid, .unwell(reason), at: now)
  }

  mutating func showReadiness(at now: Instant) {
    guard let pid = phase.runningPID else { return }
    let isReady = health.isReady == true && health.checks.readiness != nil
    let next: Phase = isReady ? .ready(pid: pid) : .running(pid: pid)
    if next == phase { return }
    enter(next, at: isReady ? readySince ?? now : now)
    readySince = nil
  }
}
