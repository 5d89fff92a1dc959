import Model

extension LeaderState {
  /// Declares the nodes lost whose leases have ended.
  ///
  /// The brake: where more than half of the nodes (and at least three) would be lost at once, it is likelier that
  /// this leader's network failed than that they all did. They get one more lease, once; what has not renewed by
  /// then is lost.
  mutating func expireLeases() -> [Outcome] {
    let expired = nodes.filter { $1.phase == .present && $1.leaseEnd <= tick }.keys
    if expired.isEmpty { return [] }
    let present = members.count
    if tick > brakeUntil { brakeUntil = 0 }
    if expired.count >= 3, expired.count * 2 > present, brakeUntil == 0 {
      brakeUntil = tick + timing.leaseTicks
      for name in expired { nodes[name]?.leaseEnd = brakeUntil }
      return [
        .note(
          Note(
            .warning, "most nodes seem lost at once, so they get one more lease",
            ["silent": String(expired.count), "present": String(present)]))
      ]
    }
    return expired.flatMap { lose($0, surelyStopped: false, at: index) }
  }

  /// Takes a node out of the members. Its folder stays, with `fail-node` in it, until that was handled.
  mutating func lose(_ name: NodeName, surelyStopped: Bool, at position: LogIndex) -> [Outcome] {
    guard let node = nodes[name], node.phase == .present else { return [] }
    nodes[name]?.phase = .lost
    nodes[name]?.lostAt = tick
    let processes = processNames(of: name).map { LostProcess(name: $0, surelyStopped: surelyStopped) }
    let event = Event(
      identity: EventIdentity(node: name, incarnation: node.incarnation, sequence: position),
      kind: .failNode(processes), time: time)
    return [.lost(name)] + record(event, at: position)
  }

  private func processNames(of node: NodeName) -> [ProcessName] {
    var names = SortedSet<ProcessName>()
    for path in tree.files(of: node).keys {
      if let process = path.nodeFile?.process { names.insert(process) }
    }
    return names.elements
  }
}
