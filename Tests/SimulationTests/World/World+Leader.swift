import GroupProtocol
import Model

extension World {
  mutating func startLeader() throws {
    guard leader == nil else { return }
    leaderLife += 1
    logWrittenAt = now
    try observe(.leaderStarted(logEnd: disk.end, isLogLost: disk.end == 0))
    leader = LeaderCore(state: try recover(), timing: timing)
    agenda.plan(.leaderTick(life: leaderLife), after: timing.tick)
    try tellLeader(.open)
  }

  /// The state as the disk gives it. What the leader before had not come to brings the tree in step only now.
  private mutating func recover() throws -> LeaderState {
    var state = disk.snapshot
    for entry in disk.entries {
      let outcomes = state.apply(entry, at: state.index + 1)
      guard state.index > shownIndex else { continue }
      for case .stored(let changes, _) in outcomes { try observe(.leaderStored(changes)) }
    }
    shownIndex = state.index
    return state
  }

  /// The leader's process or machine dies. Of what was not durable some may stand on the disk all the same.
  mutating func crashLeader() {
    guard leader != nil else { return }
    leader = nil
    leaderLife += 1
    let kept = Int(disk.durableEnd) + generator.number(0...Int(disk.end - disk.durableEnd))
    disk.crash(keeping: LogIndex(kept))
    if bug == .diskForgets { disk.crash(keeping: max(disk.base, disk.end - min(disk.end, 3))) }
    if !isCalm, generator.happens(perMille: options.logLossesPerMille) { disk.wipe() }
    shownIndex = min(shownIndex, disk.end)
    for stream in network.open.values { breakStream(stream) }
    note("the leader crashes and keeps \(disk.end) entries")
  }

  mutating func tellLeader(_ input: LeaderInput) throws {
    guard var core = leader else { return }
    let early = try acknowledgeEarly(input)
    let effects = early + core.step(input, time: wall)
    leader = core
    shownIndex = max(shownIndex, core.state.index)
    for effect in effects { try perform(effect) }
  }

  private mutating func perform(_ effect: LeaderEffect) throws {
    switch effect {
    case .append(_, let entries, let isDurable): append(entries, isDurable: isDurable)
    case .send(let session, let messages):
      for message in messages { try send(message, to: session) }
    case .close(let session):
      if let stream = network.open[session] { breakStream(stream) }
    case .store(let changes, _): try observe(.leaderStored(changes))
    case .startRound(let request):
      agenda.plan(
        .roundEnds(life: leaderLife, request),
        after: generator.milliseconds(1...options.slowestRoundMilliseconds))
    case .answer, .note: note("\(effect)")
    }
  }

  private mutating func append(_ entries: [LogEntry], isDurable: Bool) {
    disk.append(entries)
    let delay = generator.milliseconds(isDurable ? 1...max(1, options.slowestDiskMilliseconds) : 0...1)
    // The log keeps its order: what is written later is not there earlier.
    logWrittenAt = max(logWrittenAt, now + delay)
    agenda.plan(
      .logWritten(life: leaderLife, through: disk.end, isDurable: isDurable), after: logWrittenAt - now)
  }

  mutating func logWritten(through: LogIndex, isDurable: Bool) throws {
    if isDurable {
      for (index, entry) in disk.flush(through: through) { try observe(.logged(entry, index)) }
    }
    try tellLeader(.appended(through: through))
    if let state = leader?.state, options.snapshotEntries > 0,
      state.index >= disk.base + LogIndex(options.snapshotEntries)
    {
      disk.compact(state)
    }
  }

  private mutating func send(_ message: LeaderMessage, to session: SessionID) throws {
    guard let stream = network.open[session] else { return }
    let message = planted(message)
    try observe(.leaderSaid(agents[stream.agent].name, message, durableEnd: disk.durableEnd))
    if bug == .configurationsAreLost, stream.agent == 0, case .configure = message { return }
    if case .interest = message {
      if bug == .interestsAreLost || bug == .interestIsToldOnce && interested.contains(stream.agent) { return }
      interested.insert(stream.agent)
    }
    let arrivals = network.arrivals(on: stream, isForLeader: false, at: now, options, &generator)
    for arrival in arrivals {
      agenda.plan(.arrivesAtAgent(stream, message), after: arrival - now)
    }
  }

