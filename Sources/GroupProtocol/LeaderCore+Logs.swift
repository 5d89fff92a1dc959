import Model

/// What processes print goes from their agents to operators through the leader, and never through the log: the leader
/// keeps nothing but who waits for which agent's answer.
extension LeaderCore {
  /// How many operators may wait for one agent, and for all: with ``LogChunk/limitBytes`` the bound of the memory that
  /// answers take.
  public static let logReadsPerAgent = 16
  public static let logReadLimit = 128

  struct LogRead: Equatable, Sendable {
    let session: SessionID
    let node: NodeName
    let process: ProcessName
  }

  mutating func readLog(_ request: RequestID, of node: NodeName, _ query: LogQuery) -> [LeaderEffect] {
    guard let session = sessions.admitted(of: node) else {
      return [.answer(request, .rejected(absence(of: node, query.process)))]
    }
    let others = logReads.values
    if others.count >= Self.logReadLimit
      || others.count(where: { $0.session == session }) >= Self.logReadsPerAgent
    {
      let text = "too many logs are read at once; ask again"
      return [.answer(request, .rejected(Rejection(.unavailable, text)))]
    }
    logReads[request] = LogRead(session: session, node: node, process: query.process)
    return [.send(session, [.readLog(number: request.number, query)])]
  }

  private func absence(of node: NodeName, _ process: ProcessName) -> Rejection {
    if state.nodes[node] == nil {
      return Rejection(.notFound, "there is no node `\(node)`; `dmake status` lists the nodes")
    }
    return Rejection(
      .unavailable,
      "node `\(node)` is not connected; what `\(process)` printed stands there, in log/\(process).log of the agent's state folder"
    )
  }

  /// An agent's answer; one that came too late is for nobody.
  mutating func take(_ result: LogResult, number: UInt64, from session: SessionID) -> [LeaderEffect] {
    let request = RequestID(number)
    guard let read = logReads[request], read.session == session else { return [] }
    logReads[request] = nil
    switch result {
    case .chunk(let chunk): return [.answer(request, .log(chunk))]
    case .noOutput: return [.answer(request, .log(nil))]
    case .noProcess:
      let text = "node `\(read.node)` has no process `\(read.process)`; `dmake status \(read.node)` lists them"
      return [.answer(request, .rejected(Rejection(.notFound, text)))]
    case .failed(let reason):
      return [.answer(request, .rejected(Rejection(.unavailable, "node `\(read.node)`: \(reason)")))]
    }
  }

  /// The operator has waited long enough.
  mutating func abandonLog(_ request: RequestID) -> [LeaderEffect] {
    guard let read = logReads[request] else { return [] }
    logReads[request] = nil
    return [
      .answer(request, .rejected(Rejection(.unavailable, "node `\(read.node)` does not answer; ask again")))
    ]
  }

  mutating func abandonLogs(of session: SessionID) -> [LeaderEffect] {
    logReads.filter { $1.session == session }.flatMap { request, read -> [LeaderEffect] in
      logReads[request] = nil
      return [.answer(request, .rejected(absence(of: read.node, read.process)))]
    }
  }
}
