import GroupProtocol
import Model
import Testing

@testable import Transport

@Suite("Agents and a leader talk in batches over real sockets")
struct SessionTests {
  let folder: TestFolder
  init() throws { folder = try TestFolder() }

  static let addresses = [nil, Address.tcp(host: "127.0.0.1", port: 0)]

  private func token(_ address: Address?) throws -> Token? {
    address == nil ? nil : try Token.readOrCreate(file: folder.tokenFile)
  }

  @Test("messages go both ways, in order, on a Unix socket and on TCP", arguments: addresses)
  func bothWays(address: Address?) async throws {
    let leader = RecordingLeader(greeting: [.acknowledged(sequence: 3)])
    let token = try token(address)
    try await withServer(on: [address ?? folder.socket], tokenFile: folder.tokenFile, delegate: leader) {
      addresses in
      let heard = try await LeaderConnection.run(to: addresses[0], token: token) {
        link throws(TransportError) in
        for number in 0..<1000 { link.send([.heartbeat(number: UInt64(number))]) }
        var heard: [LeaderMessage] = []
        for try await batch in link.batches {
          heard += batch
          if heard.count == 1001 { break }
        }
        return heard
      }
      #expect(heard == [.acknowledged(sequence: 3)] + (0..<1000).map { .answered(heartbeat: $0) })
      try await eventually("the leader hears of the end") { await leader.hasEnded(SessionID(1)) }
      let events = await leader.events
      #expect(events.first == .connected(SessionID(1)))
      #expect(events.last == .disconnected(SessionID(1)))
    }
  }

  @Test("what an agent sends last arrives before its stream ends")
  func goodbye() async throws {
    let leader = RecordingLeader()
    try await withServer(on: [folder.socket], delegate: leader) { addresses in
      let large = Content([UInt8](repeating: 7, count: 3 << 20))
      let report = AgentMessage.report(Report(sequence: 1, previous: 0, body: .state(.state, large)))
      try await LeaderConnection.run(to: addresses[0], token: nil) { link throws(TransportError) in
        link.send([report, .goodbye])
      }
      try await eventually("the leader hears of the end") { await leader.hasEnded(SessionID(1)) }
      #expect(await leader.messages(of: SessionID(1)) == [report, .goodbye])
    }
  }

  @Test("what a leader sends before it closes a stream arrives, and then the stream ends")
  func refusal() async throws {
    let refusal = LeaderMessage.refused("another agent is node `n1`", isFinal: false)
    let leader = RecordingLeader(greeting: [refusal], closesAtOnce: true)
    try await withServer(on: [folder.socket], delegate: leader) { addresses in
      let heard = try await LeaderConnection.run(to: addresses[0], token: nil) { link throws(TransportError) in
        var heard: [LeaderMessage] = []
        for try await batch in link.batches { heard += batch }
        return heard
      }
      #expect(heard == [refusal])
    }
  }

