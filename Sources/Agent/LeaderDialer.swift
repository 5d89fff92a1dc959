public import GroupProtocol
import Transport

/// How an agent reaches leaders. The daemon uses ``TransportDialer``; tests have their own in memory.
public protocol LeaderDialer: Sendable {
  /// Opens a stream and calls `body` with it. When `body` returns, what was sent is still delivered. Tries once.
  func withStream(
    to leader: String, _ body: @escaping @Sendable (any LeaderStream) async -> Void
  ) async throws
}

/// A stream to a leader.
public protocol LeaderStream: Sendable {
  /// Never waits; false where the stream is over.
  func send(_ messages: [AgentMessage]) -> Bool
  /// Passes on what the leader says until the stream ends. Called once.
  func receive(_ each: @escaping @Sendable ([LeaderMessage]) async -> Void) async throws
}

/// Streams over gRPC.
public struct TransportDialer: LeaderDialer {
  private let tokenFile: String?

  /// - Parameter tokenFile: with the token that loopback TCP asks for; read anew for each connection.
  public init(tokenFile: String?) { self.tokenFile = tokenFile }

  public func withStream(
    to leader: String, _ body: @escaping @Sendable (any LeaderStream) async -> Void
  ) async throws {
    let address = try Address(leader)
    let token = try tokenFile.map { path throws(TransportError) in try Token(file: path) }
    try await LeaderConnection.run(to: address, token: token) { link throws(TransportError) in
      await body(TransportStream(link: link))
    }
  }
}

private struct TransportStream: LeaderStream {
  let link: LeaderLink

  func send(_ messages: [AgentMessage]) -> Bool { link.send(messages) }

  func receive(_ each: @escaping @Sendable ([LeaderMessage]) async -> Void) async throws {
    for try await batch in link.batches { await each(batch) }
  }
}
