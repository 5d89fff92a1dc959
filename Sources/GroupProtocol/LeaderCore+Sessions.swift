import Model

extension LeaderCore {
  mutating func receive(_ messages: [AgentMessage], from id: SessionID, time: WallTime) -> [LeaderEffect] {
    var effects: [LeaderEffect] = []
    var entries: [LogEntry] = []
    sessions[id]?.heardAt = state.tick
    for message in messages {
      // A refusal or a goodbye ends the session; what comes after it is void.
      guard let session = sessions[id] else { break }
      switch message {
      case .hello(let hello):
        effects += append(entries, isDurable: true)
        entries = []
        effects += greet(hello, on: id, time: time)
      case .report(let report):
        entries += submit(report, from: session, id, effects: &effects)
        effects += endIfOverfull(id)
      case .heartbeat(let number):
        if session.isAdmitted { sessions[id]?.heartbeat = max(session.heartbeat, number) }
      case .applied(let files):
        note(files, from: id)
        effects += endIfOverfull(id)
      case .processes(let processes):
        sessions[id]?.processes = processes
      case .interested(let digest):
        noteInterest(digest, from: id)
      case .log(let number, let result):
        effects += take(result, number: number, from: id)
      case .local(let report):
        noteLocal(report, from: id)
      case .goodbye:
        if let hello = session.hello, session.isAdmitted {
          entries.append(.left(hello.node, incarnation: hello.incarnation, time: time))
        }
      }
    }
    effects += append(entries, isDurable: true)
    return effects + configure(id) + tellSettled(id)
  }

  /// A hello is doubled, or from an agent that is admitted, refused, or to be put into the log.
  private mutating func greet(_ hello: Hello, on id: SessionID, time: WallTime) -> [LeaderEffect] {
    if let known = sessions[id]?.hello {
      guard known.incarnation == hello.incarnation, known.node == hello.node else { return [] }
      note(hello.applied, from: id)
      return sessions[id]?.isAdmitted == true ? [.send(id, [.welcome(welcome(hello, id))])] : []
    }
    if let refusal = refusal(of: hello) ?? refusal(ofTwin: hello) {
      sessions[id] = nil
      return [.send(id, [refusal]), .close(id)]
    }
    var effects: [LeaderEffect] = []
    for other in sessions.ids(of: hello.node) {
      // A newer stream of the same agent: the older one is dead and does not know it yet.
      guard let older = sessions[other]?.hello, older.instance == hello.instance,
        older.incarnation <= hello.incarnation
      else { continue }
      sessions[other] = nil
      effects.append(.close(other))
    }
    sessions[id]?.hello = hello
    for file in hello.applied { sessions[id]?.applied[file.file] = file }
    sessions[id]?.interest = TellingInterest(digest: hello.interest, tick: state.tick, isConfirmed: true)
    sessions[id]?.local = TellingLocal(hello.local, tick: state.tick, of: state.timing.tick)
    let admission = Admission(
      node: hello.node, instance: hello.instance, incarnation: hello.incarnation, time: time)
    var entries: [LogEntry] = []
    if knowsOfLostLog(hello) {
      entries.append(.opened(epoch: hello.stamp.epoch + 1, timing: timing, time: time))
      effects.append(
        .note(
          Note(
            .warning, "an agent has configurations that are not from this log, so a new epoch begins",
            ["node": hello.node.text, "stamp": hello.stamp.description])))
    }
    return effects + append(entries + [.joined(admission)], isDurable: true)
  }

  /// Whether the agent holds configurations that this log cannot have made: later ones than it has entries, or ones
  /// of this epoch although the log has never heard of the agent. The log was lost, then, or an older copy of it
  /// was put back. A greater epoch makes this leader's configurations win.
  private func knowsOfLostLog(_ hello: Hello) -> Bool {
    let epoch = epochUnderWay
    if hello.stamp > Stamp(epoch: epoch, index: nextIndex) { return true }
    // By its instance, not its name: an agent that was renamed is known by its former one.
    let isKnown =
      state.nodes.values.contains { $0.instance == hello.instance }
      || state.departed.values.contains { $0.instance == hello.instance }
    return !isKnown && hello.stamp.epoch >= epoch
  }

  /// Why an agent cannot be admitted now; nil where it can.
  func refusal(of hello: Hello) -> LeaderMessage? {
    let admission = Admission(
      node: hello.node, instance: hello.instance, incarnation: hello.incarnation, time: state.time)
    if let excess = excess(of: hello) { return .refused(excess, isFinal: true) }
    if state.canAdmit(admission) { return nil }
    let node = state.nodes[hello.node]
    if state.isOldCopy(admission) {
      let known = node?.incarnation ?? state.departed[hello.node]?.incarnation ?? 0
      return .refused(
        "node `\(hello.node)` was already here with incarnation \(known), and this is \(hello.incarnation): its state folder is an old copy; remove it, so that the node joins as a new one",
        isFinal: true)
    }
    if node?.lostAt != nil {
      return .refused(
        "the loss of node `\(hello.node)` is still being handled; it may join again afterwards", isFinal: false)
    }
    return .refused(
      "another agent is node `\(hello.node)`; give this one another name, or stop the other and wait until its lease ends",
      isFinal: false)
  }

  /// Refuses a copy of an agent that is there, and heard. Where it is that agent itself, started again or over another
  /// link, the stream before has ended, or falls silent: it is taken in when it asks again.
  private func refusal(ofTwin hello: Hello) -> LeaderMessage? {
    guard let other = sessions.admitted(of: hello.node), let session = sessions[other],
      session.hello?.instance == hello.instance, session.heardAt + silenceTicks > state.tick
    else { return nil }
    return .refused(
      "an agent with this state folder is node `\(hello.node)` and is heard; where this folder is a copy, remove it, so that its agent joins as a new one with another name",
      isFinal: false)
  }

  /// Two heartbeats: one may be on its way.
  private var silenceTicks: Tick {
    let tick = max(1, state.timing.tick.milliseconds)
    return Tick(clamping: (2 * state.timing.heartbeat.milliseconds + tick - 1) / tick)
  }

  /// Hands a report to the log if it is the next one; tells again where the log has it already.
  private mutating func submit(
    _ report: Report, from session: Session, _ id: SessionID, effects: inout [LeaderEffect]
  ) -> [LogEntry] {
    guard session.isAdmitted, let hello = session.hello, let node = state.nodes[hello.node] else { return [] }
    if report.sequence <= node.acknowledged {
      effects.append(.send(id, [.acknowledged(sequence: node.acknowledged)]))
      return []
    }
    guard report.sequence > session.submitted, report.previous <= max(session.submitted, node.acknowledged)
    else {
      return []
    }
    guard count(report, on: id) else { return [] }
    sessions[id]?.submitted = report.sequence
    return [.reported(hello.node, incarnation: hello.incarnation, report)]
  }

  func welcome(_ hello: Hello, _ id: SessionID) -> Welcome {
    let acknowledged = state.nodes[hello.node]?.acknowledged ?? 0
    // Configurations of an epoch before this log's are known to the agents alone.
    let isFromLostLog = hello.stamp.epoch > 0 && hello.stamp.epoch < state.birthEpoch
    let holdings = isFromLostLog && !state.isSettled(hello.node)
    let knowsNoState = state.nodes[hello.node]?.owned.isEmpty ?? true
    return Welcome(
      epoch: state.epoch, acknowledged: acknowledged,
      resend: acknowledged == 0 || knowsNoState || holdings, holdings: holdings, timing: state.timing,
      isSettled: isSettled(id))
  }
}
