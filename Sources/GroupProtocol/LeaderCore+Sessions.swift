import Model

extension LeaderCore {
  mutating func receive(_ messages: [AgentMessage], from id: SessionID, time: WallTime) -> [LeaderEffect] {
    var effects: [LeaderEffect] = []
    var entries: [LogEntry] = []
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
      case .heartbeat(let number):
        if session.isAdmitted { sessions[id]?.heartbeat = max(session.heartbeat, number) }
      case .applied(let files):
        note(files, from: id)
      case .processes(let processes):
        sessions[id]?.processes = processes
      case .goodbye:
        if let hello = session.hello, session.isAdmitted {
          entries.append(.left(hello.node, incarnation: hello.incarnation, time: time))
        }
      }
    }
    effects += append(entries, isDurable: true)
    return sessions.contains(id) ? effects + configure(id, resending: false) : effects
  }

  /// A hello is doubled, or from an agent that is admitted, refused, or to be put into the log.
  private mutating func greet(_ hello: Hello, on id: SessionID, time: WallTime) -> [LeaderEffect] {
    guard sessions[id]?.hello == nil else {
      return sessions[id]?.isAdmitted == true ? [.send(id, [.welcome(welcome(hello))])] : []
    }
    if let refusal = refusal(of: hello) {
      sessions[id] = nil
      return [.send(id, [refusal]), .close(id)]
    }
    var effects: [LeaderEffect] = []
    for (other, session) in sessions where session.hello?.node == hello.node {
      // The newer stream of the same agent: the older one is dead and does not know it yet.
      sessions[other] = nil
      effects.append(.close(other))
    }
    sessions[id]?.hello = hello
    for file in hello.applied { sessions[id]?.applied[file.file] = file }
    let admission = Admission(
      node: hello.node, instance: hello.instance, incarnation: hello.incarnation, time: time)
    var entries: [LogEntry] = []
    // The agent has seen a later configuration than this log has entries: the log was lost or an older copy of it
    // was put back. A greater epoch makes this leader's configurations win.
    if hello.stamp > Stamp(epoch: epochUnderWay, index: nextIndex) {
      entries.append(.opened(epoch: hello.stamp.epoch + 1, timing: timing, time: time))
      effects.append(
        .note(
          Note(
            .warning, "an agent knows a later configuration than the log, so a new epoch begins",
            ["node": hello.node.text, "stamp": hello.stamp.description])))
    }
    return effects + append(entries + [.joined(admission)], isDurable: true)
  }

  private var epochUnderWay: UInt64 {
    underWay.reduce(state.epoch) { epoch, entry in
      if case .opened(let next, _, _) = entry { max(epoch, next) } else { epoch }
    }
  }

  private func refusal(of hello: Hello) -> LeaderMessage? {
    guard let node = state.nodes[hello.node] else { return nil }
    let admission = Admission(
      node: hello.node, instance: hello.instance, incarnation: hello.incarnation, time: state.time)
    if state.canAdmit(admission) { return nil }
    if node.lostAt != nil {
      return .refused(
        "the loss of node `\(hello.node)` is still being handled; it may join again afterwards", isFinal: false)
    }
    if node.instance != hello.instance {
      return .refused(
        "another agent is node `\(hello.node)`; give this one another name, or stop the other and wait until its lease ends",
        isFinal: false)
    }
    return .refused(
      "node `\(hello.node)` was already here with incarnation \(node.incarnation), and this is \(hello.incarnation): its state folder is an old copy; remove it, so that the node joins as a new one",
      isFinal: true)
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
    sessions[id]?.submitted = report.sequence
    return [.reported(hello.node, incarnation: hello.incarnation, report)]
  }

  func welcome(_ hello: Hello) -> Welcome {
    let acknowledged = state.nodes[hello.node]?.acknowledged ?? 0
    // Configurations of an epoch before this log's are known to the agents alone.
    let isFromLostLog = hello.stamp.epoch > 0 && hello.stamp.epoch < state.birthEpoch
    let knowsNoState = state.nodes[hello.node]?.owned.isEmpty ?? true
    return Welcome(
      epoch: state.epoch, acknowledged: acknowledged, resend: acknowledged == 0 || knowsNoState,
      holdings: isFromLostLog && state.delivered(to: hello.node).isEmpty, timing: state.timing)
  }

  /// The session that speaks for a node.
  func session(of node: NodeName) -> SessionID? { sessions.first { $1.hello?.node == node }?.0 }

  private mutating func note(_ files: [AppliedFile], from id: SessionID) {
    for file in files {
      if let known = sessions[id]?.applied[file.file], known.stamp > file.stamp { continue }
      sessions[id]?.applied[file.file] = file
      if let sent = sessions[id]?.sent[file.file], file.stamp >= sent.stamp {
        sessions[id]?.sent[file.file] = nil
      }
    }
  }

  /// Sends an admitted agent what it does not have: files that differ, and removals of what it should not have.
  mutating func configure(_ id: SessionID, resending: Bool) -> [LeaderEffect] {
    guard let session = sessions[id], session.isAdmitted, let hello = session.hello else { return [] }
    // After a lost log the tree does not say yet what the node should have.
    if state.tick < state.quietUntil { return [] }
    let wanted = state.delivered(to: hello.node)
    var files: [Configuration.File] = []
    for (file, version) in wanted {
      let stamp = Stamp(epoch: state.epoch, index: version.index)
      if let held = session.applied[file], held.digest == version.content.digest { continue }
      files.append(Configuration.File(file: file, stamp: stamp, content: version.content))
    }
    if isSettled(hello.node) {
      for (file, held) in session.applied where held.digest != nil && !wanted.contains(file) {
        files.append(Configuration.File(file: file, stamp: durableStamp, content: nil))
      }
    }
    let due = files.filter { file in
      guard let sent = session.sent[file.file] else { return true }
      let isNewer = file.content == nil ? false : file.stamp > sent.stamp
      return isNewer || (resending && sent.tick + Self.resendTicks <= state.tick)
    }
    for file in due { sessions[id]?.sent[file.file] = SentFile(stamp: file.stamp, tick: state.tick) }
    let seen = state.nodes[hello.node]?.seen ?? 0
    return Self.batches(of: due).map { batch in
      .send(id, [.configure(Configuration(stamp: durableStamp, seen: seen, files: batch))])
    }
  }

  /// Whether a policy has seen the node since it joined. Until then the tree has nothing for it, and what it holds
  /// from an earlier time (its processes run by it) is not taken away.
  private func isSettled(_ node: NodeName) -> Bool {
    state.rounds > 0 && state.nodes[node].map { state.lastRound >= $0.joinedAt } ?? false
  }

  private static func batches(of files: [Configuration.File]) -> [[Configuration.File]] {
    var batches: [[Configuration.File]] = []
    var size = 0
    for file in files {
      let bytes = (file.content?.bytes.count ?? 0) + 256
      if batches.isEmpty || size + bytes > messageLimitBytes {
        batches.append([])
        size = 0
      }
      batches[batches.count - 1].append(file)
      size += bytes
    }
    return batches
  }
}
