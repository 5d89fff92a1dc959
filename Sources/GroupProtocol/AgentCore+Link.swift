import Model

/// The stream to a leader: at most one at a time, to each address in turn.
struct Link: Equatable, Sendable {
  enum Phase: Equatable, Sendable {
    case none
    case waiting(until: Instant)
    case opening(LinkID, limit: Instant)
    /// Hello was sent; it is sent again at `next`, and the link given up at `limit`.
    case greeting(LinkID, next: Instant, limit: Instant)
    case welcomed(LinkID)
  }

  static let shortestDelay = Duration.milliseconds(100)
  static let longestDelay = Duration.seconds(5)
  static let openingLimit = Duration.seconds(10)
  static let helloInterval = Duration.seconds(3)
  static let greetingLimit = Duration.seconds(30)

  var phase = Phase.none
  var timing = Timing.standard
  private(set) var count: UInt64 = 0
  private(set) var failures = 0
  private var generator: JitterGenerator
  var heartbeat: UInt64 = 0
  var heartbeatAt = Instant.zero
  /// When the last heartbeat that was answered was sent, or the link was welcomed.
  var answeredAt = Instant.zero
  /// Sent and not answered, oldest first.
  var unanswered: [(number: UInt64, at: Instant)] = []
  /// When the first hello over this link was sent, the only time at which the leader surely had not heard of it yet.
  var greetedAt = Instant.zero

  init(seed: UInt64) { generator = JitterGenerator(seed: seed) }

  static func == (left: Link, right: Link) -> Bool {
    left.phase == right.phase && left.count == right.count && left.generator == right.generator
      && left.heartbeat == right.heartbeat
  }

  var id: LinkID? {
    switch phase {
    case .none, .waiting: nil
    case .opening(let id, _), .greeting(let id, _, _), .welcomed(let id): id
    }
  }

  var welcomed: LinkID? {
    if case .welcomed(let id) = phase { id } else { nil }
  }

  var deadline: Instant? {
    switch phase {
    case .none: nil
    case .waiting(let until): until
    case .opening(_, let limit): limit
    case .greeting(_, let next, let limit): min(next, limit)
    case .welcomed: min(heartbeatAt, silenceLimit)
    }
  }

  /// From then on the link counts as dead, though nobody closed it.
  var silenceLimit: Instant { answeredAt + max(timing.fence, timing.heartbeat * 3) }

  mutating func open(at now: Instant) -> LinkID {
    count += 1
    let id = LinkID(count)
    phase = .opening(id, limit: now + Self.openingLimit)
    return id
  }

  /// Waits for the next attempt: a delay that doubles, of which a random half is taken off, so that the agents of a
  /// cluster do not come back to a restarted leader all at once.
  ///
  /// - Parameter fence: an agent that is to be heard before then tries several times as long as it can.
  mutating func retry(at now: Instant, before fence: Instant?) {
    var delay = Self.shortestDelay
    for _ in 0..<failures where delay < Self.longestDelay { delay = delay * 2 }
    let milliseconds = min(delay, Self.longestDelay).milliseconds
    let jitter = Int64(generator.next() % UInt64(milliseconds / 2 + 1))
    failures += 1
    let spare = fence.map { max(Self.shortestDelay / 2, ($0 - now) / 8) } ?? Self.longestDelay
    phase = .waiting(until: now + min(.milliseconds(milliseconds - jitter), spare))
  }

  mutating func welcome(_ id: LinkID, timing new: Timing, at now: Instant) {
    phase = .welcomed(id)
    timing = new
    failures = 0
    heartbeatAt = now
    answeredAt = now
    unanswered = []
  }

  mutating func startOver() {
    phase = .none
    failures = 0
  }

  /// Answers when what is answered was sent; nil if that is not known any more.
  mutating func answer(_ number: UInt64) -> Instant? {
    guard let sent = unanswered.last(where: { $0.number <= number }) else { return nil }
    answeredAt = max(answeredAt, sent.at)
    unanswered.removeAll { $0.number <= number }
    return sent.at
  }

  /// What was sent before the machine slept was sent so much earlier.
  mutating func slept(_ duration: Duration) {
    greetedAt = greetedAt + (.zero - duration)
    for index in unanswered.indices { unanswered[index].at = unanswered[index].at + (.zero - duration) }
  }
}

