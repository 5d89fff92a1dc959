import Agent
import Glibc
import GroupProtocol
import Linux
import Logging
import Model
import Testing

/// A state folder for one test; everything goes when the test ends.
final class AgentScratch: Sendable {
  let path: String
  let leader = FakeLeader()

  init() throws {
    var template = Array("/tmp/dmake-agent-XXXXXX".utf8CString)
    path = String(cString: try #require(mkdtemp(&template)))
    chmod(path, 0o755)
  }

  deinit { try? Directory(path: "/tmp").removeTree(String(path.dropFirst("/tmp/".count))) }

  /// The program that stands beside the tests.
  static var fixture: String {
    let folder = CommandLine.arguments[0].split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
    return "\(folder)/AgentFixture"
  }

  func service(name: String = "n1", _ change: (inout AgentSettings) -> Void = { _ in }) throws -> AgentService {
    var settings = AgentSettings(
      name: try NodeName(name), stateFolder: "\(path)/state", leaders: ["fake"], version: "test")
    settings.machinePeriod = .milliseconds(200)
    settings.keeperProgram = Self.fixture
    change(&settings)
    return AgentService(
      settings: settings, dialer: leader, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  func write(_ name: String, _ text: String) throws {
    try Directory(path: path).write(name, Array(text.utf8))
  }

  func read(_ name: String) throws -> String? {
    try Directory(path: path).readIfPresent(name, limitBytes: 1 << 20).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// Waits for something that others do.
  func wait(
    _ what: Comment, _ location: SourceLocation = #_sourceLocation, until condition: () throws -> Bool
  ) async throws {
    for _ in 0..<18_000 {
      if try condition() { return }
      try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("waited for three minutes: \(what)", sourceLocation: location)
    throw CancellationError()
  }

  /// The pid that stands in the record of a process, if that process runs.
  func pid(_ process: String) throws -> Int32? {
    let lines = try read("state/run/\(process)")?.split(separator: "\n") ?? []
    let numbers = lines.lazy.map { $0.split(separator: " ").map { Int32($0) } }
    guard let pid = numbers.first(where: { $0.count == 2 && !$0.contains(nil) })?[0] else { return nil }
    return ProcessIdentity(running: pid)?.pid
  }
}