  /// The wrapper: the policy's outputs, or a rule that fails.
  mutating func endRound(_ request: RoundRequest) throws {
    let policy = PolicyModel.number(of: leader?.state.policies.bundles[request.policy])
    let hasFailed = !isCalm && generator.happens(perMille: options.failuresPerMille)
    let problem = RuleProblem(
      kind: .failed, place: nil, target: "web", message: "it failed", attempts: 1,
      retryAt: request.tick + Tick(generator.number(1...5)))
    let wanted = PolicyModel.outputs(policy: policy, tree: request.tree, members: request.members)
    let changes = PolicyModel.changes(
      to: wanted, in: request.tree, members: request.members, local: PolicyModel.localFiles(policy))
    try observe(.decided(request.index, members: request.members, wanted: SortedSet(wanted.keys)))
    // make was killed, or a rule failed, and what nobody has made yet is undecided.
    let isUnreadable = hasFailed && bug != .failuresTake && generator.happens(perMille: 300)
    let undecided = hasFailed && bug != .failuresTake ? wanted.keys.filter { request.tree[$0] == nil } : []
    let files = SortedSet(try PolicyModel.localFiles(policy).map { try NodeFile($0) })
    let local = SortedMap(files.isEmpty ? [] : request.members.map { ($0, files) })
    let interest: Interest? =
      options.isInterestExact ? planted(interest: interest(of: policy, request.members)) : nil
    try tellLeader(
      .finished(
        RoundResult(
          index: request.index, changes: hasFailed ? [] : changes,
          handled: hasFailed || bug == .eventsAreIgnored ? [] : request.events.map(\.identity),
          problems: hasFailed ? [problem] : [], provenance: [], memory: [],
          interest: isUnreadable ? nil : interest, passes: isUnreadable ? 0 : 1,
          local: isUnreadable ? nil : local,
          undecided: SortedSet(undecided.filter { $0.nodeFile != nil && $0.top != "cluster" }))))
  }

  /// A node's wrapper: as ``endRound(_:)``, over the node's own folder.
  mutating func localRound(_ request: RoundRequest, _ agent: Int) -> RoundResult {
    let policy = PolicyModel.number(of: agents[agent].localPolicy)
    let hasFailed = !isCalm && generator.happens(perMille: options.failuresPerMille)
    let problem = RuleProblem(
      kind: .failed, place: nil, target: "web", message: "it failed on the node", attempts: 1,
      retryAt: request.tick + Tick(generator.number(1...5)))
    let wanted = request.members.first.map {
      PolicyModel.localOutputs(policy: policy, tree: request.tree, node: $0)
    }
    let changes = (wanted ?? [:]).filter { request.tree[$0]?.content != $1 }.map { TreeChange($0, $1) }
    let state = request.members.first.flatMap { try? TreePath("\($0)/web/state.xml") }
    return RoundResult(
      index: request.index, changes: hasFailed ? [] : changes,
      handled: hasFailed ? [] : request.events.map(\.identity), problems: hasFailed ? [problem] : [],
      provenance: [], memory: [],
      interest: Interest(state.map { [ValueReference($0, tag: "rate")] } ?? []), passes: 1)
  }

  /// What agents should send.
  func interest(of policy: Int, _ members: [NodeName]) -> Interest {
    options.isInterestExact ? PolicyModel.interest(policy: policy, members: members) : .everything
  }

  mutating func activate(policy number: Int) throws {
    requests += 1
    try tellLeader(
      .activate(RequestID(requests), PolicyModel.bundle(number: number), author: "ann", expected: nil))
  }
}
