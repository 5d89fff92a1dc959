import Foundation
import Testing

/// A folder for one test, and everything that was started in it. What was made last is cleaned up first, also when
/// the test fails.
final class Scratch {
  let folder: String
  private var cleanUps: [() -> Void] = []
  private var children: [ChildProcess] = []

  /// Runs a test in a new folder. The path is short, because a Unix socket's has at most 107 bytes.
  static func run(_ body: (Scratch) async throws -> Void) async throws {
    let scratch = try Scratch()
    defer { scratch.cleanUp() }
    do { try await body(scratch) } catch {
      Issue.record("\(error)\n\(scratch.log)")
    }
  }

  private init() throws {
    var template = Array("/tmp/dmake-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure("no scratch folder: errno \(errno)") }
    folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    let folder = folder
    atEnd { try? FileManager.default.removeItem(atPath: folder) }
  }

  func atEnd(_ action: @escaping () -> Void) { cleanUps.append(action) }

  private func cleanUp() { while let action = cleanUps.popLast() { action() } }

  /// The last lines of everything that was started, for a failure's report.
  private var log: String {
    children.map { child in
      "process \(child.pid) \(child.status.map { "ended with \($0)" } ?? "runs"):\n"
        + child.errors.split(separator: "\n").suffix(20).joined(separator: "\n")
    }.joined(separator: "\n")
  }

  func path(_ name: String) -> String { "\(folder)/\(name)" }

  @discardableResult
  func write(_ name: String, _ text: String, mode: Int = 0o644) throws -> String {
    let path = path(name)
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    return path
  }

  func read(_ name: String) -> String? { try? String(contentsOfFile: path(name), encoding: .utf8) }
  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  /// Starts the tool; whatever becomes of the test, it is killed at its end.
  func start(_ arguments: [String], environment: [String: String] = [:], program: String? = nil) throws
    -> ChildProcess
  {
    var all = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "USER": "tester", "LC_ALL": "C.UTF-8"]
    all.merge(environment) { _, new in new }
    let child = try ChildProcess(
      try program ?? Tool.path, arguments, environment: all, folder: folder,
      logs: path(".log-\(children.count)"))
    children.append(child)
    atEnd { child.kill() }
    return child
  }

  /// Runs the tool to its end.
  func run(_ arguments: String..., environment: [String: String] = [:], limit: Duration = .seconds(180))
    async throws -> Outcome
  {
    try await start(arguments, environment: environment).finish(limit: limit)
  }
}

/// Runs the tool and compares everything that it printed; `SCRATCH` stands for the test's folder.
func expect(
  _ scratch: Scratch, _ arguments: [String], _ status: Int32, output: String = "", errors: String = "",
  environment: [String: String] = [:], location: SourceLocation = #_sourceLocation
) async throws {
  var outcome = try await scratch.start(arguments, environment: environment).finish()
  outcome.output = outcome.output.replacing(scratch.folder, with: "SCRATCH")
  outcome.errors = outcome.errors.replacing(scratch.folder, with: "SCRATCH")
  #expect(outcome == Outcome(status: status, output: output, errors: errors), sourceLocation: location)
}
