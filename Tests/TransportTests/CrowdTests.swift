import GroupProtocol
import NIOEmbedded
import Testing

@testable import Transport

@Suite("Connections that ask nothing hold nothing for long, and keep nobody out")
struct CrowdTests {
  let folder: TestFolder
  init() throws { folder = try TestFolder() }

  /// The connection preface of HTTP/2 and an empty SETTINGS frame (RFC 9113, 3.4 and 6.5).
  private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]

  private var loopback: Address { .tcp(host: "127.0.0.1", port: 0) }

  @Test("strangers on TCP are let go, while members go on and others get in")
  func strangers() async throws {
    var limits = TransportLimits.patient
    limits.strangerPatience = .seconds(2)
    let token = try Token.readOrCreate(file: folder.tokenFile)
    let leader = RecordingLeader()
    try await withServer(
      on: [loopback, folder.socket], tokenFile: folder.tokenFile, limits: limits, delegate: leader
    ) { addresses in
      try await LeaderConnection.run(to: addresses[0], token: token, limits: .patient) {
        link throws(TransportError) in
        do {
          try await eventually("the member is there") { await leader.sessions.count == 1 }
          let crowd = try Crowd(120, at: addresses[0], saying: Self.preface)
          _ = try await OperatorClient(address: addresses[1], token: nil, limits: .patient)
            .ask(.history, timeout: .seconds(180))
          _ = try await OperatorClient(address: addresses[0], token: token, limits: .patient)
            .ask(.history, timeout: .seconds(180))
          #expect(await crowd.areLetGo())
        } catch { throw TransportError(.system(0), "\(error)") }
        link.send([.heartbeat(number: 5)])
        for try await batch in link.batches {
          #expect(batch == [.answered(heartbeat: 5)])
          break
        }
      }
    }
  }

  @Test("a peer that may speak and asks nothing is let go")
  func idle() async throws {
    var limits = TransportLimits.patient
    limits.idle = .milliseconds(200)
    try await withServer(on: [folder.socket], limits: limits, delegate: RecordingLeader()) { addresses in
      let isLetGo = try await onOwnThread {
        let socket = try RawSocket(to: addresses[0])
        socket.send(Self.preface)
        return socket.answerPings()
      }
      #expect(isLetGo)
    }
  }

  @Test("where descriptors are few, strangers are fewer, and Unix sockets keep some")
  func room() {
    let room = ConnectionRoom(openFiles: 300, limits: .standard)
    let channels = (0..<200).map { _ in EmbeddedChannel() }
    var onTCP = 0
    for channel in channels where room.hasRoom(isUnix: false) {
      room.insert(channel, isUnix: false)
      onTCP += 1
    }
    #expect((1...64).contains(onTCP))
    var onUnix = 0
    for channel in channels.dropFirst(onTCP) where room.hasRoom(isUnix: true) {
      room.insert(channel, isUnix: true)
      onUnix += 1
    }
    // 128 descriptors of 300 are for everything else.
    #expect(onTCP + onUnix == 172)
    #expect(!room.hasRoom(isUnix: false))
    for channel in channels.dropFirst(onTCP) {
      channel.close(promise: nil)
      channel.embeddedEventLoop.run()
    }
    #expect(room.hasRoom(isUnix: true) && !room.hasRoom(isUnix: false))
  }
}

/// Raw connections that say the same and then listen.
private final class Crowd: Sendable {
  private let sockets: [RawSocketBox]

  init(_ count: Int, at address: Address, saying bytes: [UInt8]) throws {
    sockets = try (0..<count).map { _ in RawSocketBox(try RawSocket(to: address)) }
    for box in sockets { box.socket.send(bytes) }
  }

  /// Whether the server hangs up on each of them.
  func areLetGo() async -> Bool {
    let sockets = sockets
    return (try? await onOwnThread { sockets.allSatisfy { $0.socket.readToEnd() != nil } }) ?? false
  }
}

private final class RawSocketBox: Sendable {
  let socket: RawSocket
  init(_ socket: consuming RawSocket) { self.socket = socket }
}
