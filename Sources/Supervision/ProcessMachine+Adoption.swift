import Model

/// What an earlier agent left.
extension ProcessMachine {
  mutating func adopt(_ pid: Int32, _ digest: Digest, starts count: UInt64, at now: Instant) -> [Effect] {
    starts = count
    running = digest
    executed = nil
    enter(.running(pid: pid), at: now)
    startedAt = now
    health.begin(configuration?.health ?? HealthChecks(), isAdopted: true, start: now, at: now)
    return launch.map { $0.digest != digest } ?? false ? stop(pid, at: now) : []
  }

  mutating func remember(_ end: ProcessEnd, _ digest: Digest, starts count: UInt64) -> [Effect] {
    starts = count
    running = digest
    lastEnd = end
    return []
  }

  mutating func giveUp(at now: Instant) -> [Effect] {
    if phase == .stopped { enter(.failed, at: now) }
    return []
  }
}
