import Model
import Supervision

/// The agent's side of leases (``Timing``): from ``fenceAt`` on its leader may have given the node up.
extension AgentCore {
  /// The leader has heard what was sent then.
  mutating func renewLease(sent: Instant) -> [AgentEffect] {
    let until = sent + link.timing.fence
    if let fenceAt, fenceAt >= until { return [] }
    fenceAt = until
    return plan.isNeeded ? [.lease(until: until)] : []
  }

  /// An earlier agent's lease, as the keeper knows it.
  mutating func takeOverLease(until: Instant, at now: Instant) {
    fenceAt = until
    isIsolated = until <= now
    isPlanOfOther = true
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

  /// A leader may have let other nodes do this one's work while it was isolated: what runs only under a lease waits
  /// until a round that has seen the node has settled its configuration.
  mutating func noteSettlement(_ isSettled: Bool) {
    if isSettled { isSettledByLeader = true }
    guard !isSettled, isIsolated, !record.isUnsettled else { return }
    record.isUnsettled = true
    isRecordChanged = true
  }

  /// Goes on once the leader has settled the configuration, and local rules have followed.
  mutating func settle(at now: Instant) -> [AgentEffect] {
    guard isSettledByLeader else { return [] }
    if isLocal(.config), !isLocallySettled { return [] }
    isSettledByLeader = false
    guard record.isUnsettled else { return [] }
    record.isUnsettled = false
    isRecordChanged = true
    guard plan.isNeeded, !isIsolated else { return [] }
    return [note(.info, "what the node runs is settled", ["started": plan.stopped.words])]
      + (configuration.map { hold($0, at: now) } ?? [])
  }

  /// Whether the node's own rules have made its configuration of what it was told, and that is in force.
  private var isLocallySettled: Bool {
    local.running == nil && !local.isDirty && local.problems.isEmpty && local.record.pending.isEmpty
      && files[.config]?.stamp.epoch == 0
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

  /// What the keeper has to do at the fence by this configuration, and by what a leader may still count on.
  mutating func planIsolation(_ new: NodeConfiguration) -> [AgentEffect] {
    let fenced = new.processes.filter { $1.onIsolation == .stop }.keys
    let effects = tell(InForce(processes: new.processes.keys, fenced: fenced))
    var stopped = record.fenced
    stopped.formUnion(SortedSet(fenced))
    var next = IsolationPlan()
    next.stopped = stopped.elements
    next.command = new.isolationCommand
    next.processCommands = new.processes.values.filter { $0.onIsolation == .command }.compactMap { process in
      new.launch(of: process.name).map { .init($0, process.isolationCommand) }
    }
    if next.isNeeded { next.grace = link.timing.stopGrace }
    guard next != plan || isPlanOfOther else { return effects }
    plan = next
    isPlanOfOther = false
    let lease: [AgentEffect] = fenceAt.map { plan.isNeeded ? [.lease(until: $0)] : [] } ?? []
    return effects + [.isolation(next)] + lease
  }

  /// What cannot be done at the fence is no secret of the agent's log.
  mutating func note(_ problems: IsolationProblems) -> [AgentEffect] {
    guard problems != planProblems else { return [] }
    let isOfNode = problems.command != planProblems.command
    planProblems = problems
    areProcessesNews = true
    guard isOfNode, let answer = applied(.config) else { return [] }
    guard let id = link.welcomed else {
      areFilesNews = true
      return []
    }
    return [.send(id, [.applied([answer])])]
  }

  /// Reports what is in force, by which the leader says of a lost node's processes that they have surely stopped: what
  /// is to be stopped holds at once, and what need not be any more only when no leader counts on it.
  private mutating func tell(_ new: InForce) -> [AgentEffect] {
    // What an earlier agent reported last may not have been acknowledged.
    guard toldInForce?.content != new, toldInForce != nil || new != .nothing || !record.fenced.isEmpty else {
      return []
    }
    toldInForce = (outbox.next, new)
    for name in new.fenced where !record.fenced.contains(name) {
      record.fenced.insert(name)
      isRecordChanged = true
    }
    return report(.inForce(new))
  }

  /// Tells it again, to a leader that may not know it.
  mutating func tellInForceAgain() -> [AgentEffect] {
    guard let content = toldInForce?.content else { return [] }
    toldInForce = (outbox.next, content)
    return report(.inForce(content))
  }

  /// What an acknowledged report has left out need not be stopped at the fence any more.
  mutating func releaseFenced(at now: Instant) -> [AgentEffect] {
    guard let told = toldInForce, told.sequence <= outbox.acknowledged,
      record.fenced.elements != told.content.fenced
    else { return [] }
    record.fenced = SortedSet(told.content.fenced)
    isRecordChanged = true
    guard mode == .working, let configuration else { return [] }
    let held = plan.stopped
    let effects = planIsolation(configuration)
    return effects + want(held.filter { !plan.stopped.contains($0) }, configuration, at: now)
  }

  /// Stops, or starts again, what runs only under a lease.
  private mutating func hold(_ configuration: NodeConfiguration, at now: Instant) -> [AgentEffect] {
    mode == .working ? want(plan.stopped, configuration, at: now) : []
  }

  private mutating func want(
    _ names: [ProcessName], _ configuration: NodeConfiguration, at now: Instant
  ) -> [AgentEffect] {
    names.flatMap { configuration.processes[$0].map { want($0, configuration, at: now) } ?? [] }
  }

  /// Tells a process's machine whether and how it should run.
  mutating func want(
    _ process: ProcessConfiguration, _ configuration: NodeConfiguration, at now: Instant
  ) -> [AgentEffect] {
    guard let launch = configuration.launch(of: process.name) else { return [] }
    let isHeld = (isIsolated || record.isUnsettled) && plan.stopped.contains(process.name)
    return drive(process.name, isHeld ? .held(grace: plan.grace) : .wanted(process, launch), at: now)
  }
}

extension [ProcessName] {
  fileprivate var words: String { map(\.text).joined(separator: " ") }
}