extension AgentCore {
  mutating func connect(at now: Instant) -> [AgentEffect] {
    guard !settings.leaders.isEmpty else { return [] }
    let leader = settings.leaders[Int(link.count % UInt64(settings.leaders.count))]
    return [.connect(link.open(at: now), leader: leader)]
  }

  mutating func opened(_ id: LinkID, at now: Instant) -> [AgentEffect] {
    guard case .opening(id, _) = link.phase else { return [] }
    link.phase = .greeting(id, next: now + Link.helloInterval, limit: now + Link.greetingLimit)
    link.greetedAt = now
    return [.send(id, [.hello(hello(at: now))])]
  }

  private func hello(at now: Instant) -> Hello {
    Hello(
      node: record.node, instance: record.instance, incarnation: record.incarnation, stamp: record.stamp,
      applied: files.keys.compactMap(applied), version: settings.version, groups: settings.groups,
      interest: interest.digest, local: localReport(at: now))
  }

  mutating func closed(_ id: LinkID, _ reason: String, at now: Instant) -> [AgentEffect] {
    guard link.id == id else { return [] }
    return lose(reason, at: now)
  }

  /// The first failure is worth a warning, those that follow are not.
  private mutating func lose(_ reason: String, at now: Instant) -> [AgentEffect] {
    let level: Note.Level = link.failures == 0 ? .warning : .debug
    link.retry(at: now, before: plan.isNeeded && !isIsolated ? fenceAt : nil)
    return [note(level, "no link to a leader", ["reason": reason])]
  }

  mutating func linkTimer(at now: Instant) -> [AgentEffect] {
    switch link.phase {
    case .none: return []
    case .waiting(let until): return until <= now ? connect(at: now) : []
    case .opening(let id, let limit):
      return limit <= now ? [.disconnect(id)] + lose("the connection takes too long", at: now) : []
    case .greeting(let id, let next, let limit):
      if limit <= now { return [.disconnect(id)] + lose("the leader does not answer hello", at: now) }
      if now < next { return [] }
      link.phase = .greeting(id, next: now + Link.helloInterval, limit: limit)
      return [.send(id, [.hello(hello(at: now))])]
    case .welcomed(let id):
      if link.silenceLimit <= now {
        return [.disconnect(id)] + lose("the leader does not answer heartbeats", at: now)
      }
      guard link.heartbeatAt <= now else { return [] }
      link.heartbeat += 1
      link.heartbeatAt = now + link.timing.heartbeat
      link.unanswered.append((link.heartbeat, now))
      // Phases are told again now and then, since they are neither numbered nor acknowledged.
      guard link.heartbeat % 10 == 0 else { return [.send(id, [.heartbeat(number: link.heartbeat)])] }
      areProcessesNews = true
      return [.send(id, [.heartbeat(number: link.heartbeat)] + released)]
    }
  }

  mutating func receive(_ messages: [LeaderMessage], from id: LinkID, at now: Instant) -> [AgentEffect] {
    var effects: [AgentEffect] = []
    for message in messages where link.id == id && mode != .ended {
      switch message {
      case .welcome(let welcome): effects += take(welcome, from: id, at: now)
      case .refused(let reason, let isFinal): effects += refused(id, reason, isFinal: isFinal, at: now)
      case .acknowledged(let sequence):
        if link.welcomed != nil, sequence >= outbox.next {
          effects += disbelieve(id, sequence, at: now)
        } else if link.welcomed != nil {
          if outbox.acknowledge(sequence, at: now) { isRecordChanged = true }
          effects += releaseFenced(at: now)
        }
      case .answered(let heartbeat, let isSettled):
        if let sent = link.answer(heartbeat) { effects += renewLease(sent: sent) }
        if link.welcomed != nil, isSettled { noteSettlement(true) }
      case .configure(let configuration):
        if link.welcomed != nil { effects += take(configuration, from: id, at: now) }
      case .interest(let interest):
        if link.welcomed != nil { effects += take(interest, from: id) }
      case .readLog(let number, let query):
        if link.welcomed != nil { effects.append(.readLog(id, number: number, query)) }
      case .local(let part, let bundle):
        if link.welcomed != nil { effects += take(part, bundle, from: id, at: now) }
      }
    }
    return effects
  }

