import Model

/// The open streams, found by their numbers and by the nodes that they speak for.
struct LeaderSessions: Equatable, Sendable {
  private var entries = SortedMap<SessionID, LeaderCore.Session>()
  /// Streams that have said hello, the oldest first.
  private var speakers = SortedMap<NodeName, [SessionID]>()

  subscript(id: SessionID) -> LeaderCore.Session? {
    get { entries[id] }
    set {
      let old = entries[id]?.hello?.node
      let new = newValue?.hello?.node
      entries[id] = newValue
      guard old != new else { return }
      if let old {
        let others = ids(of: old).filter { $0 != id }
        speakers[old] = others.isEmpty ? nil : others
      }
      if let new { speakers[new] = (ids(of: new) + [id]).sorted() }
    }
  }

  func contains(_ id: SessionID) -> Bool { entries.contains(id) }

  /// The streams that have said hello as this node.
  func ids(of node: NodeName) -> [SessionID] { speakers[node] ?? [] }

  /// The admitted stream that speaks for a node.
  func admitted(of node: NodeName) -> SessionID? { ids(of: node).first { entries[$0]?.isAdmitted == true } }
}

extension LeaderSessions: Sequence {
  func makeIterator() -> SortedMap<SessionID, LeaderCore.Session>.Iterator { entries.makeIterator() }
}
