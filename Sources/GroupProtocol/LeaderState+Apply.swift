import Model

extension LeaderState {
  /// Applies the entry at the next position of the log.
  ///
  /// - Precondition: `index` is one more than ``index``; the log is dense.
  public mutating func apply(_ entry: LogEntry, at index: LogIndex) -> [Outcome] {
    precondition(index == self.index + 1, "entry \(index) applied after entry \(self.index)")
    self.index = index
    guard var outcomes = takeNote(of: entry) else { return beginRoundIfDue() }
    if case .finished(let result) = entry {
      running = nil
      outcomes += commit(result)
      let waiting = deferred
      postponed = DeferredEntries()
      for item in waiting { outcomes += carryOut(item.entry, at: item.index) }
    } else if running == nil {
      outcomes += carryOut(entry, at: index)
    } else if entry.isDeferrable {
      postponed.append(entry, at: index)
    }
    // A lease ends by a tick, and while a round runs it waits for the result.
    if running == nil, entry.endsLeases { outcomes += expireLeases() }
    let round = beginRoundIfDue()
    if running == nil, case .tick = entry { outcomes += showEvents() }
    return outcomes + round
  }

  /// The part of an entry that does not touch the tree and so never waits: who is admitted, what is on disk, whose
  /// lease runs. Nil where the entry has no effect at all, as a duplicate.
  private mutating func takeNote(of entry: LogEntry) -> [Outcome]? {
    switch entry {
    case .opened(let epoch, let timing, let time):
      open(epoch: epoch, timing: timing, time: time)
      return []
    case .tick(let renewed, let time):
      tick += 1
      self.time = max(self.time, time)
      forgetProvenance()
      let alive = renewed.filter { nodes[$0]?.phase == .present }
      for node in alive { nodes[node]?.leaseEnd = tick + timing.leaseTicks }
      return alive.isEmpty ? [] : [.renewed(alive)]
    case .joined(let admission):
      let isLossUnhandled = nodes[admission.node]?.lostAt != nil
      guard admit(admission) else { return nil }
      let note = Note(
        .warning, "a node is back although its loss was not handled in time", ["node": admission.node.text])
      return (isLossUnhandled ? [.note(note)] : []) + [.admitted(admission.node)]
    case .reported(let name, let incarnation, let report):
      guard accepts(report, of: name, incarnation: incarnation) else { return nil }
      nodes[name]?.acknowledged = report.sequence
      // At once, for with the acknowledgement the agent may do what it says.
      if case .inForce(let inForce) = report.body { nodes[name]?.inForce = inForce }
      return [.acknowledged(name)]
    case .left(let name, let incarnation, let time):
      guard let node = nodes[name], node.incarnation == incarnation, node.phase == .present else { return nil }
      self.time = max(self.time, time)
      return []
    case .activated(let activation):
      self.time = max(self.time, activation.time)
      return []
    case .lifted(let lift):
      self.time = max(self.time, lift.time)
      return []
    case .finished(let result):
      return running?.index == result.index ? [] : nil
    }
  }

  /// A report is taken once, and only if nothing before it is missing.
  func accepts(_ report: Report, of name: NodeName, incarnation: UInt64) -> Bool {
    guard let node = nodes[name], node.incarnation == incarnation, node.phase == .present else { return false }
    return report.sequence > node.acknowledged && report.previous <= node.acknowledged
  }

  private mutating func open(epoch: UInt64, timing: Timing, time: WallTime) {
    if index == 1 || epoch > self.epoch {
      birthEpoch = epoch
      // An epoch above 1 means that agents remember configurations which this log does not: for a full lease
      // their reports rebuild the tree before any policy decides on it.
      if epoch > 1 { quietUntil = tick + timing.leaseTicks }
    }
    self.epoch = epoch
    self.timing = timing
    self.time = max(self.time, time)
    // Heartbeats went unanswered while no leader was there, so every lease begins anew.
    for name in nodes.keys { nodes[name]?.leaseEnd = tick + timing.leaseTicks }
  }

  /// Whether ``admit(_:)`` would take the node in: it is new, or a later start of the same agent, or its loss has
  /// waited too long to be handled.
  public func canAdmit(_ admission: Admission) -> Bool {
    if isOldCopy(admission) { return false }
    guard let node = nodes[admission.node] else { return true }
    if let lostAt = node.lostAt { return lostAt + Self.lossHandlingLimitTicks <= tick }
    return node.instance == admission.instance
  }

  /// Whether a later start of the same agent is known: its numbers were used already, and taking this one in would
  /// drop its reports as duplicates or apply old ones again.
  func isOldCopy(_ admission: Admission) -> Bool {
    if let node = nodes[admission.node], node.instance == admission.instance {
      return node.incarnation > admission.incarnation
    }
    guard let gone = departed[admission.node], gone.instance == admission.instance else { return false }
    return gone.incarnation > admission.incarnation
  }

  private mutating func admit(_ admission: Admission) -> Bool {
    guard canAdmit(admission) else { return false }
    let name = admission.node
    let known = nodes[name]
    let isSame = known?.instance == admission.instance
    let isBookedAsPresent = known != nil && known?.lostAt == nil
    // An agent never uses a number twice, whatever its incarnation: what it repeats after a restart is known by it.
    let gone = departed[name].flatMap { $0.instance == admission.instance ? $0.acknowledged : nil }
    let acknowledged = (isSame ? known?.acknowledged : gone) ?? 0
    departed[name] = nil
    time = max(time, admission.time)
    // An agent that comes with another name goes on with its processes, and by its leases under that one.
    for (other, node) in nodes where other != name && node.instance == admission.instance {
      nodes[other]?.inForce.fenced = []
    }
    nodes[name] = Node(
      instance: admission.instance, incarnation: admission.incarnation, phase: .present,
      leaseEnd: tick + timing.leaseTicks, acknowledged: acknowledged,
      seen: isSame ? known?.seen ?? acknowledged : acknowledged,
      owned: known?.owned ?? [],
      isAnnounced: isBookedAsPresent && known?.isAnnounced == true,
      joinedAt: isBookedAsPresent ? known?.joinedAt ?? index : index, lostAt: nil,
      local: known?.local ?? .none, inForce: isSame ? known?.inForce ?? .nothing : .nothing)
    return true
  }
}

extension LogEntry {
  /// Whether leases can have ended by the entry; by others they only begin.
  fileprivate var endsLeases: Bool {
    switch self {
    case .tick, .finished: true
    case .opened, .joined, .reported, .left, .activated, .lifted: false
    }
  }

  /// Whether the entry changes the tree or what the next round sees, and so waits for a running round's result.
  var isDeferrable: Bool {
    switch self {
    case .joined, .reported, .left, .activated, .lifted: true
    case .opened, .tick, .finished: false
    }
  }
}
