import Agent
import GroupProtocol
import Model
import Synchronization

/// A leader in memory: it keeps what agents say, acknowledges it, and sends what the test wants.
final class FakeLeader: LeaderDialer {
  struct Away: Error {}

  private struct State {
    var received: [AgentMessage] = []
    var files: [Configuration.File] = []
    var index: LogIndex = 0
    var local: LeaderMessage?
    var acknowledged: UInt64 = 0
    var isAway = false
    var streams: [AsyncStream<[LeaderMessage]>.Continuation] = []
  }

  private let state = Mutex(State())

  var received: [AgentMessage] { state.withLock { $0.received } }

  var reports: [Report.Body] {
    received.compactMap { if case .report(let report) = $0 { report.body } else { nil } }
  }

  var applied: SortedMap<NodeFile, AppliedFile> {
    var latest = SortedMap<NodeFile, AppliedFile>()
    for case .applied(let files) in received { for file in files { latest[file.file] = file } }
    return latest
  }

  /// The latest content of a file that the node owns.
  func reported(_ file: String) -> String? {
    let contents = reports.compactMap { body -> Content?? in
      if case .state(let name, let content) = body, name.text == file { .some(content) } else { nil }
    }
    return contents.last.flatMap { $0 }?.text
  }

  func configure(_ file: String, _ text: String?) throws {
    let name = try NodeFile(file)
    state.withLock { state in
      state.index += 1
      let new = Configuration.File(
        file: name, stamp: Stamp(epoch: 1, index: state.index), content: text.map { Content($0) })
      state.files.append(new)
      for stream in state.streams {
        stream.yield([.configure(Configuration(stamp: new.stamp, seen: 0, files: [new]))])
      }
    }
  }

  /// The node decides these files by itself, by this policy.
  func delegate(_ policy: String, _ files: [String]) throws {
    let path = try TreePath(Bundle.policyFile)
    let bundle = Bundle(files: [.init(path: path, isExecutable: false, content: Content(policy))])
    let names = SortedSet(try files.map { try NodeFile($0) })
    state.withLock { state in
      state.index += 1
      let part = LocalPart(
        policy: bundle.digest, since: Stamp(epoch: 1, index: state.index), files: names)
      let message = LeaderMessage.local(part, bundle)
      state.local = message
      for stream in state.streams { stream.yield([message]) }
    }
  }

  var localReport: LocalReport? {
    received.compactMap { if case .local(let report) = $0 { report } else { nil } }.last
  }

  /// Every link breaks, and none can be made until it comes back.
  func goAway() {
    state.withLock { state in
      state.isAway = true
      for stream in state.streams { stream.finish() }
      state.streams = []
    }
  }

  func comeBack() { state.withLock { $0.isAway = false } }

  func withStream(
    to leader: String, _ body: @escaping @Sendable (any LeaderStream) async -> Void
  ) async throws {
    let (batches, batch) = AsyncStream<[LeaderMessage]>.makeStream()
    let isAway = state.withLock { state in
      if !state.isAway { state.streams.append(batch) }
      return state.isAway
    }
    if isAway { throw Away() }
    await body(FakeStream(leader: self, batches: batches, batch: batch))
  }

  fileprivate func take(_ messages: [AgentMessage]) -> [LeaderMessage] {
    state.withLock { state in
      state.received += messages
      return messages.flatMap { Self.answer($0, &state) }
    }
  }

  private static func answer(_ message: AgentMessage, _ state: inout State) -> [LeaderMessage] {
    switch message {
    case .hello:
      let stamp = Stamp(epoch: 1, index: state.index)
      return [
        .welcome(
          Welcome(
            epoch: 1, acknowledged: state.acknowledged, resend: state.acknowledged == 0, holdings: false,
            timing: .standard)),
        .configure(Configuration(stamp: stamp, seen: 0, files: state.files)),
      ] + (state.local.map { [$0] } ?? [])
    case .report(let report):
      state.acknowledged = max(state.acknowledged, report.sequence)
      return [.acknowledged(sequence: state.acknowledged)]
    case .heartbeat(let number): return [.answered(heartbeat: number)]
    case .applied, .processes, .interested, .log, .local, .goodbye: return []
    }
  }
}

private struct FakeStream: LeaderStream {
  let leader: FakeLeader
  let batches: AsyncStream<[LeaderMessage]>
  let batch: AsyncStream<[LeaderMessage]>.Continuation

  func send(_ messages: [AgentMessage]) -> Bool {
    batch.yield(leader.take(messages))
    return true
  }

  func receive(_ each: @escaping @Sendable ([LeaderMessage]) async -> Void) async throws {
    for await messages in batches { await each(messages) }
  }
}
