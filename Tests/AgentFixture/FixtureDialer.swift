import Agent
import GroupProtocol
import Model

/// A leader in memory that has one configuration for its agent and acknowledges everything.
struct FixtureDialer: LeaderDialer {
  let configuration: Content

  func withStream(
    to leader: String, _ body: @escaping @Sendable (any LeaderStream) async -> Void
  ) async throws {
    await body(FixtureStream(configuration: configuration))
  }
}

private struct FixtureStream: LeaderStream {
  let configuration: Content
  private let batches: AsyncStream<[LeaderMessage]>
  private let batch: AsyncStream<[LeaderMessage]>.Continuation

  init(configuration: Content) {
    self.configuration = configuration
    (batches, batch) = AsyncStream.makeStream()
  }

  func send(_ messages: [AgentMessage]) -> Bool {
    batch.yield(messages.flatMap(answer))
    return true
  }

  func receive(_ each: @escaping @Sendable ([LeaderMessage]) async -> Void) async throws {
    for await messages in batches { await each(messages) }
  }

  private func answer(_ message: AgentMessage) -> [LeaderMessage] {
    switch message {
    case .hello:
      let file = Configuration.File(file: .config, stamp: Stamp(epoch: 1, index: 1), content: configuration)
      return [
        .welcome(Welcome(epoch: 1, acknowledged: 0, resend: true, holdings: false, timing: .standard)),
        .configure(Configuration(stamp: file.stamp, seen: 0, files: [file])),
      ]
    case .report(let report): return [.acknowledged(sequence: report.sequence)]
    case .heartbeat(let number): return [.answered(heartbeat: number)]
    case .applied, .processes, .interested, .log, .local, .goodbye: return []
    }
  }
}
