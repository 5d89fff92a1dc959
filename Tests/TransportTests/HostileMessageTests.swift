import GroupProtocol
import Model
import Testing

@testable import Transport

@Suite("A message that breaks a limit ends its stream, with the peer, the field and the limit")
struct HostileMessageTests {
  let folder: TestFolder
  init() throws { folder = try TestFolder() }

  @Test("an agent's: its leader hears nothing of it, and serves the next one")
  func agent() async throws {
    let leader = RecordingLeader()
    let node = try NodeName("n1")
    try await withServer(on: [folder.socket], delegate: leader) { addresses in
      for epoch: UInt64 in [.max, .max - 1] {
        let hello = Hello(
          node: node, instance: "i", incarnation: 1, stamp: Stamp(epoch: epoch, index: 0), applied: [],
          version: "1")
        let failure = await #expect(throws: TransportError.self) {
          try await LeaderConnection.run(to: addresses[0], token: nil) { link throws(TransportError) in
            link.send([.hello(hello)])
            for try await _ in link.batches {}
          }
        }
        #expect(failure?.kind == .badMessage)
        #expect(
          failure?.description.contains(
            "the field `messages[0].hello.stamp.epoch` is refused: \(epoch) is too large; expected a number below 4611686018427387904"
          ) == true, "\(failure?.description ?? "")")
        #expect(failure?.description.contains("\(addresses[0])") == true)
      }
      try await eventually("both streams end") { await leader.hasEnded(SessionID(2)) }
      #expect(await leader.messages(of: SessionID(1)).isEmpty)
      let heard = try await LeaderConnection.run(to: addresses[0], token: nil) { link throws(TransportError) in
        link.send([.heartbeat(number: 7)])
        for try await batch in link.batches { return batch }
        return []
      }
      #expect(heard == [.answered(heartbeat: 7)])
    }
  }

  @Test("a leader's: the agent is told which leader said it")
  func leader() async throws {
    let leader = RecordingLeader(greeting: [.acknowledged(sequence: .max)])
    try await withServer(on: [folder.socket], delegate: leader) { addresses in
      let failure = await #expect(throws: TransportError.self) {
        try await LeaderConnection.run(to: addresses[0], token: nil) { link throws(TransportError) in
          for try await _ in link.batches {}
        }
      }
      #expect(
        failure
          == TransportError(
            .badMessage,
            "the leader at `\(addresses[0])` sent what it must not: the field `messages[0].acknowledged` is refused: 18446744073709551615 is too large; expected a number below 4611686018427387904"
          ))
    }
  }
}
