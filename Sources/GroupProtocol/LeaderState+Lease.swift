import Model

extension LeaderState {
  /// Declares the nodes lost whose leases have ended.
  ///
  /// The brake: where more than half of the nodes (and at least three) have been silent for half a lease when the
  /// first lease ends, it is likelier that this leader's network failed than that they all did. Those whose leases
  /// end get one more lease, once; what has not renewed by then is lost.
  mutating func expireLeases() -> [Outcome] {
    guard nodes.contains(where: { $1.phase == .present && $1.leaseEnd <= tick }) else { return [] }
    let present = nodes.filter { $1.phase == .present }
    let expired = present.filter { $1.leaseEnd <= tick }
    if tick < brakeUntil {
      for name in expired.keys { nodes[name]?.leaseEnd = brakeUntil }
      return []
    }
    let silent = present.filter { $1.leaseEnd <= tick + timing.leaseTicks / 2 }
    // A lease that ends where a brake ended is one that the brake gave.
    let hadMoreTime = brakeUntil > 0 && expired.values.contains { $0.leaseEnd == brakeUntil }
    if !hadMoreTime, silent.count >= 3, silent.count * 2 > present.count {
      brakeUntil = tick + timing.leaseTicks
      for name in expired.keys { nodes[name]?.leaseEnd = brakeUntil }
      return [
        .note(
          Note(
            .warning, "most nodes seem lost at once, so they get one more lease",
            ["silent": String(silent.count), "present": String(present.count)]))
      ]
    }
    return expired.keys.flatMap { lose($0, surelyStopped: false, at: index) }
  }

  /// Takes a node out of the members. Its folder stays, with `fail-node` in it, until that was handled.
  mutating func lose(_ name: NodeName, surelyStopped: Bool, at position: LogIndex) -> [Outcome] {
    guard let node = nodes[name], node.phase == .present else { return [] }
    nodes[name]?.phase = .lost
    nodes[name]?.lostAt = tick
    let processes = processNames(of: name, node).map {
      LostProcess(name: $0, surelyStopped: surelyStopped || node.inForce.fenced.contains($0))
    }
    let event = Event(
      identity: EventIdentity(node: name, incarnation: node.incarnation, position: position),
      kind: .failNode(processes), time: time)
    return [.lost(name)] + record(event, at: position)
  }

  private func processNames(of name: NodeName, _ node: Node) -> [ProcessName] {
    var names = SortedSet(node.inForce.processes)
    names.formUnion(SortedSet(node.inForce.fenced))
    for path in tree.files(of: name).keys {
      if let process = path.nodeFile?.process { names.insert(process) }
    }
    return names.elements
  }
}
