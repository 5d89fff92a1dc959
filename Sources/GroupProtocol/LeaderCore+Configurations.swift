import Model

extension LeaderCore {
  /// Takes note of what an agent says it has on disk.
  mutating func note(_ files: [AppliedFile], from id: SessionID) {
    guard var session = sessions[id] else { return }
    for file in files {
      // What an agent has from its own local rules has stamp 0, whatever it had of a leader before.
      if let known = session.applied[file.file], known.stamp > file.stamp, file.stamp > .zero { continue }
      session.applied[file.file] = file
      session.doubtful.insert(file.file)
      guard let sent = session.sent[file.file] else { continue }
      // The right version with another content is one that the agent could not write: it stays unconfirmed, and so
      // is sent again after a while and not at once.
      let isConfirmed = file.stamp == sent.stamp && file.digest == sent.digest
      if isConfirmed || file.stamp > sent.stamp {
        session.sent[file.file] = nil
      } else if file.stamp == sent.stamp {
        session.sent[file.file]?.bytes = 0
      }
    }
    sessions[id] = session
  }

  /// Begins to doubt everything that the node should have or says it has.
  mutating func doubtAll(_ id: SessionID) {
    guard let session = sessions[id], let node = session.hello?.node else { return }
    sessions[id]?.doubtful = SortedSet(state.delivered(to: node).keys + session.applied.keys)
  }

  /// Sends an admitted agent what it does not have: files that differ, and removals of what it should not have.
  ///
  /// What is looked at is what has changed since the last time, in the tree or by the agent's word, so that a
  /// report costs the same whatever the node has.
  /// - Parameter overdue: files that were sent long ago and are sent again.
  mutating func configure(_ id: SessionID, resending overdue: [NodeFile] = []) -> [LeaderEffect] {
    guard var session = sessions[id], session.isAdmitted, let node = session.hello?.node else { return [] }
    session.doubtful.formUnion(overdue)
    if session.doubtful.isEmpty { return [] }
    // After a lost log the tree does not say yet what the node should have.
    if state.tick < state.quietUntil { return [] }
    let isSettled = state.isSettled(node)
    var due: [Configuration.File] = []
    // Not known yet, or more than may be on its way at once.
    var later = SortedSet<NodeFile>()
    for place in session.doubtful where !state.isLocal(place, of: node) {
      let version = state.delivered(place, to: node)
      let digest = version?.content.digest
      if let sent = session.sent[place] {
        // Until it is confirmed nobody knows what the agent has, so what it said before does not count.
        let isOverdue = sent.isOverdue(at: state.tick) && !overdue.isEmpty
        if sent.digest == digest, !isOverdue { continue }
      } else if session.applied[place]?.digest == digest {
        continue
      }
      if version == nil, !isSettled {
        later.insert(place)
        continue
      }
      let size = version?.content.bytes.count ?? 0
      guard session.sent.hasRoom(for: size, of: place) else {
        later.insert(place)
        continue
      }
      let stamp = version.map { Stamp(epoch: state.epoch, index: $0.index) } ?? stamp
      due.append(Configuration.File(file: place, stamp: stamp, content: version?.content))
      session.sent[place] = SentFile(stamp: stamp, digest: digest, tick: state.tick, bytes: size)
    }
    session.doubtful = later
    sessions[id] = session
    let seen = state.nodes[node]?.seen ?? 0
    return Self.batches(of: due).map { batch in
      .send(id, [.configure(Configuration(stamp: stamp, seen: seen, files: batch))])
    }
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
