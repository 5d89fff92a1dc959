import Model

extension LeaderCore {
  /// Takes note of what an agent says it has on disk.
  mutating func note(_ files: [AppliedFile], from id: SessionID) {
    for file in files {
      if let known = sessions[id]?.applied[file.file], known.stamp > file.stamp { continue }
      sessions[id]?.applied[file.file] = file
      guard let sent = sessions[id]?.sent[file.file] else { continue }
      // The right version with another content is one that the agent could not write: it stays unconfirmed, and so
      // is sent again after a while and not at once.
      let isConfirmed = file.stamp == sent.stamp && file.digest == sent.digest
      if isConfirmed || file.stamp > sent.stamp { sessions[id]?.sent[file.file] = nil }
    }
  }

  /// Sends an admitted agent what it does not have: files that differ, and removals of what it should not have.
  mutating func configure(_ id: SessionID, resending: Bool) -> [LeaderEffect] {
    guard let session = sessions[id], session.isAdmitted, let node = session.hello?.node else { return [] }
    // After a lost log the tree does not say yet what the node should have.
    if state.tick < state.quietUntil { return [] }
    let wanted = state.delivered(to: node)
    let isSettled = state.isSettled(node)
    var due: [Configuration.File] = []
    for place in places(wanted, session) {
      let version = wanted[place]
      let digest = version?.content.digest
      if let sent = session.sent[place] {
        // Until it is confirmed nobody knows what the agent has, so what it said before does not count.
        let isOverdue = resending && sent.tick + Self.resendTicks <= state.tick
        if sent.digest == digest, !isOverdue { continue }
      } else if session.applied[place]?.digest == digest {
        continue
      }
      if version == nil, !isSettled { continue }
      let stamp = version.map { Stamp(epoch: state.epoch, index: $0.index) } ?? stamp
      due.append(Configuration.File(file: place, stamp: stamp, content: version?.content))
      sessions[id]?.sent[place] = SentFile(stamp: stamp, digest: digest, tick: state.tick)
    }
    let seen = state.nodes[node]?.seen ?? 0
    return Self.batches(of: due).map { batch in
      .send(id, [.configure(Configuration(stamp: stamp, seen: seen, files: batch))])
    }
  }

  /// All files that the node should have, has, or may have by now.
  private func places(_ wanted: SortedMap<NodeFile, TreeFile>, _ session: Session) -> [NodeFile] {
    var places = SortedSet(wanted.keys)
    places.formUnion(session.applied.keys)
    places.formUnion(session.sent.keys)
    return places.elements
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
