import Model

/// The `[local]` rules of a node (paper, section 5): its agent runs them by itself, with the same make wrapper, over
/// the node's own part of the tree. The leader says which policy and which files (``LocalPart``), and learns of
/// results afterwards, as it learns of states.
///
/// What local rules make is held and delivered like a leader's files, with stamps of epoch 0: whatever a leader
/// decides, once it is the leader's to decide, is newer.
struct LocalRules: Equatable, Sendable {
  /// Occurrences that wait for local rules; beyond, the oldest go.
  static let eventLimit = 1024
  /// After how long a file is delivered again that could not be written.
  static let redeliveryDelay = Duration.seconds(3)

  struct Running: Equatable, Sendable {
    let index: LogIndex
    let part: Digest
    let node: NodeName
  }

  var record: LocalRecord
  var isRecordChanged = false
  /// The node's folder as its rules see it.
  var tree = Tree()
  /// What the rules read, as the last round said.
  var interest = Interest.everything
  /// What they read of a file by tags, as it was when it was last compared.
  var parts = SortedMap<NodeFile, Digest>()
  /// Files of which the tree may have another version than the node.
  var news: SortedSet<NodeFile> = []
  var changed: SortedSet<TreePath> = []
  /// Event files whose content in the tree lags behind what waits: a round that begins sees to it.
  var staleEvents: SortedSet<TreePath> = []
  var isDirty = true
  var running: Running?
  var problems: [RuleProblem] = []
  /// Whether the leader is to hear what is in force, and what is wrong with it.
  var isReportDue = false
  var redeliverAt: Instant?
  /// Ticks count on from the record's.
  let ticks: (start: Tick, at: Instant)

  init(record: LocalRecord, at now: Instant) {
    self.record = record
    ticks = (record.tick, now)
  }

  static func == (left: Self, right: Self) -> Bool {
    left.record == right.record && left.tree == right.tree && left.interest == right.interest
      && left.isDirty == right.isDirty && left.running == right.running && left.problems == right.problems
  }

  func tick(at now: Instant) -> Tick { ticks.start + Tick(max(0, (now - ticks.at).milliseconds / 1000)) }

  /// When a failed rule is tried again, or a file delivered again.
  var deadline: Instant? {
    guard record.part.policy != nil else { return redeliverAt }
    let retry = running == nil ? problems.compactMap(\.retryAt).min() : nil
    let due = retry.map { ticks.at + .seconds(Int64(clamping: $0 > ticks.start ? $0 - ticks.start : 0)) }
    return [due, redeliverAt].compactMap { $0 }.min()
  }

  mutating func owns(_ file: NodeFile, _ isOwned: Bool) {
    if isOwned { record.owned.insert(file) } else { record.owned.remove(file) }
    isRecordChanged = true
  }
}

extension AgentCore {
  /// What the leader is told of the local rules: what they say is wrong, and a configuration that makes no sense.
  func localReport(at now: Instant) -> LocalReport {
    var problems = local.problems
    if isLocal(.config), let problem = files[.config]?.problem {
      problems.append(
        RuleProblem(
          kind: .badOutput, place: nil, target: TreePath.nodeConfig(record.node).text,
          message: "the node's configuration makes no sense, the one before it stays in force: \(problem)",
          attempts: 1, retryAt: nil))
    }
    return LocalReport(
      part: local.record.part.digest, policy: local.record.part.policy, problems: problems,
      tick: problems.contains { $0.retryAt != nil } ? local.tick(at: now) : nil)
  }

  /// Whether local rules make the file, so that it is no leader's.
  func isLocal(_ file: NodeFile) -> Bool { local.record.owned.contains(file) }

  /// Goes by another part. What was the leader's and is local now stays as it is until a local rule has made it anew,
  /// and the other way round, so that no process stops because its configuration has another author.
  mutating func take(
    _ part: LocalPart, _ bundle: Bundle?, from id: LinkID, at now: Instant
  ) -> [AgentEffect] {
    let old = local.record.part
    if part.digest == old.digest { return [.send(id, [.local(localReport(at: now))])] }
    // The policy got lost on the way; the leader hears from the report that it is wanted, and tells all again.
    if let policy = part.policy, policy != old.policy, bundle?.digest != policy {
      return [.send(id, [.local(localReport(at: now))])]
    }
    var effects: [AgentEffect] = []
    local.record.part = part
    // The leader says it again, of what holds from here on.
    isSettledByLeader = false
    local.isRecordChanged = true
    local.isReportDue = true
    local.isDirty = true
    if part.policy != old.policy {
      effects.append(.keepPolicy(part.policy == nil ? nil : bundle))
      local.interest = .everything
      local.problems = []
    }
    if part.policy == nil { forgetLocalState() }
    for file in local.record.owned where !part.files.contains(file) {
      // What was told of it may still be on its way, and must not stay as the node's.
      effects += reportState(file, nil) + release(file)
    }
    for (file, held) in files where part.files.contains(file) && held.content != nil && !isLocal(file) {
      local.owns(file, true)
      record.files[file] = AgentRecord.HeldFile(stamp: held.stamp, digest: held.content?.digest)
      isRecordChanged = true
    }
    noteAllLocalFiles()
    return effects + reportLocalFiles()
  }

  private mutating func forgetLocalState() {
    local.record.memory = [:]
    local.record.events = []
    local.staleEvents = []
    local.tree = Tree()
    local.parts = [:]
    local.problems = []
  }

