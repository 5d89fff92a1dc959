import FoundationEssentials
public import GroupProtocol
import Model

/// The whole replicated state as one message: the body of a snapshot.
extension LeaderState: WireValue {
  public var wire: WireLeaderState {
    var wire = WireLeaderState()
    wire.epoch = epoch
    wire.birthEpoch = birthEpoch
    wire.index = index
    wire.tick = tick
    wire.timeMilliseconds = time.milliseconds
    wire.timing = timing.wire
    wire.quietUntil = quietUntil
    wire.brakeUntil = brakeUntil
    wire.tree = tree.files.map { path, file in
      StatusReport.File(path: path, index: file.index, content: file.content).wire
    }
    wire.nodes = nodes.map { $1.wire(name: $0) }
    wire.departed = departed.map { $1.wire(node: $0) }
    wire.events = events.map(\.wire)
    wire.staleEvents = staleEvents.map(\.text)
    wire.policyRecords = policies.records.map(\.wire)
    wire.bundles = policies.bundles.values.map(\.wire)
    wire.interest = interest.wire
    wire.memory = memory.map { MemoryChange(key: $0, value: $1).wire }
    wire.problems = problems.map(\.wire)
    wire.lifted = lifted.elements
    wire.provenanceSince = provenance.since
    wire.provenance = provenance.records.map { value, records in
      var wire = WireLeaderState.Explained()
      wire.value = value.wire
      wire.records = records.map(\.wire)
      return wire
    }
    wire.changed = changed.map(\.text)
    wire.isDirty = isDirty
    if let running { wire.running = running.wire }
    wire.deferred = deferred.map(\.wire)
    wire.rounds = rounds
    wire.lastRound = lastRound
    if lastDecided != lastRound { wire.lastDecided = lastDecided }
    wire.undecided = undecided.map(\.text)
    wire.adopted = adopted.map(\.text)
    return wire
  }

  public init(wire: WireLeaderState) throws(WireError) {
    self.init()
    epoch = wire.epoch
    birthEpoch = wire.birthEpoch
    index = wire.index
    tick = wire.tick
    time = try Field.time(wire.timeMilliseconds, "time_milliseconds")
    timing = try .read(wire.timing, "timing", if: wire.hasTiming)
    quietUntil = wire.quietUntil
    brakeUntil = wire.brakeUntil
    for file in try StatusReport.File.readList(wire.tree, "tree") {
      tree.apply(TreeChange(file.path, file.content), at: file.index)
    }
    try readMembership(wire)
    try readPolicies(wire)
    changed = SortedSet(try TreePath.readList(wire.changed, "changed"))
    staleEvents = SortedSet(try TreePath.readList(wire.staleEvents, "stale_events"))
    isDirty = wire.isDirty
    running = try .readOptional(wire.running, "running", if: wire.hasRunning)
    deferred = try DeferredEntry.readList(wire.deferred, "deferred")
    rounds = wire.rounds
    lastRound = wire.lastRound
    lastDecided = wire.hasLastDecided ? wire.lastDecided : wire.lastRound
    undecided = SortedSet(try TreePath.readList(wire.undecided, "undecided"))
    adopted = SortedSet(try TreePath.readList(wire.adopted, "adopted"))
    lifted = SortedSet(wire.lifted)
  }

  private mutating func readMembership(_ wire: WireLeaderState) throws(WireError) {
    for (position, node) in wire.nodes.enumerated() {
      do { nodes[try .read(node.name, "name")] = try Node(wire: node) } catch {
        throw error.inside("nodes[\(position)]")
      }
    }
    for (position, departure) in wire.departed.enumerated() {
      departed[try .read(departure.node, "departed[\(position)].node")] = Departure(wire: departure)
    }
    events = try Event.readList(wire.events, "events")
  }

  private mutating func readPolicies(_ wire: WireLeaderState) throws(WireError) {
    let bundles = try Bundle.readList(wire.bundles, "bundles")
    policies = PolicyHistory(
      records: try PolicyHistory.Record.readList(wire.policyRecords, "policy_records"),
      bundles: SortedMap(bundles.map { ($0.digest, $0) }))
    interest = try .read(wire.interest, "interest", if: wire.hasInterest)
    for change in try MemoryChange.readList(wire.memory, "memory") { memory[change.key] = change.value }
    problems = try RuleProblem.readList(wire.problems, "problems")
    var history: [(ValueReference, [ProvenanceHistory.Record])] = []
    for (position, explained) in wire.provenance.enumerated() {
      do {
        history.append(
          (
            try .read(explained.value, "value", if: explained.hasValue),
            try ProvenanceHistory.Record.readList(explained.records, "records")
          ))
      } catch { throw error.inside("provenance[\(position)]") }
    }
    provenance = ProvenanceHistory(since: wire.provenanceSince, records: SortedMap(history))
  }
}

extension ProvenanceHistory.Record: WireValue {
  public var wire: WireLeaderState.Explained.Record {
    var wire = WireLeaderState.Explained.Record()
    wire.index = index
    wire.tick = tick
    wire.timeMilliseconds = time.milliseconds
    if let provenance { wire.provenance = provenance.wire }
    return wire
  }

  public init(wire: WireLeaderState.Explained.Record) throws(WireError) {
    self.init(
      index: wire.index, tick: wire.tick, time: try Field.time(wire.timeMilliseconds, "time_milliseconds"),
      provenance: try .readOptional(wire.provenance, "provenance", if: wire.hasProvenance))
  }
}

extension PolicyHistory.Record: WireValue {
  public var wire: WirePolicyRecord {
    PolicyRecord(policy: policy, index: index, time: time, author: author, isActive: false).wire
  }

  public init(wire: WirePolicyRecord) throws(WireError) {
    let record = try PolicyRecord(wire: wire)
    self.init(policy: record.policy, index: record.index, time: record.time, author: record.author)
  }
}