  private mutating func take(_ welcome: Welcome, from id: LinkID, at now: Instant) -> [AgentEffect] {
    // A doubled hello is answered twice; the second answer may be older than acknowledgements.
    guard link.welcomed == nil else { return [] }
    if welcome.acknowledged > outbox.next + Outbox.lead { return disbelieve(id, welcome.acknowledged, at: now) }
    link.welcome(id, timing: welcome.timing, at: now)
    // A leader whose log was put back to an older one has forgotten reports that it had acknowledged.
    let hasForgotten = welcome.acknowledged < outbox.acknowledged
    if outbox.restart(acknowledged: welcome.acknowledged) { isRecordChanged = true }
    areProcessesNews = true
    var effects = [note(.info, "a leader welcomed the agent", ["epoch": "\(welcome.epoch)"])]
    // What was said over another link may be of an earlier time.
    isSettledByLeader = false
    noteSettlement(welcome.isSettled)
    effects += renewLease(sent: link.greetedAt)
    effects += releaseFenced(at: now)
    if let configuration { effects += planIsolation(configuration) }
    if areFilesNews {
      areFilesNews = false
      effects.append(.send(id, [.applied(files.keys.compactMap(applied))]))
    }
    if welcome.resend || hasForgotten {
      if welcome.holdings {
        for (file, held) in files where !isLocal(file) {
          if let content = held.content { effects += report(.held(file, held.stamp, content)) }
        }
      }
      for (file, content) in observed { effects += reportState(file, content) }
      effects += reportLocalFiles() + tellInForceAgain()
    }
    return effects + linkTimer(at: now)
  }

  /// A leader that acknowledges what was never sent would make the agent keep back all that comes.
  private mutating func disbelieve(_ id: LinkID, _ sequence: UInt64, at now: Instant) -> [AgentEffect] {
    let reason = "the leader acknowledges report #\(sequence), and the last one is #\(outbox.next - 1)"
    return [.disconnect(id)] + lose(reason, at: now)
  }

  private mutating func refused(
    _ id: LinkID, _ reason: String, isFinal: Bool, at now: Instant
  ) -> [AgentEffect] {
    if isFinal {
      return [note(.error, "the leader refuses the agent", ["reason": reason])] + finish(.refused(reason))
    }
    return [.disconnect(id)] + lose(reason, at: now)
  }

  mutating func rename(_ name: NodeName, at now: Instant) -> [AgentEffect] {
    guard name != record.node else { return [] }
    var effects = [note(.info, "the node is renamed", ["from": record.node.text, "to": name.text])]
    // Processes find the name in their variables.
    for name in machines.keys { effects += drive(name, .outdated, at: now) }
    record.node = name
    record.incarnation += 1
    isRecordChanged = true
    renameLocal()
    // The leader has it by the old name alone.
    toldInForce = nil
    let closing = link.id.map { [AgentEffect.disconnect($0)] } ?? []
    link.startOver()
    return effects + closing + (mode == .starting ? [] : connect(at: now))
  }

  /// Neither numbered nor kept: whoever wanted to see it asks again.
  func tellLog(_ result: LogResult, _ number: UInt64, _ query: LogQuery, on id: LinkID) -> [AgentEffect] {
    guard link.welcomed == id else { return [] }
    let isUnknown =
      result == .noOutput && !machines.contains(query.process)
      && configuration?.processes.contains(query.process) != true
    return [.send(id, [.log(number: number, isUnknown ? .noProcess : result)])]
  }

  /// What the leader should hear now, where there is one.
  mutating func tell(at now: Instant) -> [AgentEffect] {
    guard let id = link.welcomed, mode != .ended else { return [] }
    var messages = outbox.due(at: now).map(AgentMessage.report)
    if outbox.next >= record.sequenceLimit { reserve() }
    messages += dueProcesses(at: now)
    if local.isReportDue {
      local.isReportDue = false
      messages.append(.local(localReport(at: now)))
    }
    return messages.isEmpty ? [] : [.send(id, messages)]
  }

  /// Numbers the report; what was reserved on the disk always lies ahead of what was sent.
  mutating func report(_ body: Report.Body) -> [AgentEffect] {
    let sequence = outbox.next
    let isFull = outbox.add(body)
    if case .stopped(let process, let end, let time) = body {
      isRecordChanged = true
      noteLocalEnd(process, end, time, sequence: sequence)
    }
    if outbox.next >= record.sequenceLimit { reserve() }
    return isFull ? [note(.error, "too many reports wait for a leader, the oldest is dropped")] : []
  }

  private mutating func reserve() {
    record.sequenceLimit = outbox.next + Outbox.blockLimit
    isRecordChanged = true
  }
}
