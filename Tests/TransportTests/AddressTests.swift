import Testing

@testable import Transport

@Suite("Addresses are Unix sockets and loopback, and nothing else")
struct AddressTests {
  @Test(
    "each form is read",
    arguments: [
      ("unix:/run/dmake/agent.sock", Address.unix(path: "/run/dmake/agent.sock")),
      ("127.0.0.1:80", .tcp(host: "127.0.0.1", port: 80)), ("localhost", .tcp(host: "localhost", port: 7420)),
      ("[::1]:99", .tcp(host: "::1", port: 99)), ("[::1]", .tcp(host: "::1", port: 7420)),
    ])
  func reading(text: String, address: Address) throws {
    #expect(try Address(text) == address)
    #expect(try Address(address.description) == address)
  }

  @Test(
    "anything else is refused",
    arguments: [
      "", ":80", "host:", "host:port", "host:65536", "host:+1", "host:-1", "::1", "a b:80", "a/b", "[::1",
      "[::1]x",
      "host:\u{661}", "unix:", "unix:relative", "unix:/" + String(repeating: "a", count: 107),
    ])
  func refusing(text: String) {
    #expect {
      try Address(text)
    } throws: { ($0 as? TransportError)?.kind == .badAddress }
  }

  @Test(
    "an address that others can reach is refused on both sides, with the reason",
    arguments: ["0.0.0.0:7420", "192.0.2.1:7420", "[::]:7420", "[2001:db8::1]:7420", "[::ffff:192.0.2.1]:7420"])
  func remote(text: String) async throws {
    let address = try Address(text)
    let host = try #require(text.split(separator: "]").first?.split(separator: "[").last)
    let ip = host.hasPrefix("[") || text.hasPrefix("[") ? String(host) : String(text.prefix { $0 != ":" })
    let expected = TransportError(
      .badAddress,
      "the address `\(text)` is \(ip), which others can reach: without mutual TLS, which is not built yet, DMake speaks only over Unix sockets and loopback (127.0.0.0/8, ::1)"
    )
    #expect(throws: expected) {
      try GroupServer(listeningOn: [address], tokenFile: "/nonexistent/token", logger: .init(label: "test"))
    }
    await #expect(throws: expected) {
      try await OperatorClient(address: address, token: nil).ask(.history)
    }
    await #expect(throws: expected) {
      try await LeaderConnection.run(to: address, token: nil) { _ throws(TransportError) in }
    }
  }

  @Test("a name that cannot be resolved is refused")
  func unknownName() throws {
    let address = try Address("nowhere.invalid:1")
    #expect {
      try address.resolved()
    } throws: { error in
      (error as? TransportError)?.kind == .badAddress
        && "\(error)".hasPrefix("the host of `nowhere.invalid:1` cannot be resolved: ")
    }
  }

  @Test(
    "all of 127.0.0.0/8 and mapped addresses are loopback",
    arguments: ["127.9.8.7", "[::1]", "[::ffff:127.0.0.1]"])
  func loopback(host: String) throws {
    #expect(try !Address("\(host):1").resolved().isEmpty)
  }
}
