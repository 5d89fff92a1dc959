import GRPCCore
import GroupProtocol
import Model
import Testing
import WireFormat

@testable import Transport

@Suite("Operators' tools ask and are answered")
struct OperatorTests {
  let folder: TestFolder
  init() throws { folder = try TestFolder() }

  private func failure(_ address: Address, token: Token? = nil, _ request: OperatorRequest = .history) async
    -> TransportError?
  {
    do {
      _ = try await OperatorClient(address: address, token: token).ask(request)
      return nil
    } catch { return error }
  }

  @Test("on both sockets at the same time")
  func both() async throws {
    let leader = RecordingLeader()
    let token = try Token.readOrCreate(file: folder.tokenFile)
    let addresses = [folder.socket, Address.tcp(host: "localhost", port: 0)]
    try await withServer(on: addresses, tokenFile: folder.tokenFile, delegate: leader) { addresses in
      #expect(addresses.count >= 2)
      for address in addresses {
        let answer = try await OperatorClient(address: address, token: token).ask(.status(files: "n1"))
        guard case .rejected(let rejection) = answer else {
          Issue.record("answered \(answer)")
          continue
        }
        #expect(rejection.text.hasPrefix(address == addresses[0] ? "unix" : "ipv"))
      }
      #expect(await leader.requests.map(\.request) == addresses.map { _ in .status(files: "n1") })
    }
  }

  @Test("a bundle of the greatest size arrives, a greater one is refused")
  func bundles() async throws {
    let leader = RecordingLeader()
    try await withServer(on: [folder.socket], delegate: leader) { addresses in
      func bundle(_ bytes: Int) throws -> Bundle {
        let content = Content([UInt8](repeating: 65, count: bytes))
        return Bundle(files: [
          Bundle.File(path: try TreePath("DMakefile"), isExecutable: false, content: content)
        ])
      }
      let large = try bundle(Bundle.sizeLimitBytes)
      #expect(await failure(addresses[0], .plan(large)) == nil)
      #expect(await leader.requests.map(\.request) == [.plan(large)])
      #expect(
        await failure(addresses[0], .plan(try bundle(Bundle.sizeLimitBytes + 1)))
          == TransportError(
            .badMessage,
            "`\(addresses[0])` refuses: the field `plan.files` has 16777217 bytes or elements; at most 16777216 are allowed"
          ))
    }
  }

  @Test("a wrong token and none are refused on TCP, before any service sees them")
  func tokens() async throws {
    let leader = RecordingLeader()
    let right = try Token.readOrCreate(file: folder.tokenFile)
    try await withServer(
      on: [.tcp(host: "127.0.0.1", port: 0)], tokenFile: folder.tokenFile, delegate: leader
    ) { addresses in
      let refusal = TransportError(
        .notAllowed,
        "`\(addresses[0])` refuses: the leader asks for its token on TCP; give this side a copy of its token file, or use its Unix socket"
      )
      for token in [nil, Token(String(repeating: "0", count: 64)), Token(right.text + "0")] {
        #expect(await failure(addresses[0], token: token) == refusal)
        await #expect(throws: refusal) {
          try await LeaderConnection.run(to: addresses[0], token: token) { _ throws(TransportError) in }
        }
      }
      #expect(await leader.events.isEmpty)
      #expect(await leader.requests.isEmpty)
      #expect(await failure(addresses[0], token: right) == nil)
    }
  }

  @Test("another version of the protocol is refused")
  func version() async throws {
    try await withServer(on: [folder.socket], delegate: RecordingLeader()) { addresses in
      let transport = try await Dialer(address: addresses[0], role: .operator, limits: .standard).connect()
      let error = await #expect(throws: RPCError.self) {
        try await LeaderConnection.withClient(transport) { client in
          try await WireGroup.Client(wrapping: client).operate(
            OperatorRequest.history.wire, metadata: [PeerCheck.versionKey: "99"])
        }
      }
      #expect(error?.code == .failedPrecondition)
      #expect(
        error?.message
          == "the leader speaks version 1 of the protocol and this side `99`; install the same version of dmake on both"
      )
    }
  }

  @Test("a request that no tool sends is refused with the field")
  func badRequest() async throws {
    try await withServer(on: [folder.socket], delegate: RecordingLeader()) { addresses in
      let transport = try await Dialer(address: addresses[0], role: .operator, limits: .standard).connect()
      let error = await #expect(throws: RPCError.self) {
        try await LeaderConnection.withClient(transport) { client in
          try await WireGroup.Client(wrapping: client).operate(
            WireOperatorRequest(), metadata: PeerCheck.metadata(nil))
        }
      }
      #expect(error?.code == .invalidArgument)
      #expect(
        error?.message == "the field `kind` is missing or of a kind that this version does not know")
    }
  }

  @Test("where nobody listens, the tool says so")
  func unreachable() async throws {
    #expect(
      await failure(folder.socket)
        == TransportError(
          .unreachable, "no leader answers at `\(folder.socket)`: No such file or directory"))
    let socket = try ListeningSocket.open(.tcp(host: "127.0.0.1", port: 0))[0].address
    #expect(
      await failure(socket)
        == TransportError(.unreachable, "no leader answers at `\(socket)`: Connection refused"))
  }

  @Test("a leader that does not answer in time is given up")
  func timeout() async throws {
    try await withServer(on: [folder.socket], delegate: SilentLeader()) { addresses in
      await #expect(
        throws: TransportError(.timedOut, "the leader at `\(addresses[0])` did not answer in time")
      ) {
        try await OperatorClient(address: addresses[0], token: nil).ask(.history, timeout: .seconds(2))
      }
    }
  }
}

/// Answers no operator until it is cancelled.
private struct SilentLeader: GroupDelegate {
  func connected(_ session: AgentSession) async {}
  func received(_ messages: [AgentMessage], from session: SessionID) async {}
  func disconnected(_ session: SessionID) async {}
  func operate(_ request: OperatorRequest, from peer: Peer) async -> OperatorAnswer {
    try? await Task.sleep(for: .seconds(3600))
    return .history([])
  }
}
