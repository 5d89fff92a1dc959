import Model

/// What holds while a process may not run, and what is kept of it through a restart of its agent.
extension ProcessMachine {
  /// It does not run until it is wanted again. Whether it has given up, or waits for its next start, stays.
  mutating func hold(_ grace: Duration?, at now: Instant) -> [Effect] {
    launch = nil
    isHeld = true
    switch phase {
    case .running(let pid), .ready(let pid): return stop(pid, .held, grace, at: now)
    case .backOff(let until):
      enter(.stopped, at: now)
      rest = .due(until)
    case .failed where isRefused:
      enter(.stopped, at: now)
      rest = .stopped
    case .stopped, .failed, .starting, .stopping: break
    }
    return []
  }

  /// It is wanted as it was before.
  mutating func resume(at now: Instant) -> [Effect] {
    switch rest {
    case .stopped: return start(at: now)
    case .finished:
      // Its policy may be another one.
      guard let lastEnd, isRestarted(lastEnd) else { return [] }
      failures = 0
      restarts = []
      return startAnew(at: now)
    case .due(let due):
      let latest = now + (configuration?.backOff.limit ?? .zero)
      if due <= now { return start(at: now) }
      enter(.backOff(until: min(due, latest)), at: now)
      return []
    case .ended(let end): return settle(end, at: now)
    }
  }

  /// What a later agent has to know.
  public var account: ProcessAccount {
    var account = ProcessAccount()
    account.start = starts
    account.since = since
    account.lastEnd = lastEnd
    account.hasGivenUp = hasGivenUp
    account.failures = failures
    account.restarts = restarts
    if case .backOff(let until) = phase { account.dueAt = until }
    if phase == .stopped, case .due(let due) = rest { account.dueAt = due }
    account.owed = dueReload
    if case .unwell(let complaint) = stopReason { account.complaint = complaint }
    if case .ready = phase { account.readySince = since }
    return account
  }

  /// Takes over what an earlier agent left.
  mutating func take(_ process: KeptProcess, _ account: ProcessAccount?, at now: Instant) -> [Effect] {
    starts = process.number
    running = process.launch
    executed = nil
    failures = account?.failures ?? 0
    restarts = account?.restarts ?? []
    lastEnd = account?.lastEnd
    let own = account.flatMap { $0.start == process.number ? $0 : nil }
    switch process.state {
    case .running(let pid):
      startedAt = process.since ?? now
      enter(.running(pid: pid), at: startedAt)
      reloadableAt = now
      dueReload = own?.owed ?? .nothing
      changes = dueReload
      readySince = own?.readySince
      health.begin(configuration?.health ?? HealthChecks(), isAdopted: true, start: now, at: now)
      if process.isReady { health.take(.ready, at: now) }
      return own?.complaint.map { stop(pid, .unwell($0), at: now) } ?? []
    case .ended(let end):
      let end = own?.complaint.map { .unhealthy($0) } ?? end
      let wasStopped = process.wasStopped && own?.complaint == nil
      enter(.stopped, at: now)
      lastEnd = end
      rest = wasStopped ? .stopped : .ended(end)
      return [wasStopped ? .stopped(end) : .ended(end)]
    case .settled(let end):
      enter(own?.hasGivenUp == true ? .failed : .stopped, at: own?.since ?? now)
      lastEnd = own?.lastEnd ?? end
      rest =
        own?.dueAt.map { .due($0) } ?? (process.wasStopped && own?.complaint == nil ? .stopped : .ended(end))
      return []
    }
  }
}
