import Model
import Supervision

/// The agent's side of leases (DESIGN of ``Timing``): from ``fenceAt`` on its leader may have given the node up.
extension AgentCore {
  /// The leader has heard what was sent then.
  mutating func renewLease(sent: Instant) -> [AgentEffect] {
    let until = sent + link.timing.fence
    if let fenceAt, fenceAt >= until { return [] }
    fenceAt = until
    return plan.isNeeded ? [.lease(until: until)] : []
  }

  /// An earlier agent's lease, as the keeper knows it.
  mutating func takeOverLease(until: Instant, at now: Instant) -> [AgentEffect] {
    fenceAt = until
    isIsolated = until <= now
    isPlanOfOther = true
    return []
  }

  /// Whether the fence has been reached, or a lease has come.
  mutating func checkFence(at now: Instant) -> [AgentEffect] {
    let isPast = fenceAt.map { $0 <= now } ?? true
    guard isPast != isIsolated else { return [] }
    isIsolated = isPast
    guard plan.isNeeded else { return [] }
    let effects =
      isPast
      ? [
        note(.warning, "no leader has heard the node in time, so it is fenced", ["stopped": plan.stopped.words])
      ]
      : [note(.info, "a leader hears the node again", ["started": plan.stopped.words])]
    return effects + (configuration.map { hold($0, at: now) } ?? [])
  }

  /// The keeper has fenced the node, by a clock that also counts while the machine sleeps.
  mutating func fenced(at now: Instant) -> [AgentEffect] {
    fenceAt = nil
    return checkFence(at: now)
  }

  /// The machine slept for so long: nobody was heard, and the lease ran on.
  mutating func slept(_ duration: Duration) -> [AgentEffect] {
    fenceAt = fenceAt.map { $0 + (.zero - duration) }
    link.slept(duration)
    return []
  }

  /// What the keeper has to do at the fence by this configuration.
  mutating func planIsolation(_ new: NodeConfiguration) -> [AgentEffect] {
    var next = IsolationPlan()
    next.stopped = new.processes.filter { $1.onIsolation == .stop }.keys
    next.command = new.isolationCommand
    if next.isNeeded { next.grace = link.timing.stopGrace }
    guard next != plan || isPlanOfOther else { return [] }
    plan = next
    isPlanOfOther = false
    let lease: [AgentEffect] = fenceAt.map { plan.isNeeded ? [.lease(until: $0)] : [] } ?? []
    return [.isolation(next)] + lease
  }

  /// Stops, or starts again, what runs only under a lease.
  private mutating func hold(_ configuration: NodeConfiguration, at now: Instant) -> [AgentEffect] {
    guard mode == .working else { return [] }
    return configuration.processes.flatMap { name, process in
      process.onIsolation == .stop ? want(process, configuration, at: now) : []
    }
  }

  /// Tells a process's machine whether and how it should run.
  mutating func want(
    _ process: ProcessConfiguration, _ configuration: NodeConfiguration, at now: Instant
  ) -> [AgentEffect] {
    guard let launch = configuration.launch(of: process.name) else { return [] }
    let isHeld = isIsolated && process.onIsolation == .stop
    return drive(process.name, isHeld ? .isolated(grace: plan.grace) : .wanted(process, launch), at: now)
  }
}

extension [ProcessName] {
  fileprivate var words: String { map(\.text).joined(separator: " ") }
}
