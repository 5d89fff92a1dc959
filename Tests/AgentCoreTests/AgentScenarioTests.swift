import Glibc
import Testing

/// As in etcd-io/raft: a scenario file has commands, a line `----`, and below it everything that they bring about.
/// `DMAKE_UPDATE_GOLDENS=1` writes the traces anew, and the tests fail all the same: the difference is for a person
/// to read.
@Suite("The agent's core does what the scenario files say")
struct AgentScenarioTests {
  static let folder = #filePath.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/Scenarios"

  static let names = [
    "bad-configuration", "configuration", "connecting", "crash", "crash-in-delivery", "goodbye", "health",
    "fence-report", "heartbeats", "impossible-acknowledgement", "interest", "isolation", "local", "local-crash",
    "local-events",
    "leaving", "local-handover", "lost-log",
    "outbox", "permissions", "processes", "refusal", "register", "reload", "rename", "standing-order",
    "unwritable-disk",
  ]

  @Test("a scenario's trace is the expected one", arguments: names)
  func trace(name: String) throws {
    let path = "\(Self.folder)/\(name).txt"
    let expected = try #require(Self.read(path), "cannot read \(path)")
    let actual = try Self.replay(expected)
    if getenv("DMAKE_UPDATE_GOLDENS") != nil, actual != expected { Self.write(actual, to: path) }
    #expect(Self.difference(expected, actual) == nil, "\(path) differs")
  }

  /// The file with the traces that the commands have now.
  static func replay(_ text: String) throws -> String {
    var scenario = try AgentScenario()
    var result: [String] = []
    var isTrace = false
    var trace: [String] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.isEmpty {
        if isTrace { result += ["----"] + (trace.isEmpty ? ["nothing"] : trace) }
        isTrace = false
        trace = []
        result.append(line)
      } else if line == "----" {
        isTrace = true
      } else if !isTrace {
        result.append(line)
        if !line.hasPrefix("#") { trace += try scenario.run(line) }
      }
    }
    return result.joined(separator: "\n")
  }

  /// The first line that differs.
  static func difference(_ expected: String, _ actual: String) -> String? {
    if expected == actual { return nil }
    let old = expected.split(separator: "\n", omittingEmptySubsequences: false)
    let new = actual.split(separator: "\n", omittingEmptySubsequences: false)
    let line =
      zip(old, new).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(old.count, new.count)
    func text(_ lines: [Substring]) -> Substring { line < lines.count ? lines[line] : "the end" }
    return "line \(line + 1): expected `\(text(old))`, got `\(text(new))`"
  }

  private static func read(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func write(_ text: String, to path: String) {
    guard let file = fopen(path, "w") else { return }
    defer { fclose(file) }
    fputs(text, file)
  }
}
