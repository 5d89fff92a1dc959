import Glibc
import GroupProtocol
import Testing

@testable import Transport

@Suite("A leader takes an address only if nobody has it")
struct ListeningTests {
  let folder: TestFolder
  init() throws { folder = try TestFolder() }

  private var path: String { folder.path + "/s" }

  private func server(_ addresses: [Address], tokenFile: String? = nil) throws(TransportError) -> GroupServer {
    try GroupServer(
      listeningOn: addresses, tokenFile: tokenFile ?? folder.tokenFile, logger: .init(label: "test"))
  }

  private func inUse(_ address: Address) -> TransportError {
    TransportError(
      .addressInUse,
      "the address `\(address)` is in use by another process; stop it, or choose another address for this leader"
    )
  }

  @Test("a Unix socket is for its owner alone")
  func mode() throws {
    let nested = Address.unix(path: folder.path + "/run/s")
    let server = try server([folder.socket, nested])
    withExtendedLifetime(server) {
      #expect(TestFolder.mode(path) == 0o600)
      #expect(TestFolder.mode(folder.path + "/run") == 0o700)
    }
    unlink(folder.path + "/run/s.lock")
    rmdir(folder.path + "/run")
  }

  @Test("a port in use is named")
  func port() throws {
    let first = try server([.tcp(host: "127.0.0.1", port: 0)])
    let address = first.addresses[0]
    #expect(throws: inUse(address)) { try server([address]) }
    withExtendedLifetime(first) {}
  }

  @Test("a Unix socket in use is named, whoever listens on it")
  func unixSocket() throws {
    let first = try server([folder.socket])
    #expect(throws: inUse(folder.socket)) { try server([folder.socket]) }
    withExtendedLifetime(first) {}
    let other = Address.unix(path: folder.path + "/o")
    let descriptor = try RawSocket.bindUnix(folder.path + "/o", listens: true)
    #expect(throws: inUse(other)) { try server([other]) }
    #expect(TestFolder.mode(folder.path + "/o") != nil)
    close(descriptor)
  }

  @Test("a stale socket is removed")
  func stale() async throws {
    // It never listened: a process that another test starts at this moment may hold it for a while longer.
    close(try RawSocket.bindUnix(path, listens: false))
    #expect(TestFolder.mode(path) != nil)
    try await withServer(on: [folder.socket], delegate: RecordingLeader()) { addresses in
      _ = try await OperatorClient(address: addresses[0], token: nil).ask(.history)
    }
    #expect(TestFolder.mode(path) == nil)
  }

  @Test("a file that is no socket is left alone")
  func file() async throws {
    _ = try folder.write("precious", to: "s")
    #expect(
      throws: TransportError(
        .addressInUse,
        "`\(path)` is there and is not a socket; remove it, or choose another address for this leader")
    ) { try server([folder.socket]) }
    #expect(try await output(of: "cat \(path)") == "precious")
  }

  @Test("if one address fails, none is taken")
  func all() throws {
    let taken = try server([.tcp(host: "127.0.0.1", port: 0)])
    #expect(throws: TransportError.self) { try server([folder.socket, taken.addresses[0]]) }
    #expect(TestFolder.mode(path) == nil)
    _ = try server([folder.socket])
  }

  @Test("TCP needs a token file, and one that others can read is refused")
  func token() throws {
    let address = Address.tcp(host: "127.0.0.1", port: 0)
    #expect(
      throws: TransportError(
        .notAllowed,
        "a leader that listens on TCP needs a token file, because any local user could connect to it")
    ) { try GroupServer(listeningOn: [address], tokenFile: nil, logger: .init(label: "test")) }
    let open = try folder.write("0123456789abcdef", to: "open", mode: 0o644)
    #expect {
      try server([address], tokenFile: open)
    } throws: { ($0 as? TransportError)?.kind == .notAllowed }
  }

  @Test("a server runs once")
  func once() async throws {
    let server = try server([folder.socket])
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await server.run(RecordingLeader()) }
      group.cancelAll()
    }
    await #expect(throws: TransportError.self) { try await server.run(RecordingLeader()) }
  }

  @Test("a server that is told to stop while it starts ends in good order and leaves its address free")
  func stoppedAtOnce() async throws {
    for moment in 0..<400 {
      let server = try server([folder.socket])
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.run(RecordingLeader()) }
        for _ in 0..<moment % 20 { await Task.yield() }
        group.cancelAll()
        try await group.waitForAll()
      }
    }
    try await eventually("the socket is removed") { TestFolder.mode(path) == nil }
  }
}
