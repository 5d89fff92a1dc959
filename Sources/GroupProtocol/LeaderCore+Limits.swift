import Model

/// What of an agent's words only the core can judge: whether they fit together with what it knows. How long and how
/// large each of them may be is decided where it is read.
extension LeaderCore {
  /// By how much an agent's epoch may exceed the log's. Each loss of a log costs a few.
  static let epochLead: UInt64 = 1 << 16
  /// How many files a node may have, of its own and of a leader's.
  static let filesOfNode = 65_536

  /// The epoch once everything that was handed to the log has its effect.
  var epochUnderWay: UInt64 {
    underWay.reduce(state.epoch) { epoch, next in
      if case .opened(let later, _, _) = next.entry { max(epoch, later) } else { epoch }
    }
  }

  /// Why what an agent claims to hold cannot be true; nil where it can. The leader would have to go beyond its epoch
  /// for good.
  func excess(of hello: Hello) -> String? {
    let limit = epochUnderWay + Self.epochLead
    let stamps = [hello.stamp] + hello.applied.map(\.stamp)
    guard let epoch = stamps.map(\.epoch).max(), epoch > limit else { return nil }
    return
      "node `\(hello.node)` holds configurations of epoch \(epoch), and this cluster, in epoch \(epochUnderWay), believes in none after \(limit): its state folder is damaged or from another cluster; remove it, so that the node joins as a new one"
  }

  /// Notes which files an agent reports; false where that is one too many.
  mutating func count(_ report: Report, on id: SessionID) -> Bool {
    switch report.body {
    case .state(let file, nil): sessions[id]?.reported.remove(file)
    case .state(let file, _), .held(let file, _, _): sessions[id]?.reported.insert(file)
    case .stopped, .inForce: break
    }
    return sessions[id].map { $0.reported.count <= Self.filesOfNode } ?? false
  }

  /// Ends the stream of an agent that tells of more files than a node may have.
  mutating func endIfOverfull(_ id: SessionID) -> [LeaderEffect] {
    guard let session = sessions[id], let node = session.hello?.node,
      max(session.applied.count, session.reported.count) > Self.filesOfNode
    else { return [] }
    sessions[id] = nil
    let reason =
      "node `\(node)` tells of more than \(Self.filesOfNode) files, and a leader keeps no more of a node"
    return [
      .note(Note(.warning, "an agent's stream was ended", ["node": node.text, "reason": reason])),
      .send(id, [.refused(reason, isFinal: false)]), .close(id),
    ]
  }
}