  /// The file is the leader's from here on: it stands as it is until the leader says otherwise.
  private mutating func release(_ file: NodeFile) -> [AgentEffect] {
    local.owns(file, false)
    local.record.pending.removeAll { $0.file == file }
    guard let content = files[file]?.content else { return [] }
    files[file] = HeldFile(stamp: .zero, content: content)
    record.files[file] = AgentRecord.HeldFile(stamp: .zero, digest: content.digest)
    isRecordChanged = true
    guard let id = link.welcomed, let answer = applied(file) else {
      areFilesNews = true
      return []
    }
    return [.send(id, [.applied([answer])])]
  }

  /// What was left to a leader that has not answered: the word of it may have been lost.
  var released: [AgentMessage] {
    let left = files.filter { $1.stamp == .zero && $1.content != nil }.keys.compactMap(applied)
    return left.isEmpty ? [] : [.applied(left)]
  }

  /// As ``release(_:)``, and a leader that has not heard of the file as a local one hears that it is none.
  mutating func releaseAfterRound(_ file: NodeFile) -> [AgentEffect] {
    guard isLocal(file) else { return [] }
    let news = local.record.part.files.contains(file) ? [] : reportState(file, nil)
    return release(file) + news
  }

  /// Everything that local rules have made, for a leader that may not have it.
  mutating func reportLocalFiles() -> [AgentEffect] {
    local.record.owned.elements.flatMap { file in
      files[file]?.content.map { reportState(file, $0) } ?? []
    }
  }

  mutating func noteAllLocalFiles() {
    local.news.formUnion(files.keys)
    local.news.formUnion(observed.keys)
  }

  /// At the start: what an earlier agent decided and may not have written, and what was lost of its memory.
  mutating func beginLocal() -> [AgentEffect] {
    noteAllLocalFiles()
    if local.record.part.policy == nil {
      return local.record.owned.elements.flatMap { release($0) }
    }
    local.staleEvents.formUnion(local.record.events.map(\.path))
    var effects = reportLocalFiles()
    if !local.record.pending.isEmpty { effects.append(deliverLocal(local.record.pending)) }
    return effects
  }

  mutating func deliverLocal(_ due: [Configuration.File]) -> AgentEffect {
    for file in due {
      if pending[file.file]?.contains(where: { $0.stamp == file.stamp }) == true { continue }
      pending[file.file, default: []].append(file)
      expect(file)
    }
    return .deliver(due)
  }

  /// Files reached the disk, or did not.
  mutating func deliveredLocal(_ results: [DeliveryResult], at now: Instant) -> [AgentEffect] {
    var effects: [AgentEffect] = []
    for result in results {
      if result.stamp.epoch > 0, result.problem == nil { effects += overtaken(result.file) }
      let isDecided = local.record.pending.contains { $0.file == result.file && $0.stamp == result.stamp }
      guard isDecided else { continue }
      if result.problem != nil {
        local.redeliverAt = now + LocalRules.redeliveryDelay
        continue
      }
      local.record.pending.removeAll { $0.file == result.file && $0.stamp == result.stamp }
      local.isRecordChanged = true
      if isLocal(result.file) { effects += reportState(result.file, files[result.file]?.content) }
    }
    return effects
  }

  /// A leader's version reached the disk that was on its way when the file became the node's own: what the rules have
  /// decided since does not stand there, so they decide again from nothing.
  private mutating func overtaken(_ file: NodeFile) -> [AgentEffect] {
    guard local.record.part.files.contains(file) else { return [] }
    local.record.memory = [:]
    local.isRecordChanged = true
    local.isDirty = true
    // What a round decides that runs now rests on what stood there before.
    local.running = local.running.map {
      LocalRules.Running(index: $0.index, part: Digest(of: []), node: $0.node)
    }
    guard isLocal(file) else { return [] }
    let content = files[file]?.content
    if content == nil { local.owns(file, false) }
    return reportState(file, content)
  }

  /// A process ended: the occurrence stays until a local round that saw it has ended with every rule that reads it
  /// done (dmakefile(5), Events). The leader hears of it as of every end.
  mutating func noteLocalEnd(_ process: ProcessName, _ end: ProcessEnd, _ time: WallTime, sequence: UInt64) {
    let identity = EventIdentity(node: record.node, incarnation: record.incarnation, sequence: sequence)
    let event = Event(identity: identity, kind: .stopProc(process, end), time: time)
    guard local.record.part.policy != nil else { return }
    // A round that runs may come to read it.
    guard local.running != nil || local.interest.contains(event.path) else { return }
    local.record.events.append(event)
    if local.record.events.count > LocalRules.eventLimit { local.record.events.removeFirst() }
    local.isRecordChanged = true
    local.isDirty = true
    local.staleEvents.insert(event.path)
  }

  /// For a round that begins: each file once, however many processes ended.
  mutating func showLocalEvents() {
    if local.staleEvents.isEmpty { return }
    var occurrences = SortedMap<TreePath, [Event]>()
    for event in local.record.events where local.staleEvents.contains(event.path) {
      occurrences[event.path, default: []].append(event)
    }
    for path in local.staleEvents {
      let content = occurrences[path].map(Event.file)
      let isChanged = local.tree.apply(TreeChange(path, content), at: local.record.index + 1)
      // That it goes runs nothing.
      if isChanged, content != nil { local.changed.insert(path) }
    }
    local.staleEvents = []
  }

  /// Another name means another folder of the tree: everything is made anew below it.
  mutating func renameLocal() {
    forgetLocalState()
    noteAllLocalFiles()
    local.isDirty = true
  }
}
