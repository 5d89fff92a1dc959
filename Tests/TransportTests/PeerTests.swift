import Glibc
import GroupProtocol
import Testing

@testable import Transport

/// A user that nobody here is.
private let nobody: uid_t = 65534

@Suite("A peer that may not speak is closed before it is read, and noise harms nobody")
struct PeerTests {
  let folder: TestFolder
  init() throws { folder = try TestFolder() }

  /// The connection preface of HTTP/2 and an empty SETTINGS frame (RFC 9113, 3.4 and 6.5).
  private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]

  private func expectService(_ address: Address, token: Token? = nil) async throws {
    _ = try await OperatorClient(address: address, token: token).ask(.history)
  }

  @Test("another user on the Unix socket hears nothing, not even a greeting")
  func wrongUser() async throws {
    let folder = folder
    let leader = RecordingLeader()
    // Root passes every check, so that as root another process must be the wrong user.
    let isRoot = geteuid() == 0
    let uids = isRoot ? PeerUsers() : PeerUsers(own: nobody)
    try await withServer(on: [folder.socket], uids: uids, delegate: leader) { addresses in
      guard case .unix(let path) = addresses[0] else { return }
      if isRoot {
        // Past the socket's mode, so that the check itself is what refuses.
        #expect(chmod(folder.path, 0o755) == 0 && chmod(path, 0o666) == 0)
        let script =
          "import socket; s = socket.socket(socket.AF_UNIX); s.settimeout(60); s.connect(\"\(path)\"); print(len(s.recv(100)))"
        let heard = try await output(
          of: "setpriv --reuid \(nobody) --clear-groups /usr/bin/python3 -c '\(script)' 2>&1")
        #expect(heard == "0\n")
        try await expectService(addresses[0])
      } else {
        let heard = try await onOwnThread { try RawSocket(to: addresses[0]).readToEnd() }
        #expect(heard == [])
      }
      #expect(await leader.events.isEmpty)
    }
  }

  @Test("a tool of another user is told why the leader would not answer it")
  func wrongTool() async throws {
    let address = folder.socket
    try await withServer(on: [address], delegate: RecordingLeader()) { _ in
      var dialer = Dialer(address: address, role: .operator, limits: .standard)
      dialer.uids = PeerUsers(own: nobody)
      let stranger = dialer
      await #expect(
        throws: TransportError(
          .notAllowed,
          "`\(address)`: it is served by user \(geteuid()), who answers only itself and root, and this is user \(nobody); run this as one of them"
        )
      ) { try await stranger.connect() }
    }
  }

  @Test("a root agent does not obey an ordinary user's leader", .enabled(if: geteuid() == 0))
  func ordinaryServer() async throws {
    let path = folder.path + "/theirs"
    #expect(chmod(folder.path, 0o777) == 0)
    let script =
      "import socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(\"\(path)\"); s.listen(); s.settimeout(60); c = s.accept()[0]; c.settimeout(60); print(len(c.recv(100000)) >= 0)"
    async let theirs = output(
      of: "setpriv --reuid \(nobody) --clear-groups /usr/bin/python3 -c '\(script)' 2>&1")
    try await eventually("the server listens") {
      await (try? RawSocketProbe.isListening(path)) == true
    }
    await #expect(
      throws: TransportError(
        .notAllowed,
        "`unix:\(path)`: it is served by user \(nobody), whom an agent of user 0 must not obey; run both as the same user"
      )
    ) { try await LeaderConnection.run(to: .unix(path: path), token: nil) { _ throws(TransportError) in } }
    _ = try await theirs
  }

  @Test("the check of a user lets root and the own user in, nobody else")
  func users() {
    let users = PeerUsers(own: 1000)
    #expect(users.contains(0) && users.contains(1000))
    #expect(!users.contains(1001) && !users.contains(nobody))
  }

  @Test("garbage on the port harms nobody")
  func garbage() async throws {
    let token = try Token.readOrCreate(file: folder.tokenFile)
    var noise: [[UInt8]] = [
      [], [0], Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8), Array("PRI * HTTP/2.0".utf8),
      [0x16, 0x03, 0x01, 0x02, 0x00, 0x01],
      Self.preface + [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
      Self.preface + [0, 0, 5, 1, 4, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff],
    ]
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<30 { noise.append((0..<5000).map { _ in UInt8.random(in: 0...255, using: &generator) }) }
    let all = noise
    try await withServer(
      on: [.tcp(host: "127.0.0.1", port: 0), folder.socket], tokenFile: folder.tokenFile,
      delegate: RecordingLeader()
    ) { addresses in
      for address in addresses {
        for bytes in all {
          let socket = try RawSocket(to: address)
          socket.send(bytes)
        }
        try await expectService(address, token: token)
      }
    }
  }

  @Test("a peer that does not answer probes is dead")
  func keepalive() async throws {
    var limits = TransportLimits.standard
    limits.keepalive = .milliseconds(200)
    try await withServer(on: [folder.socket], limits: limits, delegate: RecordingLeader()) { addresses in
      let heard = try await onOwnThread {
        let socket = try RawSocket(to: addresses[0])
        socket.send(Self.preface)
        // The server's settings and pings come, and then its end, although this side says nothing more.
        return socket.readToEnd()
      }
      #expect(heard?.isEmpty == false)
    }
  }
}

/// Whether somebody listens on a Unix socket, as /proc/net/unix says, without connecting to it.
private enum RawSocketProbe {
  static func isListening(_ path: String) async throws -> Bool {
    // The flag __SO_ACCEPTCON (0x10000) stands in the fourth column.
    try await output(of: "grep ' \(path)$' /proc/net/unix | grep -c ' 00010000 '") != "0\n"
  }
}
