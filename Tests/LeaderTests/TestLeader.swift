import GroupProtocol
import Logging
import Model
import Testing
import Transport

@testable import Leader

/// A leader on a Unix socket, as tests and operators reach it.
struct TestLeader: Sendable {
  static let timing = Timing(
    tick: .milliseconds(20), leaseTicks: 5000, heartbeat: .milliseconds(20), fence: .seconds(20))

  let address: Address

  static func settings(_ scratch: String, state: String = "state") throws -> LeaderSettings {
    var settings = LeaderSettings(
      stateFolder: "\(scratch)/\(state)", addresses: [try Address("unix:\(scratch)/\(state).sock")])
    settings.timing = timing
    return settings
  }

  /// Leads while `body` runs, then stops in good order, and throws what either of them did.
  static func run<Result: Sendable>(
    _ settings: LeaderSettings, engine: (any PolicyEngine)? = nil,
    _ body: @Sendable @escaping (TestLeader) async throws -> Result
  ) async throws -> Result {
    var logger = Logger(label: "leader") { _ in SwiftLogNoOpLogHandler() }
    logger.logLevel = .critical
    let started = WorkQueue<Address>()
    let service = LeaderService(settings: settings, engine: engine, logger: logger) { addresses in
      for address in addresses { started.put(address) }
    }
    return try await withThrowingTaskGroup(of: Result?.self) { group in
      group.addTask {
        defer { started.finish() }
        try await service.run()
        return nil
      }
      group.addTask {
        guard let address = await started.takeAll().first else { return nil }
        return try await body(TestLeader(address: address))
      }
      var result: Result?
      while let next = try await group.next() {
        result = result ?? next
        group.cancelAll()
      }
      return try #require(result, "the leader ended before the test did")
    }
  }

  func ask(_ request: OperatorRequest) async throws -> OperatorAnswer {
    try await OperatorClient(address: address, token: nil).ask(request)
  }

  func status(files: String? = nil) async throws -> StatusReport {
    let answer = try await ask(.status(files: files))
    guard case .status(let report) = answer else { throw Unexpected(answer: answer.summary) }
    return report
  }

  func rejection(_ request: OperatorRequest) async throws -> Rejection {
    let answer = try await ask(request)
    guard case .rejected(let rejection) = answer else { throw Unexpected(answer: answer.summary) }
    return rejection
  }

  /// Applies a policy and answers with its place in the log.
  @discardableResult
  func apply(_ bundle: Bundle, expected: Digest? = nil) async throws -> LogIndex {
    let answer = try await ask(.apply(bundle, author: "test", expected: expected))
    guard case .activated(bundle.digest, let index) = answer else { throw Unexpected(answer: answer.summary) }
    return index
  }

  struct Unexpected: Error { let answer: String }
}
