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
    // What processes need goes before the configuration that starts them.
    let places = session.doubtful.filter { $0 != .config } + session.doubtful.filter { $0 == .config }
    var isWaiting = false
    for place in places where !state.isLocal(place, of: node) {
      let version = state.delivered(place, to: node)
      let digest = version?.content.digest
      if let sent = session.sent[place] {
        // Until it is confirmed nobody knows what the agent has, so what it said before does not count.
        let isOverdue = sent.isOverdue(at: state.tick) && !overdue.isEmpty
        if sent.digest == digest, !isOverdue { continue }
      } else if session.applied[place]?.digest == digest {
        continue
      }
      // What the node has is not taken from it, nor changed, before a rule has said what it is to have.
      let isUndecided = version == nil && !isSettled || state.undecided.contains(TreePath(node, place))
      if isUndecided, version == nil || session.applied[place]?.digest != nil {
        later.insert(place)
        continue
      }
      let size = version?.content.bytes.count ?? 0
      guard session.sent.hasRoom(for: size, of: place), place != .config || !isWaiting else {
        later.insert(place)
        isWaiting = true
        continue
      }
      let stamp = version.map { Stamp(epoch: state.epoch, index: $0.index) } ?? stamp
      due.append(Configuration.File(file: place, stamp: stamp, content: version?.content))
      session.sent[place] = SentFile(stamp: stamp, digest: digest, tick: state.tick, bytes: size)
    }
    session.doubtful = later
    sessions[id] = session
    let seen = state.nodes[node]?.seen ?? 0
    return Self.batches(of: Self.inOrder(due)).map { batch in
      .send(id, [.configure(Configuration(stamp: stamp, seen: seen, files: batch))])
    }
  }

  /// Whether a round has settled what the node is to run, and its agent has that.
  func isSettled(_ id: SessionID) -> Bool {
    guard let session = sessions[id], let node = session.hello?.node, state.isSettled(node),
      state.tick >= state.quietUntil
    else { return false }
    guard state.isLocal(.config, of: node) else {
      let digest = state.delivered(.config, to: node)?.content.digest
      return session.sent[.config] == nil && session.applied[.config]?.digest == digest
    }
    // Local rules decide by what the leader delivers.
    return session.sent.names.isEmpty && session.doubtful.isEmpty && session.local?.isConfirmed == true
      && session.local?.digest == state.nodes[node]?.local.digest
  }

  /// Says so as soon as it becomes true; each answer to a heartbeat says it again.
  mutating func tellSettled(_ id: SessionID) -> [LeaderEffect] {
    guard let session = sessions[id], session.isAdmitted, !session.isToldSettled, isSettled(id) else {
      return []
    }
    sessions[id]?.isToldSettled = true
    return [.send(id, [.answered(heartbeat: session.answered, isSettled: true)])]
  }

  /// What processes need comes before the configuration that starts them, and goes after it.
  private static func inOrder(_ files: [Configuration.File]) -> [Configuration.File] {
    let others = files.filter { $0.file != .config }
    return others.filter { $0.content != nil } + files.filter { $0.file == .config }
      + others.filter { $0.content == nil }
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
