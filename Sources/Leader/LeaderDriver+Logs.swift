import GroupProtocol
import Linux
import Model

extension LeaderDriver {
  /// How long an agent may take to read a part of a log.
  static let logReadLimit = Duration.seconds(10)

  /// Asks a node's agent. An operator that has gone meanwhile is remembered until the agent answers, or the limit.
  func readLog(of node: NodeName, _ query: LogQuery) async -> OperatorAnswer {
    if isStopping { return .rejected(Self.stopping) }
    requestCount += 1
    let id = RequestID(requestCount)
    let limit = Task(executorPreference: TaskThreads.shared) {
      guard (try? await TaskThreads.sleep(for: Self.logReadLimit)) != nil else { return }
      await self.step(.abandonLog(id))
    }
    defer { limit.cancel() }
    return await withCheckedContinuation { continuation in
      logReaders[id] = continuation
      step(.readLog(id, node, query))
    }
  }

  func refuseLogReaders() {
    let waiting = logReaders.values
    logReaders = [:]
    for continuation in waiting { continuation.resume(returning: .rejected(Self.stopping)) }
  }
}
