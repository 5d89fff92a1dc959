import GroupProtocol
import Logging
import Testing

@testable import Transport

/// A delegate that notes what happens and answers each heartbeat with its number.
actor RecordingLeader: GroupDelegate {
  enum Event: Equatable {
    case connected(SessionID)
    case received(SessionID, [AgentMessage])
    case disconnected(SessionID)
  }

  private(set) var events: [Event] = []
  private(set) var sessions: [SessionID: AgentSession] = [:]
  private(set) var requests: [(request: OperatorRequest, peer: Peer)] = []
  /// Sent when a session begins.
  private let greeting: [LeaderMessage]
  /// Sessions are closed after the greeting.
  private let closesAtOnce: Bool

  init(greeting: [LeaderMessage] = [], closesAtOnce: Bool = false) {
    self.greeting = greeting
    self.closesAtOnce = closesAtOnce
  }

  func connected(_ session: AgentSession) {
    events.append(.connected(session.id))
    sessions[session.id] = session
    session.send(greeting)
    if closesAtOnce { session.close() }
  }

  func received(_ messages: [AgentMessage], from session: SessionID) {
    events.append(.received(session, messages))
    for case .heartbeat(let number) in messages { sessions[session]?.send([.answered(heartbeat: number)]) }
  }

  func disconnected(_ session: SessionID) {
    events.append(.disconnected(session))
    sessions[session] = nil
  }

  func operate(_ request: OperatorRequest, from peer: Peer) -> OperatorAnswer {
    requests.append((request, peer))
    return .rejected(Rejection(.notFound, "\(peer)"))
  }

  func messages(of session: SessionID) -> [AgentMessage] {
    events.flatMap { event in
      if case .received(session, let messages) = event { messages } else { [AgentMessage]() }
    }
  }

  func hasEnded(_ session: SessionID) -> Bool { events.contains(.disconnected(session)) }
}

extension TransportLimits {
  /// For peers that share their threads with hundreds of tests: half a minute without a byte is no sign of death there.
  static let patient = {
    var limits = standard
    limits.keepalive = .seconds(60)
    limits.strangerPatience = .seconds(120)
    return limits
  }()
}

/// Runs a server while `body` runs.
func withServer(
  on addresses: [Address], tokenFile: String? = nil, limits: TransportLimits = .patient,
  uids: PeerUsers = PeerUsers(), delegate: some GroupDelegate,
  _ body: @Sendable @escaping ([Address]) async throws -> Void
) async throws {
  let server = try GroupServer(
    listeningOn: addresses, tokenFile: tokenFile, limits: limits, logger: Logger(label: "test"), uids: uids)
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await server.run(delegate) }
    defer { group.cancelAll() }
    try await body(server.addresses)
  }
}

/// Waits until the condition holds; three minutes are for a machine under load.
func eventually(
  _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async -> Bool
) async throws {
  let end = ContinuousClock.now + .seconds(180)
  while await !condition() {
    if ContinuousClock.now > end {
      Issue.record(what, sourceLocation: sourceLocation)
      throw CancellationError()
    }
    try await Task.sleep(for: .milliseconds(2))
  }
}