  @Test("an error of the agent's drops the stream and comes back from it")
  func agentFails() async throws {
    let leader = RecordingLeader()
    try await withServer(on: [folder.socket], delegate: leader) { addresses in
      let failure = TransportError(.closed, "the agent ends")
      await #expect(throws: failure) {
        try await LeaderConnection.run(to: addresses[0], token: nil) { _ throws(TransportError) in throw failure
        }
      }
      try await eventually("the leader hears of the end") { await leader.hasEnded(SessionID(1)) }
    }
  }

  @Test("an agent that reads too slowly is cut off, and told why")
  func slowAgent() async throws {
    let leader = RecordingLeader()
    var limits = TransportLimits.standard
    limits.queueLimitBytes = 1 << 20
    try await withServer(on: [folder.socket], limits: limits, delegate: leader) { addresses in
      let failure = await #expect(throws: TransportError.self) {
        try await LeaderConnection.run(to: addresses[0], token: nil) { link throws(TransportError) in
          do {
            try await eventually("the session begins") { await leader.sessions.count == 1 }
            let session = try #require(await leader.sessions[SessionID(1)])
            let content = Content([UInt8](repeating: 1, count: 100_000))
            let file = Configuration.File(file: .config, stamp: .zero, content: content)
            let message = LeaderMessage.configure(Configuration(stamp: .zero, seen: 0, files: [file]))
            // Nobody reads: what the sockets hold is bounded, and then the queue is.
            try await eventually("the queue overflows") { !session.send([message]) }
            try await eventually("the leader hears of the end") { await leader.hasEnded(SessionID(1)) }
          } catch { throw TransportError(.system(0), "\(error)") }
          for try await _ in link.batches {}
        }
      }
      #expect(
        failure
          == TransportError(
            .overflowed,
            "`\(addresses[0])` refuses: this agent reads too slowly: more than 1048576 bytes waited for it"))
    }
  }

  @Test("a leader that reads too slowly overflows the agent's queue, never its memory")
  func slowLeader() async throws {
    let leader = StuckLeader()
    var limits = TransportLimits.standard
    limits.queueLimitBytes = 1 << 20
    let agentLimits = limits
    try await withServer(on: [folder.socket], delegate: leader) { addresses in
      let failure = await #expect(throws: TransportError.self) {
        try await LeaderConnection.run(to: addresses[0], token: nil, limits: agentLimits) {
          link throws(TransportError) in
          let content = Content([UInt8](repeating: 1, count: 100_000))
          let report = AgentMessage.report(Report(sequence: 1, previous: 0, body: .state(.state, content)))
          do { try await eventually("the queue overflows") { !link.send([report]) } } catch {
            throw TransportError(.system(0), "\(error)")
          }
          for try await _ in link.batches {}
        }
      }
      await leader.release()
      #expect(failure?.kind == .overflowed)
    }
  }

  @Test("a hundred agents at once each get their own answers")
  func hundred() async throws {
    let leader = RecordingLeader()
    try await withServer(on: [folder.socket], delegate: leader) { addresses in
      let answers = try await withThrowingTaskGroup(of: (UInt64, [LeaderMessage]).self) { group in
        for agent in 0..<UInt64(100) {
          group.addTask {
            let heard = try await LeaderConnection.run(to: addresses[0], token: nil) {
              link throws(TransportError) in
              for number in 0..<UInt64(20) { link.send([.heartbeat(number: agent * 1000 + number)]) }
              var heard: [LeaderMessage] = []
              for try await batch in link.batches {
                heard += batch
                if heard.count == 20 { break }
              }
              return heard
            }
            return (agent, heard)
          }
        }
        return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
      }
      #expect(answers.count == 100)
      for (agent, heard) in answers {
        #expect(heard == (0..<20).map { .answered(heartbeat: agent * 1000 + $0) })
      }
      try await eventually("all sessions end") { await leader.sessions.isEmpty }
    }
  }

  @Test("after the leader's restart an agent connects again at the same address")
  func restart() async throws {
    let address = folder.socket
    for _ in 0..<3 {
      let leader = RecordingLeader(greeting: [.acknowledged(sequence: 1)])
      try await withServer(on: [address], delegate: leader) { addresses in
        let heard = try await LeaderConnection.run(to: addresses[0], token: nil) {
          link throws(TransportError) in
          for try await batch in link.batches { return batch }
          return []
        }
        #expect(heard == [.acknowledged(sequence: 1)])
      }
      await #expect(throws: TransportError.self) {
        try await OperatorClient(address: address, token: nil).ask(.history)
      }
    }
  }

  @Test("an agent sees the end of its leader")
  func leaderEnds() async throws {
    let address = folder.socket
    let leader = RecordingLeader(greeting: [.acknowledged(sequence: 1)])
    let (ready, isReady) = AsyncStream.makeStream(of: Void.self)
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        do {
          try await withServer(on: [address], delegate: leader) { _ in
            isReady.yield()
            try await eventually("the agent is there") { await leader.sessions.count == 1 }
          }
        } catch { Issue.record(error) }
      }
      for await _ in ready { break }
      do {
        try await LeaderConnection.run(to: address, token: nil) { link throws(TransportError) in
          for try await _ in link.batches {}
        }
      } catch {
        // Whether the leader could still end the stream in good order is a race; that it ends is not.
        #expect((error as? TransportError)?.kind == .closed)
      }
      await group.waitForAll()
    }
    #expect(await leader.hasEnded(SessionID(1)))
  }
}

/// A leader that takes the first batch and does not come back for more until it is released.
private actor StuckLeader: GroupDelegate {
  private var waiting: [CheckedContinuation<Void, Never>] = []
  private var isReleased = false

  func connected(_ session: AgentSession) {}
  func received(_ messages: [AgentMessage], from session: SessionID) async {
    if !isReleased { await withCheckedContinuation { waiting.append($0) } }
  }
  func disconnected(_ session: SessionID) {}
  func operate(_ request: OperatorRequest, from peer: Peer) -> OperatorAnswer { .history([]) }

  func release() {
    isReleased = true
    for continuation in waiting { continuation.resume() }
    waiting = []
  }
}
