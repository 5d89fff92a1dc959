public import GroupProtocol
import Model

extension LeaderState.Node {
  func wire(name: NodeName) -> WireLeaderState.Node {
    var wire = WireLeaderState.Node()
    wire.name = name.text
    wire.instance = instance
    wire.incarnation = incarnation
    wire.phase = phase.wire
    wire.leaseEnd = leaseEnd
    wire.acknowledged = acknowledged
    wire.seen = seen
    wire.owned = owned.map(\.text)
    wire.isAnnounced = isAnnounced
    wire.joinedAt = joinedAt
    if let lostAt { wire.lostAt = lostAt }
    if local != .none { wire.local = local.wire }
    wire.inForce = inForce.wire
    return wire
  }

  init(wire: WireLeaderState.Node) throws(WireError) {
    self.init(
      instance: wire.instance, incarnation: wire.incarnation, phase: try .read(wire.phase, "phase"),
      leaseEnd: wire.leaseEnd, acknowledged: wire.acknowledged, seen: wire.seen,
      owned: SortedSet(try NodeFile.readList(wire.owned, "owned")), isAnnounced: wire.isAnnounced,
      joinedAt: wire.joinedAt, lostAt: wire.hasLostAt ? wire.lostAt : nil,
      local: try .readOptional(wire.local, "local", if: wire.hasLocal) ?? .none,
      inForce: try .readOptional(wire.inForce, "in_force", if: wire.hasInForce) ?? .nothing)
  }
}

extension LeaderState.Departure {
  func wire(node: NodeName) -> WireLeaderState.Departure {
    var wire = WireLeaderState.Departure()
    wire.node = node.text
    wire.instance = instance
    wire.incarnation = incarnation
    wire.acknowledged = acknowledged
    wire.index = index
    return wire
  }

  init(wire: WireLeaderState.Departure) {
    self.init(
      instance: wire.instance, incarnation: wire.incarnation, acknowledged: wire.acknowledged,
      index: wire.index)
  }
}

extension LeaderState.RunningRound: WireValue {
  public var wire: WireLeaderState.RunningRound {
    var wire = WireLeaderState.RunningRound()
    wire.index = index
    wire.tick = tick
    wire.members = members.map(\.text)
    wire.changed = changed.map(\.text)
    return wire
  }

  public init(wire: WireLeaderState.RunningRound) throws(WireError) {
    self.init(
      index: wire.index, tick: wire.tick, members: try NodeName.readList(wire.members, "members"),
      changed: SortedSet(try TreePath.readList(wire.changed, "changed")))
  }
}

extension LeaderState.DeferredEntry: WireValue {
  public var wire: WireLeaderState.DeferredEntry {
    var wire = WireLeaderState.DeferredEntry()
    wire.index = index
    wire.entry = entry.wire
    return wire
  }

  public init(wire: WireLeaderState.DeferredEntry) throws(WireError) {
    self.init(index: wire.index, entry: try .read(wire.entry, "entry", if: wire.hasEntry))
  }
}
