import GroupProtocol
import Model
import Transport

/// An agent that says what a test tells it to.
struct ScriptedAgent {
  let link: LeaderLink
  private var batches: LeaderBatches.Iterator
  private var unread: [LeaderMessage] = []
  private var sequence: UInt64 = 0

  private init(_ link: LeaderLink) {
    self.link = link
    batches = link.batches.makeAsyncIterator()
  }

  /// Joins as a node, and is an agent while `body` runs.
  static func run<Result: Sendable>(
    _ name: String, at leader: TestLeader, incarnation: UInt64 = 1, stamp: Stamp = .zero,
    _ body: @Sendable @escaping (inout ScriptedAgent, Welcome) async throws -> Result
  ) async throws -> Result {
    let node = try NodeName(name)
    return try await LeaderConnection.run(to: leader.address, token: nil) { link async throws(TransportError) in
      var agent = ScriptedAgent(link)
      let hello = Hello(
        node: node, instance: "instance of \(node)", incarnation: incarnation, stamp: stamp, applied: [],
        version: "test")
      link.send([.hello(hello)])
      let welcome = try await agent.next { if case .welcome(let welcome) = $0 { welcome } else { nil } }
      agent.sequence = welcome.acknowledged
      do { return Swift.Result<Result, any Error>.success(try await body(&agent, welcome)) } catch {
        return .failure(error)
      }
    }.get()
  }

  /// The first message from now on that `match` answers for.
  @discardableResult
  mutating func next<Found>(_ match: (LeaderMessage) -> Found?) async throws(TransportError) -> Found {
    while true {
      while !unread.isEmpty {
        if let found = match(unread.removeFirst()) { return found }
      }
      guard let batch = try await batches.next() else {
        throw TransportError(.closed, "the leader closed the stream while the test waited for more")
      }
      unread = batch
    }
  }

  /// Reports a state of the process `web` and answers with the report's number.
  @discardableResult
  mutating func report(_ text: String) throws -> UInt64 {
    report(.state(try NodeFile("web/state.xml"), Content(text)))
  }

  @discardableResult
  mutating func report(_ body: Report.Body) -> UInt64 {
    let report = Report(sequence: sequence + 1, previous: sequence, body: body)
    sequence += 1
    link.send([.report(report)])
    return sequence
  }

  mutating func acknowledgement(of sequence: UInt64) async throws(TransportError) {
    try await next { if case .acknowledged(let last) = $0, last >= sequence { true } else { nil } }
  }

  /// Waits for a configuration of `web` that has a text in it.
  mutating func configuration(with text: String) async throws(TransportError) -> Configuration.File {
    try await next { message in
      guard case .configure(let configuration) = message else { return nil }
      return configuration.files.first { $0.content?.text.contains(text) == true }
    }
  }
}
